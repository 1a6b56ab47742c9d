// y = alpha·x + beta·z over `count` floats; x is ignored if alpha is 0, even NaN.
import { madd } from './maths/fused';
import { floats, loadOne, storeOne, vectorBytes } from './maths/lanes';

export function scaledSum(x: usize, z: usize, y: usize, count: i32, alpha: f32, beta: f32): void {
  const end = floats(count);
  const body = vectorBytes(count);
  const a = f32x4.splat(alpha);
  const b = f32x4.splat(beta);
  let i: usize = 0;
  if (alpha == 0) {
    for (; i < body; i += 16) v128.store(y + i, f32x4.mul(b, v128.load(z + i)));
    for (; i < end; i += 4) storeOne(y + i, f32x4.mul(b, loadOne(z + i)));
  } else {
    for (; i < body; i += 16)
      v128.store(y + i, madd(b, v128.load(z + i), f32x4.mul(a, v128.load(x + i))));
    for (; i < end; i += 4)
      storeOne(y + i, madd(b, loadOne(z + i), f32x4.mul(a, loadOne(x + i))));
  }
}
