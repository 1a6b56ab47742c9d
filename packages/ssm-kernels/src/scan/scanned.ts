// The description of a scan for GPU kernels, of one picture's map or a sequence, independent of the device.
import { mapPlans, sequencePlan, type ScanPlan } from './scanPlan.js';
import type { PyramidScanSizes, SelectiveScanSizes } from './views.js';

/** The scanned tensors: layouts as in views.ts. */
export interface Scan {
  readonly op: string;
  readonly batch: number;
  readonly pixels: number;
  readonly channels: number;
  readonly states: number;
  /** Groups of channels that share B and C. */
  readonly groups: number;
  readonly weights: readonly number[];
  readonly deltaSoftplus: boolean;
  /** Identifies what `plans` depends on. */
  readonly walk: string;
  /** The plan of each direction (one, or four), with segments of at most `longest`. */
  plans(longest: number): readonly ScanPlan[];
}

/** A map scanned in four directions; `grids` and `weights` are already checked. */
export function scannedMap(
  { batch, height, width, channels, states }: PyramidScanSizes,
  grids: readonly number[],
  weights: readonly number[],
  deltaSoftplus: boolean,
): Scan {
  return {
    op: 'pyramidScan',
    batch,
    pixels: height * width,
    channels,
    states,
    groups: 1,
    weights,
    deltaSoftplus,
    walk: `map ${height} ${width} ${grids.join()}`,
    plans: (longest) => mapPlans(height, width, grids, longest),
  };
}

/** A sequence, scanned from its start. */
export function scannedSequence(
  { batch, length, channels, groups, states }: SelectiveScanSizes,
  deltaSoftplus: boolean,
): Scan {
  return {
    op: 'selectiveScan',
    batch,
    pixels: length,
    channels,
    states,
    groups,
    weights: [1],
    deltaSoftplus,
    walk: `sequence ${length}`,
    plans: (longest) => [sequencePlan(length, longest)],
  };
}
