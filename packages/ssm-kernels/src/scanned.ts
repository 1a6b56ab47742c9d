// What a GPU's kernels are told of a scan, one picture's map or a sequence, whatever the device.
import type { ScanPlan } from './scanPlan.js';

/** What is scanned: layouts as in views.ts. */
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
  /** Names what `plans` depends on. */
  readonly walk: string;
  /** The walk of each direction (one, or four), with segments of at most `longest`. */
  plans(longest: number): readonly ScanPlan[];
}
