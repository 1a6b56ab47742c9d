import { floats } from './lanes';

/** y = activation(y + bias) for each row of a (rows, c) matrix; bias 0: none; activation: 0 none, 1 relu, 2 relu6. */
export function biasActivation(y: usize, bias: usize, rows: i32, c: i32, activation: i32): void {
  const row = floats(c);
  const lower = f32x4.splat(activation ? 0 : -Infinity);
  const upper = f32x4.splat(activation == 2 ? 6 : Infinity);
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i + 16 <= row; i += 16) {
      let v = v128.load(y + i);
      if (bias) v = f32x4.add(v, v128.load(bias + i));
      v128.store(y + i, f32x4.pmin(f32x4.pmax(v, lower), upper));
    }
    for (; i < row; i += 4) {
      let v = v128.load32_zero(y + i);
      if (bias) v = f32x4.add(v, v128.load32_zero(bias + i));
      store<f32>(y + i, f32x4.extract_lane(f32x4.pmin(f32x4.pmax(v, lower), upper), 0));
    }
    y += row;
  }
}
