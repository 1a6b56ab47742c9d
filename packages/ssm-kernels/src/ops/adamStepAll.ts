import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { checkShape } from './checks.js';
import { runKernels } from '../kernels/run.js';
import type { AdamStepAllOptions } from '../kernels/signatures.js';

export type { AdamStepAllOptions };

export interface AdamStepAllInputs {
  readonly params: readonly Tensor[];
  /** The gradient of each parameter, of the same shape. */
  readonly grads: readonly Tensor[];
  /** First moments of all parameters, flat, one parameter after the other: (total size). */
  readonly m: Tensor1D;
  /** Second moments, in the same layout. */
  readonly v: Tensor1D;
  /** Whether the weight decay applies, one value per parameter. */
  readonly decays: readonly boolean[];
}

/**
 * One step of Adam or AdamW for all parameters, with clipping by the global norm, in one kernel: new tensors of parameters
 * and moments. Arithmetic as torch.nn.utils.clip_grad_norm_ and torch.optim.Adam/AdamW:
 * p ← p − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε). Has no gradient.
 *
 * If the norm is not a finite float32, the new parameters and moments equal the old ones.
 *
 * @returns the new params, of the same shapes, m, v, and gradNorm, the global L2 norm of the gradients before clipping
 * @throws Error that names the argument when a shape or a length does not fit
 */
export function adamStepAll(
  { params, grads, m, v, decays }: AdamStepAllInputs,
  options: AdamStepAllOptions,
): { params: Tensor[]; m: Tensor1D; v: Tensor1D; gradNorm: Scalar } {
  const op = 'adamStepAll';
  const count = params.length;
  if (count === 0) throw new Error(`${op}: params must contain at least one tensor, got none.`);
  for (const [name, list] of Object.entries({ grads, decays }))
    if (list.length !== count)
      throw new Error(`${op}: ${name} must have one entry per parameter, ${count}, got ${list.length}.`);
  if (!Number.isInteger(options.step) || options.step < 1)
    throw new Error(`${op}: step must be an integer of at least 1, got ${options.step}.`);
  const inputs: Record<string, Tensor> = {};
  params.forEach((param, i) => {
    const letters = param.shape.map((_, axis) => `axis ${axis}`).join(', ');
    checkShape(op, `params[${i}]`, param, letters, param.shape);
    checkShape(op, `grads[${i}]`, grads[i]!, letters, param.shape);
    inputs[`param${i}`] = param;
    inputs[`grad${i}`] = grads[i]!;
  });
  const total = params.reduce((sum, { size }) => sum + size, 0);
  checkShape(op, 'm', m, 'total size', [total]);
  checkShape(op, 'v', v, 'total size', [total]);
  const outputs = runKernels('adamStepAll', { ...inputs, m, v }, { ...options, count, decays: [...decays] });
  const [m1, v1, gradNorm] = outputs.splice(count) as [Tensor1D, Tensor1D, Scalar];
  return { params: outputs, m: m1, v: v1, gradNorm };
}
