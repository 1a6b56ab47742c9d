import { Check } from './check.ts';
import type { GoldenCase, GoldenEntry } from './directory.ts';
import { anomalyMap } from './cases/anomalyMap.ts';
import { encoder } from './cases/encoder.ts';
import { endToEnd } from './cases/endToEnd.ts';
import { loss } from './cases/loss.ts';
import { metrics } from './cases/metrics.ts';
import {
  basicBlock,
  bottleneck,
  css,
  decoder,
  hssBlock,
  mff,
  patchExpand,
  pss,
  ss2d,
} from './cases/network.ts';
import { optimizer } from './cases/optimizer.ts';
import { maskResize, resize } from './cases/resize.ts';
import { scan } from './cases/scan.ts';
import { schedule } from './cases/schedule.ts';

/** Computes a case with the packages' public functions and compares. */
export type Runner = (golden: GoldenCase, check: Check) => void | Promise<void>;

/** By prefix of a case's name. */
const RUNNERS: readonly [string, Runner][] = [
  ['scan_', scan],
  ['pss_', pss],
  ['ss2d_', ss2d],
  ['hss_block', hssBlock],
  ['lss_module', css],
  ['patch_expand', patchExpand],
  ['mff_', mff],
  ['basicblock_', basicBlock],
  ['bottleneck_', bottleneck],
  ['resnet', encoder],
  ['decoder_', decoder],
  ['loss_', loss],
  ['adam', optimizer],
  ['anomaly_map', anomalyMap],
  ['resize_', resize],
  ['mask_resize', maskResize],
  ['metrics_', metrics],
  ['e2e_', endToEnd],
  ['lr_schedule', schedule],
];

export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  readonly line: string;
}

/** Runs one case. Never throws: an exception or an unknown case is a failure. */
export async function runCase(entry: GoldenEntry): Promise<CaseResult> {
  const { name } = entry;
  const runner = RUNNERS.find(([prefix]) => name.startsWith(prefix))?.[1];
  if (!runner) return { name, passed: false, line: `FAIL ${name}: unknown case` };
  try {
    const golden = entry.load();
    const check = new Check(golden);
    await runner(golden, check);
    const { worst, failures, comparisons } = check;
    const passed = failures.length === 0 && comparisons > 0;
    const figures = `worst ${worst.name}, relative error ${worst.error.toExponential(1)}, tolerance ${worst.tolerance.toExponential(0)}, ${comparisons} compared`;
    const more = failures.slice(0, 4).map((failure) => `\n     ${failure}`);
    return { name, passed, line: `${passed ? 'ok  ' : 'FAIL'} ${name}: ${figures}${more.join('')}` };
  } catch (error) {
    return { name, passed: false, line: `FAIL ${name}: ${(error as Error).message}` };
  }
}
