import { exp, exp2, sigmoid } from './math';
import { exp2ProductAt } from './exp2';
import { expOfMinusAbs, sigmoidFrom, softplusFrom, storeStepConstants } from './softplus';

/**
 * y[i] = f(x[i]) for `count` floats, a multiple of four; f: 0 exp2, 1 exp, 2 sigmoid, 3 softplus, 4 its slope, 5 exp2Product with 1.
 * For the tests of math.ts, softplus.ts and exp2.ts; `constants` holds the constants of the latter two.
 */
export function mathProbe(x: usize, y: usize, count: i32, f: i32, constants: usize): void {
  storeStepConstants(constants);
  for (let i = 0; i < count; i += 4) {
    const v = v128.load(x + ((<usize>i) << 2));
    let r = v;
    if (f == 0) r = exp2(v);
    else if (f == 1) r = exp(v);
    else if (f == 2) r = sigmoid(v);
    else if (f == 3) r = softplusFrom(v, expOfMinusAbs(v, constants), constants);
    else if (f == 4) r = sigmoidFrom(v, expOfMinusAbs(v, constants), constants);
    else r = exp2ProductAt(v, f32x4.splat(1), constants);
    v128.store(y + ((<usize>i) << 2), r);
  }
}
