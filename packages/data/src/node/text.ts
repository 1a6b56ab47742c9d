/**
 * The text of a user's file: UTF-8, or UTF-16 if a byte order mark or the many zero bytes of plain letters indicate it. The
 * mark is dropped; invalid UTF-8 becomes U+FFFD.
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

/** Number of bytes examined without a byte order mark. */
const LOOKED_AT = 512;

function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const head = bytes.subarray(0, LOOKED_AT & ~1);
  let [even, odd] = [0, 0];
  for (let i = 0; i + 1 < head.length; i += 2) {
    if (head[i] === 0) even++;
    if (head[i + 1] === 0) odd++;
  }
  const most = head.length / 4;
  if (head.length >= 4 && odd > most && even === 0) return 'utf-16le';
  return head.length >= 4 && even > most && odd === 0 ? 'utf-16be' : 'utf-8';
}
