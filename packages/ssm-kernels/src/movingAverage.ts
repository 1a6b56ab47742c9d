import { engine, type Rank, type Tensor } from '@tensorflow/tfjs-core';
import { checkShape } from './checks.js';
import { SCALED_SUM, type ScaledSumAttrs } from './trainingKernels.js';

/**
 * One step of an exponential moving average, (1 − momentum)·average + momentum·factor·value, as of running statistics. Has no
 * gradient, and leaves none of its steps on the tape.
 *
 * @param average the average so far, float32
 * @param value shaped as it
 * @param momentum weight of the value, 0 to 1
 * @param factor what the value is multiplied by; default 1
 * @returns the new average, shaped as the old one
 * @throws Error that names the argument when a shape does not fit or the momentum is not in 0 to 1
 */
export function movingAverage<R extends Rank>(
  average: Tensor<R>,
  value: Tensor<R>,
  momentum: number,
  factor = 1,
): Tensor<R> {
  const op = 'movingAverage';
  checkShape(op, 'average', average, '...', average.shape);
  checkShape(op, 'value', value, '...', average.shape);
  if (!(momentum >= 0 && momentum <= 1))
    throw new Error(`${op}: momentum must be a number from 0 to 1, got ${momentum}.`);
  const attrs: ScaledSumAttrs = { alpha: 1 - momentum, beta: momentum * factor };
  return engine().runKernel<Tensor<R>>(SCALED_SUM, { x: average, z: value }, { ...attrs });
}
