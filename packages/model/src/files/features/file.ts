// One file per picture: 8 bytes of magic, the SHA-256 of the rest, then the half floats of f0, f1 and f2 in order, NHWC,
// little-endian. The checksum detects a truncated or damaged file, which is then recomputed.

const MAGIC = new TextEncoder().encode('PMFEAT1\n');
const HEADER = MAGIC.length + 32;

const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> =>
  new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes));

const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/** The bytes of a file with the half floats of one picture. */
export async function writeFeatureFile(halves: Uint16Array): Promise<Uint8Array<ArrayBuffer>> {
  const file = new Uint8Array(HEADER + halves.byteLength);
  file.set(MAGIC);
  file.set(new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength), HEADER);
  file.set(await sha256(file.slice(HEADER)), MAGIC.length);
  return file;
}

/** The `length` half floats of such a file, or undefined if it holds too few, too many, or damaged ones. */
export async function readFeatureFile(file: Uint8Array, length: number): Promise<Uint16Array | undefined> {
  if (file.length !== HEADER + length * 2) return undefined;
  if (!equal(file.subarray(0, MAGIC.length), MAGIC)) return undefined;
  // copied: the payload need not start at an even address
  const payload = Uint8Array.from(file.subarray(HEADER));
  if (!equal(await sha256(payload), file.subarray(MAGIC.length, HEADER))) return undefined;
  return new Uint16Array(payload.buffer);
}
