import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { checkShape } from './checks.js';
import { registerKernelGradient, runKernel, runKernels } from '../kernels/run.js';
import type { LinearAttrs } from '../kernels/signatures.js';

/**
 * A linear layer over the last axis, x·weightᵀ + bias, in one pass; also a 1×1 convolution of an NHWC map. Differentiable in
 * every input. The gradient of the bias is a compensated sum: before a normalisation it is exactly zero, and plain float32
 * sums over thousands of pixels would turn it into noise.
 *
 * @param x (..., in), at least one axis before the last
 * @param weight (out, in), or PyTorch's 1×1 convolution (out, in, 1, 1)
 * @param bias (out); default: none
 * @returns y, (..., out)
 * @throws Error that names the argument when a shape does not fit
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor1D): Tensor {
  const out = checkLinear('linear', x, weight);
  if (bias) checkShape('linear', 'bias', bias, 'out', [out]);
  const attrs: LinearAttrs = { parts: 1, biased: bias !== undefined };
  return runKernel('linear', { x, weight, ...(bias && { bias }) }, attrs);
}

/**
 * A linear layer whose outputs are split into equal parts, one tensor each: part i is x times the rows [i·out/parts, (i+1)·out/parts)
 * of the weight, transposed. Equal to splitting the result, without creating it. Differentiable in both inputs.
 *
 * @param x (..., in), at least one axis before the last
 * @param weight (out, in) or (out, in, 1, 1)
 * @param parts an integer that divides out, at least 1
 * @returns `parts` tensors of (..., out / parts)
 * @throws Error that names the argument when a shape or `parts` does not fit
 */
export function linearParts(x: Tensor, weight: Tensor, parts: number): Tensor[] {
  const out = checkLinear('linearParts', x, weight);
  if (!Number.isInteger(parts) || parts < 1 || out % parts !== 0)
    throw new Error(
      `linearParts: parts must be an integer of at least 1 that divides the ${out} outputs, got ${parts}.`,
    );
  const attrs: LinearAttrs = { parts, biased: false };
  return runKernels('linear', { x, weight }, attrs);
}

/** Returns the number of outputs. */
function checkLinear(op: string, x: Tensor, weight: Tensor): number {
  const inputs = x.shape.at(-1);
  if (x.rank < 2 || !inputs || x.size === 0)
    throw new Error(
      `${op}: x must be (..., in), with two or more axes, and not empty, got (${x.shape.join(', ')}).`,
    );
  checkShape(op, 'x', x, '..., in', x.shape);
  const out = weight.shape[0];
  if (!out || weight.rank < 2)
    throw new Error(`${op}: weight must be (out, in) or (out, in, 1, 1), got (${weight.shape.join(', ')}).`);
  if (weight.rank === 4) checkShape(op, 'weight', weight, 'out, in, 1, 1', [out, inputs, 1, 1]);
  else checkShape(op, 'weight', weight, 'out, in', [out, inputs]);
  return out;
}

registerKernelGradient('linear', ['x', 'weight'], ({ dys, saved: [x, weight], attrs }) => {
  const arriving = Object.fromEntries(dys.map((piece, i) => [`dy${i}`, piece]));
  const [dWeight, dBias] = runKernels('linearGradWeight', { x, weight, ...arriving }, attrs);
  return {
    // not if x is data
    x: () => runKernel('linearGradX', { x, weight, ...arriving }, attrs),
    weight: () => dWeight!,
    bias: () => dBias!,
  };
});
