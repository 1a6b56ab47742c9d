// Models of a comparison or an ablation whose numbers are invalid, in training or in judging: they have no figures, and the others do not depend on them.
import { numericErrorOf, UserError } from '../errors.js';
import { seedsText } from '@pyramid-mamba/runs';
import type { Run } from '../run/run.js';
import { say, type Io } from '../terminal/io.js';

/** The reasons by the names of the run folders. */
export type Reasons = ReadonlyMap<string, string>;

export class Unsound {
  readonly #reasons = new Map<string, string>();

  get reasons(): Reasons {
    return this.#reasons;
  }

  /** Makes a model. Rejects as `work` does, but for invalid numbers of a run that is there: these are said and kept. */
  async make(key: string, run: Run, work: () => Promise<void>, io: Io): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (numericErrorOf(error) === undefined || !run.exists()) throw error;
      const { message } = error as Error;
      this.#reasons.set(key, message);
      say(io, `note: ${key} has no figures: ${message}`);
    }
  }

  /** Throws a UserError if one of the `total` models has no figures; call it when all results are written, to `file` too. */
  requireNone(command: string, total: number, file: string): void {
    const { size } = this.#reasons;
    if (size > 0)
      throw new UserError(
        `${command}: ${size} of ${total} models ${size === 1 ? 'has' : 'have'} no figures; the notes of ${file} say why, and the figures of the others are complete`,
      );
  }
}

/** A seed without figures, and why. */
export interface WithoutSeed {
  seed: number;
  why: string;
}

/** The seeds of a row without figures. @param keys the names of the run folders, in the order of the seeds */
export const seedsWithout = (
  seeds: readonly number[],
  keys: readonly string[],
  failed: Reasons,
): WithoutSeed[] =>
  seeds.flatMap((seed, i) => {
    const why = failed.get(keys[i]!);
    return why === undefined ? [] : [{ seed, why }];
  });

/** What the means of a row do not hold, a sentence; undefined where they hold all. */
export function withoutNote(
  title: string,
  without: readonly WithoutSeed[],
  left: readonly number[],
): string | undefined {
  if (without.length === 0) return undefined;
  const reasons = [...new Set(without.map(({ why }) => why))].map((why) => {
    const seeds = without.filter((one) => one.why === why).map(({ seed }) => seed);
    return `${seedsText(seeds)} (${why})`;
  });
  const means = left.length > 0 ? `its means are of ${seedsText(left)}` : 'it has no means';
  return `${title} has no figures of ${reasons.join(' and of ')}: ${means}.`;
}
