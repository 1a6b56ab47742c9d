import { exp, exp2, sigmoid, softplus } from './math';

/** y[i] = f(x[i]) for `count` floats, a multiple of four; f: 0 exp2, 1 exp, 2 sigmoid, 3 softplus. For the tests of math.ts. */
export function mathProbe(x: usize, y: usize, count: i32, f: i32): void {
  for (let i = 0; i < count; i += 4) {
    const v = v128.load(x + ((<usize>i) << 2));
    let r = v;
    if (f == 0) r = exp2(v);
    else if (f == 1) r = exp(v);
    else if (f == 2) r = sigmoid(v);
    else r = softplus(v);
    v128.store(y + ((<usize>i) << 2), r);
  }
}
