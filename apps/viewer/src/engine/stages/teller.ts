import { Pace } from '@pyramid-mamba/runs';
import type { StageName, TrainingEvent } from '../training/types.js';

/** Tells how far the parts of a training have come, one after the other. */
export class Teller {
  #stage: StageName | undefined;
  #pace = new Pace();

  constructor(private readonly say: (event: TrainingEvent) => void) {}

  /** @param before units that were done before this training, which must not distort the estimate */
  tell(stage: StageName, doing: string, done: number, total: number, before = 0): void {
    if (stage !== this.#stage) {
      this.#stage = stage;
      this.#pace = new Pace(before);
    }
    const left = this.#pace.after(done, total);
    this.say({
      kind: 'stage',
      stage,
      share: total > 0 ? Math.min(1, done / total) : 0,
      secondsLeft: Number.isFinite(left) ? left : null,
      doing,
    });
  }
}
