// A fake of the worker's client, whose answers the test sets.
import type { JudgeOptions, Judgement, Picture } from '../src/engine/engine.js';
import { conclude } from '@pyramid-mamba/inspect';

export type Answer = (options: JudgeOptions, opening: number) => Promise<Judgement>;

/** The answers of fakes created from now on, and how many were. */
export const engine: { answer: Answer; made: number } = {
  answer: (...asked) => right(...asked),
  made: 0,
};

export const calibration = {
  review: 0.1,
  reject: 0.2,
  method: 'manual' as const,
  goodCount: 0,
  defectCount: 0,
  scoreRange: [0, 1] as [number, number],
  background: 0,
};

/** A judgement that would be OK, with a unique map. */
export function judgement(opening: number, over: Partial<Judgement> = {}): Judgement {
  const map = Float32Array.from({ length: 64 }, () => 0.05 * Math.random());
  const measured = {
    className: 'tile',
    score: 0.05,
    map,
    size: { width: 8, height: 8 },
    width: 32,
    height: 32,
    doubts: [],
    largestScore: 2 / 3,
  };
  return {
    ...measured,
    ...conclude(measured, calibration, undefined),
    classSource: 'only',
    levels: [],
    milliseconds: 1,
    opening,
    ...over,
  };
}

export const right: Answer = (_, opening) => Promise.resolve(judgement(opening));

export class EngineClient {
  dead = false;
  #openings = 0;

  constructor() {
    engine.made++;
  }
  start() {
    return Promise.resolve({ backend: 'wasm', line: 'a fake' });
  }
  load() {
    return Promise.resolve({
      info: { classes: ['tile'] },
      input: { width: 8, height: 8, fit: 'stretch' },
      sigma: 1,
      encoder: 'resnet18, width 8',
      opening: ++this.#openings,
    });
  }
  judge(picture: Picture, options: JudgeOptions): Promise<Judgement> {
    const { answer } = engine;
    if (picture instanceof ImageBitmap) picture.close();
    return answer(options, this.#openings);
  }
  moveHome() {
    return Promise.resolve();
  }
  savedTraining() {
    return Promise.resolve(null);
  }
  end() {
    this.dead = true;
  }
}
