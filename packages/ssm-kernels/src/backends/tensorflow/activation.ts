import { add, mul, sigmoid, sub, type Tensor } from '@tensorflow/tfjs-core';

/** d silu / dx = σ (1 + x (1 − σ)) = σ + silu − silu·σ */
export function siluSlope(x: Tensor): Tensor {
  const s = sigmoid(x);
  const y = mul(x, s);
  return sub(add(s, y), mul(y, s));
}

export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));
