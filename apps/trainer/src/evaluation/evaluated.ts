// Links the results of one evaluation: `metrics.json` identifies the model, the pictures and the files of the same
// evaluation.
import { createHash } from 'node:crypto';
import { UserError } from '../errors.js';
import type { Run } from '../run/run.js';
import { MOST, type Evaluated } from '@pyramid-mamba/runs';
import { readInside, readRegular } from '@pyramid-mamba/runs/node';
import { weightsDigest } from './thresholdsKept.js';

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
