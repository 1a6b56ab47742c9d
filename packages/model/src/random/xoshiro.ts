// Version 2 of the random streams: xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018).
// One cycle of 2^128 - 1 numbers, and each key starts at a point chosen by 128 bits of hash: two streams of a million numbers
// overlap with a probability of about 2^-107. The data package draws its orders with the same generator.

/** The finaliser of MurmurHash3: each bit of the word changes about half the bits of the result. */
function mix(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/**
 * The four words of state for these keys: a 128-bit hash of their JSON, whose four lanes are mixed, so that
 * keys that differ in one digit start far apart. `1` and `'1'` are different keys.
 */
export function stateOf(keys: readonly (string | number)[]): [number, number, number, number] {
  const text = JSON.stringify(keys);
  // the first words of the fractions of the golden ratio, π, e and √2; multipliers of MurmurHash3's 128-bit form
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ unit, 0x239b961b);
    b = c ^ Math.imul(b ^ unit, 0xab0e9789);
    c = d ^ Math.imul(c ^ unit, 0x38b34ae5);
    d = a ^ Math.imul(d ^ unit, 0xa1e38b93);
  }
  for (let round = 0; round < 2; round++) {
    a = mix(a + d);
    b = mix(b + a);
    c = mix(c + b);
    d = mix(d + c);
  }
  // the generator must not start from four zeros: one bit is set
  return [a, b, c, d | 1];
}

/** Uniform numbers in [0, 1), multiples of 2^-32. */
export function xoshiro128([a, b, c, d]: readonly [number, number, number, number]): () => number {
  return () => {
    const five = Math.imul(b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result / 0x1_0000_0000;
  };
}

/** `count` normal numbers of mean 0 and standard deviation `std` (the polar method, Marsaglia and Bray 1964). */
export function polar(uniform: () => number, count: number, std: number): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    let x: number;
    let y: number;
    let square: number;
    do {
      x = 2 * uniform() - 1;
      y = 2 * uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = std * Math.sqrt((-2 * Math.log(square)) / square);
    out[i] = x * factor;
    if (i + 1 < count) out[i + 1] = y * factor;
  }
  return out;
}
