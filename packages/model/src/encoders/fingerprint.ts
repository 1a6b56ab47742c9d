import type { EncoderWeights } from './types.js';

/** A hash of every name, shape and bit of the weights, 16 hexadecimal digits; the key of the feature cache. */
export function encoderFingerprint(weights: EncoderWeights): string {
  // two FNV-1a lanes with different bases; 64 bits distinguish the encoders of one cache
  let a = 0x811c9dc5;
  let b = 0x1000193;
  const add = (word: number): void => {
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul(b ^ (word + 0x9e3779b9), 0x85ebca6b);
    b ^= b >>> 13;
  };
  for (const [name, { shape, data }] of [...weights].sort(([x], [y]) => (x < y ? -1 : 1))) {
    for (let i = 0; i < name.length; i++) add(name.charCodeAt(i));
    shape.forEach(add);
    const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
    for (let i = 0; i < words.length; i++) add(words[i]!);
  }
  return [a, b].map((x) => (x >>> 0).toString(16).padStart(8, '0')).join('');
}
