import '@pyramid-mamba/ssm-kernels/gradients';
import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../encoders/types.js';
import { NumericError } from '../errors.js';
import type { GradientDetector } from '../methods/types.js';
import type { Optimizer } from './optimizer.js';
import type { TrainingContext } from './context.js';

/**
 * Loss and gradients of all trained parameters, the caller's to dispose; still on the device, not awaited.
 * The running statistics are updated.
 */
export function lossAndGradients(
  model: GradientDetector,
  features: Features,
  context: TrainingContext,
  lossWeight: number,
): { loss: tf.Scalar; grads: Map<string, tf.Tensor> } {
  const params = model.trainable();
  const variables = [...params.values()];
  // tfjs frees what it saved for the gradients only where the forward pass ends: a failure is carried past it
  let failure: { error: unknown } | undefined;
  const forward = (): tf.Scalar => {
    try {
      return tf.mul(model.objective(features, context), lossWeight) as tf.Scalar;
    } catch (error) {
      failure = { error };
      return tf.sum(variables[0]!);
    }
  };
  const { value, grads } = tf.variableGrads(forward, variables);
  if (failure) {
    tf.dispose([value, ...Object.values(grads).filter((grad) => grad !== null)]);
    throw failure.error;
  }
  return {
    loss: value,
    grads: new Map([...params].map(([name, variable]) => [name, grads[variable.name]!])),
  };
}

/** Throws a NumericError unless loss and gradient norm are finite. */
export function requireFinite(loss: number, gradNorm: number): void {
  if (!Number.isFinite(loss))
    throw new NumericError(`the loss is ${loss}; lower the learning rate (lr) or check the pictures`);
  if (!Number.isFinite(gradNorm))
    throw new NumericError(
      `the gradient's norm is ${gradNorm}; lower the learning rate (lr) or check the pictures`,
    );
}

/**
 * One training step: loss, gradients, optimiser.
 * @throws NumericError when loss or gradient is not finite, with weights and running statistics unchanged
 */
export async function trainStep(
  model: GradientDetector,
  optimizer: Optimizer,
  features: Features,
  context: TrainingContext,
  lr: number,
  lossWeight: number,
): Promise<{ loss: number; gradNorm: number }> {
  const statistics = [...model.buffers().values()];
  const before = statistics.map((statistic) => tf.clone(statistic));
  const made: tf.Tensor[] = [];
  try {
    const { loss: value, grads } = lossAndGradients(model, features, context, lossWeight);
    made.push(value, ...grads.values());
    const loss = (await value.data())[0]!;
    requireFinite(loss, 0);
    // a gradient that is not finite changes nothing
    const { gradNorm } = await optimizer.step(grads, lr);
    requireFinite(loss, gradNorm);
    return { loss, gradNorm };
  } catch (error) {
    // the forward pass has updated the running statistics: a NaN in them would outlive the step
    statistics.forEach((statistic, i) => statistic.assign(before[i]!));
    throw error;
  } finally {
    tf.dispose([...made, ...before]);
  }
}
