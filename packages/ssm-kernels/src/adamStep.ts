import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { checkShape } from './checks.js';

export const ADAM_STEP = 'SsmAdamStep';

export interface AdamStepOptions {
  /** Learning rate of this step. */
  lr: number;
  beta1: number;
  beta2: number;
  /** Added to the root of the second moment. */
  epsilon: number;
  /** λ; 0 for parameters that do not decay. */
  weightDecay: number;
  /** true: AdamW, p ← (1 − lr·λ) p before the update. false: Adam with L2, g ← g + λ p. */
  decoupled: boolean;
  /** 1 for the first step: the bias correction. */
  step: number;
  /** The gradient is multiplied by this first, e.g. for clipping by the global norm. Default 1. */
  gradScale?: number;
}

/**
 * One step of Adam or AdamW for one parameter, any shape: new tensors of parameter, first and second moment.
 * Arithmetic as torch.optim.Adam/AdamW: p ← p − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε). Has no gradient.
 */
export function adamStep(
  param: Tensor,
  m: Tensor,
  v: Tensor,
  grad: Tensor,
  { gradScale = 1, ...options }: AdamStepOptions,
): { param: Tensor; m: Tensor; v: Tensor } {
  const letters = param.shape.map((_, i) => `axis ${i}`).join(', ');
  for (const [name, x] of [
    ['m', m],
    ['v', v],
    ['grad', grad],
  ] as const)
    checkShape('adamStep', name, x, letters, param.shape);
  const [p, m1, v1] = engine().runKernel<Tensor[]>(
    ADAM_STEP,
    { param, m, v, grad },
    { ...options, gradScale },
  );
  return { param: p!, m: m1!, v: v1! };
}
