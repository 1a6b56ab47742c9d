import { engine, type NamedAttrMap, type Scalar, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { checkShape } from './checks.js';
import { ADAM_STEP_ALL } from '../kernels/trainingKernels.js';

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

/** Attributes of the kernel; its inputs are param0, grad0, param1, … and m, v, its outputs param0', param1', …, m', v', gradNorm. */
export interface AdamStepAllAttrs extends AdamStepAllOptions {
  /** Number of parameters. */
  count: number;
  decays: boolean[];
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
  const attrs: AdamStepAllAttrs = { ...options, count, decays: [...decays] };
  // tfjs's attribute type does not include the null of clipNorm
  const outputs = engine().runKernel<Tensor[]>(
    ADAM_STEP_ALL,
    { ...inputs, m, v },
    attrs as unknown as NamedAttrMap,
  );
  const [m1, v1, gradNorm] = outputs.splice(count) as [Tensor1D, Tensor1D, Scalar];
  return { params: outputs, m: m1, v: v1, gradNorm };
}
