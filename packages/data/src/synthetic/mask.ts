/** Clean-up of a change map into a defect mask: close gaps, fill pinholes, drop specks. Masks are 0 or 1, row-major. */

/** Morphological closing of a square mask by a disc of radius `r` pixels. */
export function close(mask: Uint8Array, size: number, r: number): Uint8Array {
  if (r < 1) return mask;
  return morph(morph(mask, size, r, 1), size, r, 0);
}

function morph(mask: Uint8Array, size: number, r: number, hit: 0 | 1): Uint8Array {
  const out = new Uint8Array(mask.length).fill(1 - hit);
  const r2 = r * r + 0.5;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (mask[y * size + x] !== hit) continue;
      for (let dy = -r; dy <= r; dy++) {
        const yy = y + dy;
        if (yy < 0 || yy >= size) continue;
        for (let dx = -r; dx <= r; dx++) {
          const xx = x + dx;
          if (xx < 0 || xx >= size || dx * dx + dy * dy > r2) continue;
          out[yy * size + xx] = hit;
        }
      }
    }
  }
  return out;
}

/**
 * Flips every 4-connected region of `value` that has fewer than `minArea` pixels; the largest region of ones is
 * kept whatever its size, so that a defect never vanishes from its mask.
 */
export function dropRegions(mask: Uint8Array, size: number, value: 0 | 1, minArea: number): Uint8Array {
  const out = Uint8Array.from(mask);
  const seen = new Uint8Array(mask.length);
  const regions: number[][] = [];
  for (let start = 0; start < mask.length; start++) {
    if (seen[start] || mask[start] !== value) continue;
    const region = [start];
    seen[start] = 1;
    for (let k = 0; k < region.length; k++) {
      const p = region[k]!;
      const x = p % size;
      const near = [x > 0 ? p - 1 : -1, x < size - 1 ? p + 1 : -1, p - size, p + size];
      for (const q of near) {
        if (q < 0 || q >= mask.length || seen[q] || mask[q] !== value) continue;
        seen[q] = 1;
        region.push(q);
      }
    }
    regions.push(region);
  }
  const largest = regions.reduce((best, region) => Math.max(best, region.length), 0);
  for (const region of regions) {
    if (region.length >= minArea || (value === 1 && region.length === largest)) continue;
    for (const p of region) out[p] = 1 - value;
  }
  return out;
}

/** The whole clean-up, its lengths in proportion to the picture's size. */
export function cleanMask(raw: Uint8Array, size: number): Uint8Array {
  const closed = close(raw, size, Math.round(size / 100));
  const filled = dropRegions(closed, size, 0, size * size * 0.0015);
  return dropRegions(filled, size, 1, size * size * 0.0006);
}
