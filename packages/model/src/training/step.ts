import '@pyramid-mamba/ssm-kernels/gradients';
import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../encoders/types.js';
import { NumericError } from '../errors.js';
import type { GradientDetector, TrainingPictures } from '../methods/types.js';
import { averaged, type Average, type Part } from './average.js';
import { alone, type Communicator } from './communicator.js';
import type { Optimizer } from './optimizer/optimizer.js';
import type { TrainingContext } from './context.js';
import { rateOf } from './parts.js';

/**
 * Loss and gradients of the parameters that the context's part trains (all without parts), the caller's to dispose; still on the device, not awaited.
 * The running statistics are updated.
 */
export function lossAndGradients(
  model: GradientDetector,
  features: Features,
  context: TrainingContext,
  lossWeight: number,
  pictures?: TrainingPictures,
): { loss: tf.Scalar; grads: Map<string, tf.Tensor> } {
  const { part } = context;
  const params = new Map(
    [...model.trainable()].filter(([name]) => !part || rateOf(part.rates, name) !== undefined),
  );
  const variables = [...params.values()];
  // tfjs frees what it saved for the gradients only where the forward pass ends: a failure is carried past it
  let failure: { error: unknown } | undefined;
  const forward = (): tf.Scalar => {
    try {
      return tf.mul(model.objective(features, context, pictures), lossWeight) as tf.Scalar;
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
 * One training step: loss, gradients, their mean over all replicas, optimiser.
 *
 * @param features of this replica's pictures, undefined where it has none; the caller's
 * @param communicator the replicas that share the batch; each has its own batch statistics, as usual in distributed training, and all
 *   keep the mean of the running ones
 * @param pictures for a model that needs them; the caller's
 * @throws NumericError when loss or gradient is not finite, with weights and running statistics unchanged
 */
export async function trainStep(
  model: GradientDetector,
  optimizer: Optimizer,
  features: Features | undefined,
  context: TrainingContext,
  lr: number,
  lossWeight: number,
  communicator: Communicator = alone,
  pictures?: TrainingPictures,
): Promise<{ loss: number; gradNorm: number }> {
  const { part: now } = context;
  // a message of gradients has one of every parameter
  if (now && communicator.size > 1)
    throw new RangeError('trainStep: a training of several parts has one replica');
  const statistics = [...model.buffers().values()];
  const before = statistics.map((statistic) => tf.clone(statistic));
  const made: tf.Tensor[] = [];
  try {
    const part = features && partOf(model, features, context, lossWeight, pictures);
    if (part) made.push(part.loss, ...part.grads.values());
    const single = communicator.size === 1;
    const taken = single ? await onlyPart(part) : await averaged(model, part, communicator);
    if (!single) made.push(...taken.grads.values(), ...taken.statistics);
    requireFinite(taken.loss, 0);
    // a gradient that is not finite changes nothing
    const { gradNorm } = await optimizer.step(taken.grads, lr, now && ((name) => rateOf(now.rates, name)));
    requireFinite(taken.loss, gradNorm);
    taken.statistics.forEach((mean, i) => statistics[i]!.assign(mean));
    return { loss: taken.loss, gradNorm };
  } catch (error) {
    // the forward pass has updated the running statistics: a NaN in them would outlive the step
    statistics.forEach((statistic, i) => statistic.assign(before[i]!));
    throw error;
  } finally {
    tf.dispose([...made, ...before]);
  }
}

function partOf(
  model: GradientDetector,
  features: Features,
  context: TrainingContext,
  lossWeight: number,
  pictures: TrainingPictures | undefined,
): Part {
  const found = lossAndGradients(model, features, context, lossWeight, pictures);
  return { pictures: features[0]!.shape[0], ...found };
}

/** The step of a single replica: its gradients stay on the device, its running statistics are those of the forward pass. */
async function onlyPart(part: Part | undefined): Promise<Average> {
  if (!part) throw new RangeError('trainStep: a single replica needs pictures');
  return { loss: (await part.loss.data())[0]!, grads: part.grads, statistics: [] };
}
