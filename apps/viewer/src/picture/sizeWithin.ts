/** The drawing size of a picture, its longest side at most `side` pixels: options of `createImageBitmap`. */
export function sizeWithin(side: number, { width, height }: { width: number; height: number }) {
  const factor = Math.min(1, side / Math.max(width, height));
  return {
    resizeWidth: Math.max(1, Math.round(width * factor)),
    resizeHeight: Math.max(1, Math.round(height * factor)),
    resizeQuality: 'medium' as const,
  };
}
