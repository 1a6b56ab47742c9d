import type { EvaluatedImage } from '@pyramid-mamba/metrics';

/** mulberry32: uniform numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The test set of MVTec AD, all classes together. */
export const IMAGES = 1725;
export const SIDE = 256;

/** Map and mask of a square image, which drawScoreMap fills. */
export interface Canvas {
  readonly map: Float32Array;
  readonly mask: Uint8Array;
}

export function canvas(side: number): Canvas {
  return { map: new Float32Array(side * side), mask: new Uint8Array(side * side) };
}

/**
 * Draws image number `index` of a test set: three of four have a square defect (about 2 % of all pixels) whose scores are
 * higher but overlap with the others. Every pixel is drawn independently, so nearly all scores differ, the worst case;
 * `levels` limits the number of distinct scores.
 */
export function drawImage(into: Canvas, seed: number, index: number, levels?: number): EvaluatedImage {
  const { map, mask } = into;
  const side = Math.sqrt(map.length);
  const random = seeded(seed * 1_000_003 + index);
  const normal = index % 4 === 0;
  mask.fill(0);
  if (!normal) {
    const edge = Math.ceil(side * (0.1 + 0.13 * random()));
    const left = Math.floor(random() * (side - edge));
    const top = Math.floor(random() * (side - edge));
    for (let y = top; y < top + edge; y++) mask.fill(1, y * side + left, y * side + left + edge);
  }
  const greatest = 0.7 + 0.3 * random();
  for (let k = 0; k < map.length; k++) {
    const score = mask[k] === 0 ? greatest * random() : 0.3 + 0.7 * random();
    map[k] = levels === undefined ? score : Math.floor(score * levels);
  }
  return { map, mask, width: side, height: side };
}
