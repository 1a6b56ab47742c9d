// General matrix product, C (+)= A·B, for any strides. Blocked as in Goto and van de Geijn, "Anatomy of high-performance
// matrix multiplication" (2008): blocks of A and B are packed into panels of 4 rows and 8 columns, padded with zeros,
// and a micro-kernel keeps a 4×8 tile of C in registers. Transposes and strided sub-matrices cost packing only.
import { madd } from './maths/fused';
import { floats } from './maths/lanes';

const MR: i32 = 4;
const NR: i32 = 8;
const KC: i32 = 256;
const MC: i32 = 96;
const NC: i32 = 512;

/** Floats of scratch that gemm needs for a product of these sizes. */
export function gemmScratch(m: i32, n: i32, k: i32): i32 {
  const kc = min(k, KC);
  return MR * NR + kc * (roundUp(min(m, MC), MR) + roundUp(min(n, NC), NR));
}

/**
 * C = A·B, or C += A·B where `accumulate` is not 0.
 * A is m × k with strides (aRow, aColumn), B is k × n with strides (bRow, bColumn), C is m × n with strides (cRow, 1).
 * `scratch` holds gemmScratch(m, n, k) floats. If k is 0, the product is zero.
 */
export function gemm(
  m: i32, n: i32, k: i32,
  a: usize, aRow: i32, aColumn: i32,
  b: usize, bRow: i32, bColumn: i32,
  c: usize, cRow: i32,
  accumulate: i32, scratch: usize,
): void {
  const tile = scratch;
  const packedB = tile + floats(MR * NR);
  const packedA = packedB + floats(min(k, KC) * roundUp(min(n, NC), NR));
  for (let j = 0; j < n; j += NC) {
    const nc = min(NC, n - j);
    for (let p = 0; p == 0 || p < k; p += KC) {
      const kc = min(KC, k - p);
      const add = p > 0 ? 1 : accumulate;
      pack(b + floats(p * bRow) + floats(j * bColumn), bColumn, bRow, nc, kc, packedB, NR);
      for (let i = 0; i < m; i += MC) {
        const mc = min(MC, m - i);
        pack(a + floats(i * aRow) + floats(p * aColumn), aRow, aColumn, mc, kc, packedA, MR);
        block(mc, nc, kc, packedA, packedB, c + floats(i * cRow) + floats(j), cRow, add, tile);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function roundUp(x: i32, multiple: i32): i32 {
  return ((x + multiple - 1) / multiple) * multiple;
}

/** All tiles of one block of C; tiles that extend beyond C are computed in `tile` and copied. */
function block(mc: i32, nc: i32, kc: i32, a: usize, b: usize, c: usize, cRow: i32, add: i32, tile: usize): void {
  for (let j = 0; j < nc; j += NR) {
    for (let i = 0; i < mc; i += MR) {
      const pa = a + floats(i * kc);
      const pb = b + floats(j * kc);
      const pc = c + floats(i * cRow) + floats(j);
      if (mc - i >= MR && nc - j >= NR) microKernel(kc, pa, pb, pc, floats(cRow), add);
      else {
        microKernel(kc, pa, pb, tile, floats(NR), 0);
        copyTile(min(MR, mc - i), min(NR, nc - j), tile, pc, cRow, add);
      }
    }
  }
}

function copyTile(rows: i32, columns: i32, tile: usize, c: usize, cRow: i32, add: i32): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = c + floats(i * cRow + j);
      const value = load<f32>(tile + floats(i * NR + j));
      store<f32>(at, add ? load<f32>(at) + value : value);
    }
  }
}

/** A 4×8 tile of C: the product of a panel of A (kc × 4) and a panel of B (kc × 8). `cRow` is in bytes. */
function microKernel(kc: i32, a: usize, b: usize, c: usize, cRow: usize, add: i32): void {
  const c1 = c + cRow;
  const c2 = c1 + cRow;
  const c3 = c2 + cRow;
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  if (add) {
    c00 = v128.load(c); c01 = v128.load(c, 16);
    c10 = v128.load(c1); c11 = v128.load(c1, 16);
    c20 = v128.load(c2); c21 = v128.load(c2, 16);
    c30 = v128.load(c3); c31 = v128.load(c3, 16);
  }
  const end = a + floats(kc * MR);
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const a0 = v128.load32_splat(a);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    const a1 = v128.load32_splat(a, 4);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    const a2 = v128.load32_splat(a, 8);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    const a3 = v128.load32_splat(a, 12);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    a += 16;
    b += 32;
  }
  v128.store(c, c00); v128.store(c, c01, 16);
  v128.store(c1, c10); v128.store(c1, c11, 16);
  v128.store(c2, c20); v128.store(c2, c21, 16);
  v128.store(c3, c30); v128.store(c3, c31, 16);
}

/**
 * Packs `lanes` × `kc` elements into panels of `width` lanes, k outermost within a panel, missing lanes zero.
 * Element (lane, k) is at source + lane·laneStride + k·kStride.
 */
function pack(source: usize, laneStride: i32, kStride: i32, lanes: i32, kc: i32, target: usize, width: i32): void {
  const step = floats(width);
  let lane = 0;
  if (laneStride == 1) {
    for (; lane + 16 <= lanes; lane += 16) packSixteenRows(source + floats(lane), floats(kStride), kc, target, lane, width);
  }
  for (; lane < roundUp(lanes, width); lane += 4) {
    const from = source + floats(lane * laneStride);
    const to = quad(target, lane, kc, width);
    if (lane + 4 <= lanes && laneStride == 1) {
      for (let k = 0; k < kc; k++) v128.store(to + <usize>k * step, v128.load(from + floats(k * kStride)));
    } else if (lane + 4 <= lanes && kStride == 1) {
      packTransposed(from, floats(laneStride), kc, to, step);
    } else {
      for (let l = 0; l < 4; l++) {
        const present = lane + l < lanes;
        for (let k = 0; k < kc; k++) {
          const value: f32 = present ? load<f32>(from + floats(l * laneStride + k * kStride)) : 0;
          store<f32>(to + <usize>k * step + floats(l), value);
        }
      }
    }
  }
}

/** The start of four lanes in the panels. */
// @ts-ignore: decorator
@inline
function quad(target: usize, lane: i32, kc: i32, width: i32): usize {
  const within = lane % width;
  return target + floats((lane - within) * kc + within);
}

/** Sixteen lanes that are adjacent in memory: whole cache lines are read for any stride of k. */
function packSixteenRows(source: usize, kStride: usize, kc: i32, target: usize, lane: i32, width: i32): void {
  const step = floats(width);
  let t0 = quad(target, lane, kc, width);
  let t1 = quad(target, lane + 4, kc, width);
  let t2 = quad(target, lane + 8, kc, width);
  let t3 = quad(target, lane + 12, kc, width);
  for (let k = 0; k < kc; k++) {
    v128.store(t0, v128.load(source));
    v128.store(t1, v128.load(source, 16));
    v128.store(t2, v128.load(source, 32));
    v128.store(t3, v128.load(source, 48));
    source += kStride;
    t0 += step;
    t1 += step;
    t2 += step;
    t3 += step;
  }
}

/** Four lanes, each with adjacent k: transposed four by four. */
function packTransposed(source: usize, laneStride: usize, kc: i32, target: usize, step: usize): void {
  let s0 = source;
  let s1 = s0 + laneStride;
  let s2 = s1 + laneStride;
  let s3 = s2 + laneStride;
  let k = 0;
  for (; k + 4 <= kc; k += 4) {
    const r0 = v128.load(s0);
    const r1 = v128.load(s1);
    const r2 = v128.load(s2);
    const r3 = v128.load(s3);
    const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<i64>(low01, low23, 0, 2));
    v128.store(target + step, v128.shuffle<i64>(low01, low23, 1, 3));
    v128.store(target + 2 * step, v128.shuffle<i64>(high01, high23, 0, 2));
    v128.store(target + 3 * step, v128.shuffle<i64>(high01, high23, 1, 3));
    s0 += 16;
    s1 += 16;
    s2 += 16;
    s3 += 16;
    target += 4 * step;
  }
  for (; k < kc; k++) {
    store<f32>(target, load<f32>(s0));
    store<f32>(target, load<f32>(s1), 4);
    store<f32>(target, load<f32>(s2), 8);
    store<f32>(target, load<f32>(s3), 12);
    s0 += 4;
    s1 += 4;
    s2 += 4;
    s3 += 4;
    target += step;
  }
}
