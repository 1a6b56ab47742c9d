// Rows of a depthwise convolution of stride 1 with a k×k filter, k odd, on a map (h, w + k − 1, c) whose rows have k / 2 zero
// pixels at both ends, so that all taps of a pixel are within the row; rows outside the map are skipped.
import { madd } from '../maths/fused';
import { addCompensated, addCompensatedOne } from '../normalisation/channelStatistics';
import { copy, floats } from '../maths/lanes';

/** Pixels whose products with one tap are summed in registers before the sum is stored. */
const RUN: i32 = 8;

/** Copies a map (h, w, c) into a zero-padded one. */
export function padRows(x: usize, padded: usize, height: i32, width: i32, c: i32, k: i32): void {
  padded += floats((k >> 1) * c);
  for (let y = 0; y < height; y++) {
    copy(padded, x, width * c);
    x += floats(width * c);
    padded += floats((width + k - 1) * c);
  }
}

/** y = bias + row oy of the convolution; `tap` is the step from one tap of the filter to the next, in bytes. */
export function convolveRow(
  padded: usize,
  filter: usize,
  tap: usize,
  bias: usize,
  y: usize,
  oy: i32,
  height: i32,
  width: i32,
  c: i32,
  k: i32,
): void {
  const pad = k >> 1;
  const pixel = floats(c);
  const row = floats((width + k - 1) * c);
  const firstY = max(0, pad - oy);
  const taps = min(k, height + pad - oy) - firstY;
  filter += <usize>(firstY * k) * tap;
  let source = padded + <usize>(oy + firstY - pad) * row;
  let x = 0;
  for (; x + 4 <= width; x += 4) {
    const i =
      k == 3
        ? convolveFourByThree(source, row, pixel, filter, tap, bias, y, taps)
        : convolveFour(source, row, pixel, filter, tap, bias, y, taps, k);
    for (let j = 0; j < 4; j++) {
      convolveChannels(source, row, pixel, filter, tap, bias, y, taps, k, i);
      source += pixel;
      y += pixel;
    }
  }
  for (; x < width; x++) {
    const i = convolveOne(source, row, pixel, filter, tap, bias, y, taps, k);
    convolveChannels(source, row, pixel, filter, tap, bias, y, taps, k, i);
    source += pixel;
    y += pixel;
  }
}

/** Four adjacent pixels, which share the loads of the filter; whole vectors only; returns their bytes per pixel. */
function convolveFour(
  source: usize,
  row: usize,
  pixel: usize,
  filter: usize,
  tap: usize,
  bias: usize,
  y: usize,
  taps: i32,
  k: i32,
): usize {
  const pixel2 = 2 * pixel;
  const pixel3 = 3 * pixel;
  let i: usize = 0;
  for (; i + 16 <= pixel; i += 16) {
    let sum0 = v128.load(bias + i);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    let f = filter + i;
    for (let ky = 0; ky < taps; ky++) {
      let s = source + i + <usize>ky * row;
      for (let kx = 0; kx < k; kx++) {
        const weight = v128.load(f);
        sum0 = madd(v128.load(s), weight, sum0);
        sum1 = madd(v128.load(s + pixel), weight, sum1);
        sum2 = madd(v128.load(s + pixel2), weight, sum2);
        sum3 = madd(v128.load(s + pixel3), weight, sum3);
        s += pixel;
        f += tap;
      }
    }
    const to = y + i;
    v128.store(to, sum0);
    v128.store(to + pixel, sum1);
    v128.store(to + pixel2, sum2);
    v128.store(to + pixel3, sum3);
  }
  return i;
}

/** As convolveFour, for k = 3: the four share the loads of the map too. */
function convolveFourByThree(
  source: usize,
  row: usize,
  pixel: usize,
  filter: usize,
  tap: usize,
  bias: usize,
  y: usize,
  taps: i32,
): usize {
  const pixel2 = 2 * pixel;
  const pixel3 = 3 * pixel;
  let i: usize = 0;
  for (; i + 16 <= pixel; i += 16) {
    let sum0 = v128.load(bias + i);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    let f = filter + i;
    let s = source + i;
    for (let ky = 0; ky < taps; ky++) {
      const left = v128.load(f);
      f += tap;
      const middle = v128.load(f);
      f += tap;
      const right = v128.load(f);
      f += tap;
      sum0 = madd(v128.load(s), left, sum0);
      let v = v128.load(s + pixel);
      sum0 = madd(v, middle, sum0);
      sum1 = madd(v, left, sum1);
      v = v128.load(s + pixel2);
      sum0 = madd(v, right, sum0);
      sum1 = madd(v, middle, sum1);
      sum2 = madd(v, left, sum2);
      const far = s + pixel3;
      v = v128.load(far);
      sum1 = madd(v, right, sum1);
      sum2 = madd(v, middle, sum2);
      sum3 = madd(v, left, sum3);
      v = v128.load(far + pixel);
      sum2 = madd(v, right, sum2);
      sum3 = madd(v, middle, sum3);
      sum3 = madd(v128.load(far + pixel2), right, sum3);
      s += row;
    }
    const to = y + i;
    v128.store(to, sum0);
    v128.store(to + pixel, sum1);
    v128.store(to + pixel2, sum2);
    v128.store(to + pixel3, sum3);
  }
  return i;
}

/** As convolveFour, one pixel. */
function convolveOne(
  source: usize,
  row: usize,
  pixel: usize,
  filter: usize,
  tap: usize,
  bias: usize,
  y: usize,
  taps: i32,
  k: i32,
): usize {
  let i: usize = 0;
  for (; i + 16 <= pixel; i += 16) {
    let sum = v128.load(bias + i);
    let f = filter + i;
    for (let ky = 0; ky < taps; ky++) {
      let s = source + i + <usize>ky * row;
      for (let kx = 0; kx < k; kx++) {
        sum = madd(v128.load(s), v128.load(f), sum);
        s += pixel;
        f += tap;
      }
    }
    v128.store(y + i, sum);
  }
  return i;
}

/** One pixel, the channels from byte `i` on. */
function convolveChannels(
  source: usize,
  row: usize,
  pixel: usize,
  filter: usize,
  tap: usize,
  bias: usize,
  y: usize,
  taps: i32,
  k: i32,
  i: usize,
): void {
  for (; i < pixel; i += 4) {
    let sum = load<f32>(bias + i);
    let f = filter + i;
    for (let ky = 0; ky < taps; ky++) {
      let s = source + i + <usize>ky * row;
      for (let kx = 0; kx < k; kx++) {
        sum += load<f32>(s) * load<f32>(f);
        s += pixel;
        f += tap;
      }
    }
    store<f32>(y + i, sum);
  }
}

/** Adds the sum of a row's pixels to `sums`, compensated. */
export function addRowSums(da: usize, sums: usize, compensation: usize, width: i32, c: i32): void {
  const pixel = floats(c);
  let i: usize = 0;
  for (; i + 16 <= pixel; i += 16) {
    let sum = f32x4.splat(0);
    let at = da + i;
    for (let x = 0; x < width; x++) {
      sum = f32x4.add(sum, v128.load(at));
      at += pixel;
    }
    addCompensated(sums + i, compensation + i, sum);
  }
  for (; i < pixel; i += 4) {
    let sum: f32 = 0;
    for (let x = 0; x < width; x++) sum += load<f32>(da + i + <usize>x * pixel);
    addCompensatedOne(sums + i, compensation + i, sum);
  }
}

/** dFilter[ky, kx] += Σ of the products of row oy of da, not padded, with the pixels of the map under the tap. */
export function addTapProducts(
  padded: usize,
  da: usize,
  dFilter: usize,
  oy: i32,
  height: i32,
  width: i32,
  c: i32,
  k: i32,
): void {
  const pad = k >> 1;
  const pixel = floats(c);
  const row = floats((width + k - 1) * c);
  const firstY = max(0, pad - oy);
  const taps = min(k, height + pad - oy) - firstY;
  const source = padded + <usize>(oy + firstY - pad) * row;
  dFilter += floats(firstY * k * c);
  for (let x = 0; x < width; x += RUN) {
    const count = min(RUN, width - x);
    const at = da + <usize>x * pixel;
    for (let ky = 0; ky < taps; ky++) {
      let s = source + <usize>ky * row + <usize>x * pixel;
      let d = dFilter + floats(ky * k * c);
      if (k == 3) addThreeProducts(d, s, at, pixel, count);
      else
        for (let kx = 0; kx < k; kx++) {
          addProducts(d, s, at, pixel, count);
          s += pixel;
          d += pixel;
        }
    }
  }
}

/** target += Σ over `count` pixels of x·da */
function addProducts(target: usize, x: usize, da: usize, pixel: usize, count: i32): void {
  let i: usize = 0;
  for (; i + 16 <= pixel; i += 16) {
    let sum = v128.load(target + i);
    let s = x + i;
    let d = da + i;
    for (let n = 0; n < count; n++) {
      sum = madd(v128.load(s), v128.load(d), sum);
      s += pixel;
      d += pixel;
    }
    v128.store(target + i, sum);
  }
  addChannelProducts(target, x, da, pixel, count, i);
}

/** addProducts for three adjacent taps, which share the loads. */
function addThreeProducts(target: usize, x: usize, da: usize, pixel: usize, count: i32): void {
  const pixel2 = 2 * pixel;
  let i: usize = 0;
  for (; i + 16 <= pixel; i += 16) {
    const to = target + i;
    let sum0 = v128.load(to);
    let sum1 = v128.load(to + pixel);
    let sum2 = v128.load(to + pixel2);
    let s = x + i;
    let d = da + i;
    let left = v128.load(s);
    s += pixel;
    let middle = v128.load(s);
    let n = 0;
    for (; n + 2 <= count; n += 2) {
      const right = v128.load(s + pixel);
      const next = v128.load(s + pixel2);
      let v = v128.load(d);
      sum0 = madd(left, v, sum0);
      sum1 = madd(middle, v, sum1);
      sum2 = madd(right, v, sum2);
      v = v128.load(d + pixel);
      sum0 = madd(middle, v, sum0);
      sum1 = madd(right, v, sum1);
      sum2 = madd(next, v, sum2);
      left = right;
      middle = next;
      s += pixel2;
      d += pixel2;
    }
    if (n < count) {
      const v = v128.load(d);
      sum0 = madd(left, v, sum0);
      sum1 = madd(middle, v, sum1);
      sum2 = madd(v128.load(s + pixel), v, sum2);
    }
    v128.store(to, sum0);
    v128.store(to + pixel, sum1);
    v128.store(to + pixel2, sum2);
  }
  for (let kx: usize = 0; kx < 3; kx++)
    addChannelProducts(target + kx * pixel, x + kx * pixel, da, pixel, count, i);
}

/** addProducts for the channels from byte `i` on. */
function addChannelProducts(target: usize, x: usize, da: usize, pixel: usize, count: i32, i: usize): void {
  for (; i < pixel; i += 4) {
    let sum = load<f32>(target + i);
    let s = x + i;
    let d = da + i;
    for (let n = 0; n < count; n++) {
      sum += load<f32>(s) * load<f32>(d);
      s += pixel;
      d += pixel;
    }
    store<f32>(target + i, sum);
  }
}
