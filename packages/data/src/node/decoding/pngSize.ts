// A PNG's header can claim gigabytes in a file of a few bytes. Its pixels are deflated, and deflate never shrinks more than
// 1032 times (https://zlib.net/zlib_tech.html), so a file too small for its header is detected before any allocation.

const MOST_SHRUNK = 1032;
/** Samples per pixel, by colour type (PNG specification, third edition, section 11.2.1). */
const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Whether a PNG of `fileSize` bytes that starts with `head` can contain the pixels of its header. */
export function canHoldItsPixels(head: Uint8Array, fileSize: number): boolean {
  if (head.length < 26) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const bits = head[24]! * (SAMPLES[head[25]!] ?? 1);
  return Math.ceil((width * bits) / 8) * height <= fileSize * MOST_SHRUNK;
}
