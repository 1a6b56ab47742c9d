// Links a report to the evaluation it shows.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Run } from '../run/run.js';
import { MOST } from '@pyramid-mamba/runs';
import { readRegular } from '@pyramid-mamba/runs/node';

/** Name of the `meta` element of `report.html` that holds the `evaluationId`. */
export const EVALUATION_META = 'pyramid-mamba-evaluation';

/** Identifies what a report shows: SHA-256 in hex of `metrics.json`, which holds the digests of the other results; without an evaluation of the model file. */
export async function evaluationId(run: Run): Promise<string> {
  const bytes = (await readRegular(run.metrics, MOST.json)) ?? (await readRegular(run.model, MOST.model));
  return createHash('sha256')
    .update(bytes ?? '')
    .digest('hex');
}

/** Whether a run's report shows the results that are in its folder now; false without a report, or for one that does not say. */
export async function isReportCurrent(run: Run): Promise<boolean> {
  const page = await readRegular(join(run.report, 'report.html'), MOST.lines);
  if (!page) return false;
  const id = new RegExp(`<meta name="${EVALUATION_META}" content="([0-9a-f]{64})"`);
  return id.exec(Buffer.from(page).toString('utf8'))?.[1] === (await evaluationId(run));
}
