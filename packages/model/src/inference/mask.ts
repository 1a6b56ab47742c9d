/**
 * The part of a map that is judged: 0 where the mask is 0, and its maximum elsewhere.
 * @throws RangeError if nothing is judged
 */
export function judgedPart(map: Float32Array, mask: Uint8Array): { map: Float32Array; score: number } {
  let score = -Infinity;
  const out = map.map((value, i) => {
    if (mask[i] === 0) return 0;
    score = Math.max(score, value);
    return value;
  });
  if (score === -Infinity)
    throw new RangeError('the areas leave nothing of the picture to judge; make them larger or remove one');
  return { map: out, score };
}
