import type { LinearAttrs } from './signatures.js';
import { util, type TensorInfo } from '@tensorflow/tfjs-core';

/** Sizes of a linear layer: x (rows, inputs), weight (parts · outputs, inputs), each of the `parts` results (rows, outputs). */
export interface LinearSizes {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly parts: number;
  /** Shape of one result. */
  readonly shape: number[];
}

/** The sizes that the tensors of a linear layer's kernels imply. */
export function linearSizes(x: TensorInfo, weight: TensorInfo, { parts }: LinearAttrs): LinearSizes {
  const inputs = x.shape.at(-1)!;
  const outputs = weight.shape[0]! / parts;
  return {
    rows: util.sizeFromShape(x.shape) / inputs,
    inputs,
    outputs,
    parts,
    shape: [...x.shape.slice(0, -1), outputs],
  };
}

/** The gradients of the parts, inputs dy0, dy1, … of the gradient kernels. */
export function arriving(inputs: Readonly<Record<string, unknown>>, parts: number): TensorInfo[] {
  return Array.from({ length: parts }, (_, i) => inputs[`dy${i}`] as TensorInfo);
}
