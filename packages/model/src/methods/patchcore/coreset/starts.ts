import { randomStream, type Seed } from '../../../random/streams.js';
import type { PatchCoreConfig } from '../config.js';
import { approximateAnchors, exactAnchors, kCenterAnchors } from './anchors.js';
import type { Rows } from './rows.js';

/** Random rows of the approximate start, the published code's number. */
const STARTS = 10;

/** The anchors of a start by its name; its random rows are drawn by seed. */
export function startAnchors(
  rows: Rows,
  start: PatchCoreConfig['coreset']['start'],
  seed: Seed,
): Float64Array {
  if (start === 'exact') return exactAnchors(rows);
  const { uniform } = randomStream(seed, 'coreset');
  const draw = (): number => Math.floor(uniform() * rows.count);
  return start === 'k-center'
    ? kCenterAnchors(rows, draw())
    : approximateAnchors(rows, Array.from({ length: Math.min(STARTS, rows.count) }, draw));
}
