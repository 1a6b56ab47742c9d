// IEEE 754 binary16, the format of stored features. JavaScript's Float16Array needs Node 24 or a browser of 2025.

const bits = new Uint32Array(1);
const single = new Float32Array(bits.buffer);

/**
 * The nearest half of a float32, ties to even, as 16 bits: sign (1), exponent (5), fraction (10). Above 65519.99 it is
 * infinity, below 2^-25 zero; NaN stays a (quiet) NaN.
 */
export function halfBits(value: number): number {
  single[0] = value;
  const x = bits[0]!;
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and above round to infinity
  if (magnitude >= 0x38800000) {
    // normal: rebias the exponent and round off 13 bits; a carry out of the fraction rightly raises the exponent
    const rebiased = magnitude - 0x38000000;
    return sign | ((rebiased + 0x0fff + ((rebiased >>> 13) & 1)) >>> 13);
  }
  if (magnitude <= 0x33000000) return sign; // 2^-25 is a tie between 0 and the least subnormal: even is 0
  // subnormal: the fraction with its hidden bit, in units of 2^-24
  const shift = 126 - (magnitude >>> 23);
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const kept = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return sign | (kept + (rest > tie || (rest === tie && (kept & 1) === 1) ? 1 : 0));
}

/** The value of 16 half bits. Every half is exactly a float32. */
export function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Halves of all `values`. */
export function toHalf(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = halfBits(values[i]!);
  return out;
}

let table: Float32Array | undefined;

/** Writes the values of `halves` to `out` from `offset` on. */
export function fromHalf(halves: Uint16Array, out: Float32Array, offset = 0): void {
  table ??= Float32Array.from({ length: 0x10000 }, (_, half) => halfValue(half));
  for (let i = 0; i < halves.length; i++) out[offset + i] = table[halves[i]!]!;
}
