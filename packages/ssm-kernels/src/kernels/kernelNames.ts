import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

/** Names under which every backend registers its kernels. */
export const SELECTIVE_SCAN = 'SsmSelectiveScan';
export const SELECTIVE_SCAN_GRAD = 'SsmSelectiveScanGrad';
export const PYRAMID_SCAN = 'SsmPyramidScan';
export const PYRAMID_SCAN_GRAD = 'SsmPyramidScanGrad';
export const PROJECTED_SCAN = 'SsmProjectedScan';
export const PROJECTED_SCAN_GRAD = 'SsmProjectedScanGrad';

/** Inputs of both scans; layouts in scan/views.ts. */
export interface ScanTensors extends NamedTensorInfoMap {
  u: TensorInfo;
  delta: TensorInfo;
  A: TensorInfo;
  B: TensorInfo;
  C: TensorInfo;
  D: TensorInfo;
  deltaBias: TensorInfo;
}

/** Inputs of a gradient kernel: the scan's inputs and the gradient of y (and, in selectiveScan, of the last state). */
export interface ScanGradTensors extends ScanTensors {
  dy: TensorInfo;
}

/** The order in which a gradient kernel returns its tensors. */
export const SCAN_GRADIENT_ORDER = ['u', 'delta', 'A', 'B', 'C', 'D', 'deltaBias'] as const;

export interface SelectiveScanAttrs {
  deltaSoftplus: boolean;
}

export interface PyramidScanAttrs {
  deltaSoftplus: boolean;
  grids: number[];
  /** One weight per grid, with sum 1. */
  weights: number[];
}
