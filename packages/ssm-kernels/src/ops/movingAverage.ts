import type { Rank, Tensor } from '@tensorflow/tfjs-core';
import { checkShape } from './checks.js';
import { runKernel } from '../kernels/run.js';
import type { ScaledSumAttrs } from '../kernels/signatures.js';

/**
 * One step of an exponential moving average, (1 − momentum)·average + momentum·factor·value, for running statistics. Has no
 * gradient and records nothing on the tape.
 *
 * @param average the current average, float32
 * @param value of the same shape
 * @param momentum weight of the value, 0 to 1
 * @param factor multiplies the value; default 1
 * @returns the new average, of the same shape
 * @throws Error that names the argument when a shape does not fit or the momentum is out of range
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
  return runKernel('scaledSum', { x: average, z: value }, attrs) as Tensor<R>;
}
