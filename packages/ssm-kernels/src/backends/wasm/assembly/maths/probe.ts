import { exp, exp2, sigmoid } from './math';
import { expOfMinusAbs, sigmoidFrom, softplusFrom, storeStepConstants } from './softplus';

/**
 * y[i] = f(x[i]) for `count` floats, a multiple of four; f: 0 exp2, 1 exp, 2 sigmoid, 3 softplus, 4 its slope. For the tests of
 * math.ts and softplus.ts; `constants` holds the constants of the latter.
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
    else r = sigmoidFrom(v, expOfMinusAbs(v, constants), constants);
    v128.store(y + ((<usize>i) << 2), r);
  }
}
