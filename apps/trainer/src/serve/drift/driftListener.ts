import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { DriftWatch, type DriftChange, type DriftFigure, type DriftState } from '@pyramid-mamba/inspect';
import type { Logger } from 'pino';
import type { Result } from '../journal/entries.js';
import type { ModelInUse } from '../judging/models.js';
import type { Outcome } from '../judging/work.js';
import type { Listener } from '../station.js';

type Saved = Record<string, DriftState>;

/** Watches the results of each model for drift; the state outlives a restart, and a new model begins anew. */
export class DriftListener implements Listener {
  readonly #watches = new Map<string, { watch: DriftWatch; name: string }>();
  #saved: Saved = {};
  #changed = false;

  private constructor(
    private readonly path: string,
    private readonly log: Logger,
    private readonly changed: (change: DriftChange) => void,
  ) {}

  /** @param changed hears of warnings, and of their ends */
  static async open(
    path: string,
    log: Logger,
    changed: (change: DriftChange) => void,
  ): Promise<DriftListener> {
    const listener = new DriftListener(path, log, changed);
    const text = await readFile(path, 'utf8').catch(() => '{}');
    try {
      listener.#saved = JSON.parse(text) as Saved;
    } catch {
      log.warn({ file: path }, 'what is usual is learnt anew: its file is damaged');
    }
    return listener;
  }

  judged(result: Result, outcome: Outcome, model: ModelInUse): void {
    if ('error' in outcome || result.class === null) return;
    const { class: className, verdict, scoreOfLimit } = result;
    const changes = this.#watchOf(model).add({
      className,
      isOk: verdict === 'OK',
      appearance: outcome.appearance,
      scoreOfLimit,
    });
    this.#changed = true;
    for (const change of changes) {
      this.log[change.active ? 'warn' : 'info'](
        { product: change.className, what: change.what },
        change.message,
      );
      this.changed(change);
    }
  }

  figures(): DriftFigure[] {
    return [...this.#watches.values()].flatMap(({ watch }) => watch.figures());
  }

  async save(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const state: Saved = Object.fromEntries(
      [...this.#watches].map(([key, { watch }]) => [key, watch.state()]),
    );
    await writeFileAtomic(this.path, JSON.stringify(state)).catch((error: unknown) =>
      this.log.warn({ err: error }, 'what is usual could not be saved'),
    );
  }

  #watchOf({ name, file, info }: ModelInUse): DriftWatch {
    const key = `${name}/${file.sha256}`;
    const known = this.#watches.get(key);
    if (known) return known.watch;
    // of the model that had the name before
    for (const [other, { name: of }] of this.#watches) if (of === name) this.#watches.delete(other);
    const scores = Object.fromEntries(
      Object.entries(info.selfTest ?? {}).flatMap(([className, { scores: tested }]) => {
        const review = info.calibration?.[className]?.review;
        const good =
          review !== undefined && review > 0 ? (tested?.good ?? []).map((score) => score / review) : [];
        // those that are OK are compared with those that are OK
        return [[className, good.filter((multiple) => multiple < 1)]];
      }),
    );
    const watch = new DriftWatch(scores, Object.hasOwn(this.#saved, key) ? this.#saved[key] : {});
    this.#watches.set(key, { watch, name });
    return watch;
  }
}
