import { add, mul, reshape, type Tensor } from '@tensorflow/tfjs-core';
import { native } from './native.js';

const times = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : mul(x, factor));

export const scaledSum = native<'scaledSum'>(({ x, z, scale }, { alpha, beta }) => {
  const ones = x.shape.slice(1).map(() => 1);
  const scaled = scale ? mul(z, reshape(times(scale, beta), [scale.size, ...ones])) : mul(z, beta);
  return alpha === 0 ? scaled : add(times(x, alpha), scaled);
});
