// Links the results of one evaluation: `metrics.json` identifies the model, the pictures and the files of the same
// evaluation.
import { createHash } from 'node:crypto';
import { UserError } from './errors.js';
import type { Run } from './run.js';
import { MOST, readInside, readRegular } from './runFolder/read.js';
import { weightsDigest } from './thresholdsKept.js';

/** `evaluated` in a run's `metrics.json`; evaluations of older versions have none. All digests are SHA-256 in hex. */
export interface Evaluated {
  /** Of the model's configuration and weights. */
  model: string;
  /** Of the test pictures' hashes and classes, in the order of `scores.jsonl`. */
  data: string;
  /** Of the evaluation's other files, by path below the run's folder. */
  files: Record<string, string>;
}

/** In `maps/`: the `scores.jsonl` of the heat maps. */
export const MAPS_OF = '.scores.sha256';

export const sha256 = (content: Uint8Array | string): string =>
  createHash('sha256').update(content).digest('hex');

/**
 * Throws a UserError if the files of a run are from different evaluations: one was interrupted while its results were moved into
 * place, or files were copied by hand; or if the run's model is another one than the evaluated one, for example because its
 * training went on. Files that are missing are not looked for.
 */
export async function requireOneEvaluation(run: Run, evaluated: Evaluated | undefined): Promise<void> {
  for (const [name, digest] of Object.entries(evaluated?.files ?? {})) {
    const content = await readInside(run.folder, name, MOST.lines);
    if (!content || sha256(content) === digest) continue;
    throw new UserError(
      `${run.folder}: ${name} is from another evaluation than metrics.json; run \`pyramid-mamba evaluate ${run.folder}\` again`,
    );
  }
  const bytes = evaluated && (await readRegular(run.model, MOST.model));
  if (bytes && weightsDigest(bytes, run.model) !== evaluated.model) {
    throw new UserError(
      `${run.folder}: the results are of another model than the one in ${run.model}, which was trained since or replaced; ` +
        `run \`pyramid-mamba evaluate ${run.folder}\` again`,
    );
  }
}
