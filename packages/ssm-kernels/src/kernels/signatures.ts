// What every backend's kernel of a name takes. Backends implement them (table.ts), ops call them (run.ts).
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ScanGeometry } from '../scan/orders.js';

/** Tensors by name. */
type Tensors<Names extends string> = Readonly<Record<Names, TensorInfo>>;
/** Tensors of which there are as many as the call has: dy0, dy1, … or param0, grad0, …. */
type Numbered = Readonly<Record<string, TensorInfo>>;

/** The order in which a scan's gradient kernel returns its tensors: the scan's inputs. */
export const SCAN_GRADIENT_ORDER = ['u', 'delta', 'A', 'B', 'C', 'D', 'deltaBias'] as const;

/** Inputs of both scans; layouts in scan/views.ts. */
export type ScanTensors = Tensors<(typeof SCAN_GRADIENT_ORDER)[number]>;

/** Inputs of a gradient kernel: the scan's inputs and the gradient of y (and, in selectiveScan, of the last state). */
export type ScanGradTensors = ScanTensors & Tensors<'dy'>;

export interface SelectiveScanAttrs {
  readonly deltaSoftplus: boolean;
}

export interface PyramidScanAttrs {
  readonly deltaSoftplus: boolean;
  readonly grids: readonly number[];
  /** One weight per grid, with sum 1. */
  readonly weights: readonly number[];
}

/** Of a pyramid scan along any curve in any number of directions. */
export interface OrderedScanAttrs extends PyramidScanAttrs, ScanGeometry {}

/** Inputs of projectedScan; shapes in ops/projectedScan.ts. */
export type ProjectedScanTensors = Tensors<'u' | 'xProj' | 'dtProj' | 'dtBias' | 'aLogs' | 'D'>;
/** The forward kernel's outputs after y, and the gradient of y. */
export type ProjectedScanGradTensors = ProjectedScanTensors & Tensors<'low' | 'delta' | 'B' | 'C' | 'dy'>;

/** Of the normalisations of rows and of the batch. */
export interface EpsilonAttrs {
  readonly epsilon: number;
}

export interface InstanceNormAttrs {
  readonly epsilon: number;
  readonly activation: 'none' | 'silu';
}

export interface LinearAttrs {
  /** Number of equal parts of the outputs. */
  readonly parts: number;
  /** Whether a bias is added and its gradient needed. */
  readonly biased: boolean;
}

/** y = alpha·x + beta·scale·z, with one scale per entry of the first axis. */
export interface ScaledSumAttrs {
  /** If it is 0, x is ignored, even NaN. */
  readonly alpha: number;
  readonly beta: number;
}

export interface AdamStepAllOptions {
  /** Learning rate of this step. */
  lr: number;
  beta1: number;
  beta2: number;
  /** Added to the root of the second moment. */
  epsilon: number;
  /** λ of the parameters with weight decay. */
  weightDecay: number;
  /** true: AdamW, p ← (1 − lr·λ) p before the update. false: Adam with L2, g ← g + λ p. */
  decoupled: boolean;
  /** 1 for the first step: the bias correction. */
  step: number;
  /** Bound on the global norm of the gradients: all are multiplied by min(1, clipNorm / (norm + 1e-6)). null: no clipping. */
  clipNorm: number | null;
}

/** Inputs are param0, grad0, param1, … and m, v, outputs param0', param1', …, m', v', gradNorm. */
export interface AdamStepAllAttrs extends Readonly<AdamStepAllOptions> {
  /** Number of parameters. */
  readonly count: number;
  readonly decays: readonly boolean[];
}

interface Signature<Inputs, Attrs = undefined> {
  readonly inputs: Inputs;
  readonly attrs: Attrs;
}

/** Inputs and attributes of every kernel, by the name that it has in every backend. */
export interface KernelSignatures {
  selectiveScan: Signature<ScanTensors, SelectiveScanAttrs>;
  selectiveScanGrad: Signature<ScanGradTensors & Tensors<'dLast'>, SelectiveScanAttrs>;
  pyramidScan: Signature<ScanTensors, PyramidScanAttrs>;
  pyramidScanGrad: Signature<ScanGradTensors, PyramidScanAttrs>;
  /** The kernel of pyramidScan in another geometry than four sweeps. */
  orderedScan: Signature<ScanTensors, OrderedScanAttrs>;
  orderedScanGrad: Signature<ScanGradTensors, OrderedScanAttrs>;
  projectedScan: Signature<ProjectedScanTensors, PyramidScanAttrs | OrderedScanAttrs>;
  projectedScanGrad: Signature<ProjectedScanGradTensors, PyramidScanAttrs | OrderedScanAttrs>;
  linear: Signature<Tensors<'x' | 'weight'> & { readonly bias?: TensorInfo }, LinearAttrs>;
  linearGradX: Signature<Tensors<'x' | 'weight'> & Numbered, LinearAttrs>;
  linearGradWeight: Signature<Tensors<'x' | 'weight'> & Numbered, LinearAttrs>;
  groupedMatMul: Signature<Tensors<'x' | 'w'>>;
  groupedMatMulGradX: Signature<Tensors<'dy' | 'w'>>;
  groupedMatMulGradW: Signature<Tensors<'x' | 'dy'>>;
  layerNorm: Signature<Tensors<'x' | 'gamma' | 'beta'>, EpsilonAttrs>;
  layerNormGrad: Signature<Tensors<'x' | 'gamma' | 'dy'>, EpsilonAttrs>;
  layerNormGate: Signature<Tensors<'x' | 'gamma' | 'beta' | 'z'>, EpsilonAttrs>;
  layerNormGateGrad: Signature<Tensors<'x' | 'gamma' | 'beta' | 'z' | 'dy'>, EpsilonAttrs>;
  instanceNorm: Signature<Tensors<'x'>, InstanceNormAttrs>;
  instanceNormGrad: Signature<Tensors<'x' | 'dy'>, InstanceNormAttrs>;
  batchNormTrain: Signature<Tensors<'x' | 'gamma' | 'beta'>, EpsilonAttrs>;
  batchNormTrainGrad: Signature<Tensors<'x' | 'gamma' | 'mean' | 'variance' | 'dy'>, EpsilonAttrs>;
  depthwiseConvSilu: Signature<Tensors<'x' | 'filter' | 'bias'>>;
  depthwiseConvSiluGrad: Signature<Tensors<'x' | 'filter' | 'bias' | 'dy'>>;
  /** The kernel of residual and movingAverage. */
  scaledSum: Signature<Tensors<'x' | 'z'> & { readonly scale?: TensorInfo }, ScaledSumAttrs>;
  /** Compensated sums over all axes but the last: the gradient of a bias. */
  columnSums: Signature<Tensors<'x'>>;
  adamStepAll: Signature<Tensors<'m' | 'v'> & Numbered, AdamStepAllAttrs>;
}

export type KernelName = keyof KernelSignatures;
export type KernelInputs<Name extends KernelName> = KernelSignatures[Name]['inputs'];
export type KernelAttrs<Name extends KernelName> = KernelSignatures[Name]['attrs'];
