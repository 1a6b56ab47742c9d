/**
 * 32-bit FNV-1a over UTF-16 code units, low byte then high byte
 * (http://www.isthe.com/chongo/tech/comp/fnv/). Returns an unsigned integer.
 */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return hash >>> 0;
}

/** The finaliser of MurmurHash3: mixes FNV's weak low bits over the word. */
function mix(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * A random generator keyed by any list of numbers and strings: the same keys give the same numbers in every process and
 * on every machine, different keys give unrelated ones, and `1` and `'1'` are different keys.
 *
 * xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018) seeded with four hashes of
 * the keys. Each call returns a multiple of 2^-32 in [0, 1). Not for secrets.
 */
export function seededRandom(...keys: (number | string)[]): () => number {
  const text = JSON.stringify(keys);
  let a = mix(fnv1a(`a${text}`));
  let b = mix(fnv1a(`b${text}`));
  let c = mix(fnv1a(`c${text}`));
  // the generator must not start from four zeros; setting one bit of one word is enough
  let d = mix(fnv1a(`d${text}`)) | 1;
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

/** Shuffles `items` in place (Fisher–Yates, from the end) with `random` returning numbers in [0, 1), and returns it. */
export function shuffle<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = items[i]!;
    items[i] = items[j]!;
    items[j] = held;
  }
  return items;
}
