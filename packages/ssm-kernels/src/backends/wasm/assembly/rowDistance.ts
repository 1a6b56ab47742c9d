// The least squared distance of one row to rows of a list, for a greedy choice. Two float64 sums of two lanes each add in the order of four
// float64 sums that are written out, so the result has the bits of such a loop in plain JavaScript.

/** Values after which a distance beyond the least one is given up. */
const STRIDE: u32 = 16;

/**
 * Lowers `least` by the squared distances of `row` to the rows `from` to `to` − 1 of `rows`, until it is below `enough`. Returns it; the index of
 * the first row that was not compared is at `compared`, a u32.
 */
export function leastDistance(
  row: usize,
  rows: usize,
  from: u32,
  to: u32,
  dims: u32,
  least: f64,
  enough: f64,
  compared: usize,
): f64 {
  let i = from;
  for (; i < to && least >= enough; i++) {
    const sum = distanceWithin(row, rows + ((<usize>i * <usize>dims) << 2), dims, least);
    if (sum < least) least = sum;
  }
  store<u32>(compared, i);
  return least;
}

// @ts-ignore: decorator
@inline
function distanceWithin(a: usize, b: usize, dims: u32, limit: f64): f64 {
  let sum: f64 = 0;
  let at: u32 = 0;
  for (; at + STRIDE <= dims; at += STRIDE) {
    let s01 = f64x2.splat(0);
    let s23 = f64x2.splat(0);
    for (const end = a + 64; a < end; a += 16, b += 16) {
      const d01 = f64x2.sub(two(a), two(b));
      const d23 = f64x2.sub(two(a + 8), two(b + 8));
      s01 = f64x2.add(s01, f64x2.mul(d01, d01));
      s23 = f64x2.add(s23, f64x2.mul(d23, d23));
    }
    sum += sumOf(s01) + sumOf(s23);
    if (sum > limit) return sum;
  }
  for (; at < dims; at++, a += 4, b += 4) {
    const d = <f64>load<f32>(a) - <f64>load<f32>(b);
    sum += d * d;
  }
  return sum;
}

/** Two floats as float64. */
// @ts-ignore: decorator
@inline
function two(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

// @ts-ignore: decorator
@inline
function sumOf(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}
