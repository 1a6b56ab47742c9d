import { add, mul, reshape, sigmoid, sub, type Tensor } from '@tensorflow/tfjs-core';
import {
  SCALED_SUM,
  SILU,
  SILU_GATE,
  SILU_GATE_GRAD,
  SILU_GRAD,
  type ScaledSumAttrs,
} from '../../kernels/trainingKernels.js';
import { registerNative } from './native.js';

/** d silu / dx = σ (1 + x (1 − σ)) = σ + silu − silu·σ */
export function siluSlope(x: Tensor): Tensor {
  const s = sigmoid(x);
  const y = mul(x, s);
  return sub(add(s, y), mul(y, s));
}

export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));
const times = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : mul(x, factor));

export function registerPointwise(): void {
  registerNative(SILU, ({ x }) => silu(x!));
  registerNative(SILU_GRAD, ({ x, dy }) => mul(dy!, siluSlope(x!)));
  registerNative(SILU_GATE, ({ x, z }) => mul(x!, silu(z!)));
  registerNative(SILU_GATE_GRAD, ({ x, z, dy }) => [mul(dy!, silu(z!)), mul(mul(dy!, x!), siluSlope(z!))]);
  registerNative(SCALED_SUM, ({ x, z, scale }, attrs) => {
    const { alpha, beta } = attrs as unknown as ScaledSumAttrs;
    const ones = x!.shape.slice(1).map(() => 1);
    const scaled = scale ? mul(z!, reshape(times(scale, beta), [scale.size, ...ones])) : mul(z!, beta);
    return alpha === 0 ? scaled : add(times(x!, alpha), scaled);
  });
}
