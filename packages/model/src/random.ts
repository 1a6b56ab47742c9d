// Seeded randomness: every number is a function of its keys alone, on every platform and in whatever order it is asked for.

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/** FNV-1a, 32 bits, of a text's UTF-16 units. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The generator that belongs to these keys: mulberry32 started from their hash. */
export function seededRandom(...keys: (string | number)[]): Random {
  return mulberry32(fnv1a(keys.join('\u0000')));
}

/** mulberry32 from a 32-bit state. */
export function mulberry32(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

/** `count` normal numbers of mean 0 and the given standard deviation (Box and Muller 1958). */
export function normals(random: Random, count: number, std = 1): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = std * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    out[i] = radius * Math.cos(angle);
    if (i + 1 < count) out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}
