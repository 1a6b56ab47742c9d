import { FormatError } from '../errors.js';

const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, 512));

/** Files mistaken for weights, detected by their start, and what to do about them. */
const KINDS: readonly [is: (bytes: Uint8Array, start: string) => boolean, sentence: string][] = [
  [(bytes) => bytes.length === 0, 'is empty; copy or download it again'],
  [
    (_, start) => start.startsWith('version https://git-lfs'),
    'is a Git LFS pointer, not the file itself; get it with `git lfs pull`, or download it from the repository’s page',
  ],
  [
    (_, start) => /^\s*(<!doctype html|<html|<head|<!--)/i.test(start),
    'is a web page, not the linked file; download the file itself',
  ],
  [
    (_, start) => /^\s*<(\?xml|error)/i.test(start),
    "is an XML text, likely a server's error message; download the file again",
  ],
  [(bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b, 'is compressed with gzip; unpack it first (gunzip)'],
  [
    (_, start) => /^(BZh|\xfd7zXZ|7z\xbc\xaf|\x28\xb5\x2f\xfd|Rar!)/.test(start),
    'is a compressed archive; unpack it first',
  ],
  [
    (bytes, start) => text(bytes.subarray(257, 262)) === 'ustar' && !start.startsWith('{'),
    'is a tar archive; unpack it first',
  ],
  [
    (_, start) => start.startsWith('\x89HDF'),
    'is an HDF5 file (Keras); expected are weights of a ResNet with the tensor names of torchvision (.pth or .safetensors)',
  ],
  [
    (_, start) => /^\s*[{[]\s*["}\]]/.test(start),
    "is a JSON text, likely a server's error message; download the file again",
  ],
];

/** Throws a FormatError if the bytes are not weights but a file that is often mistaken for them. */
export function requireNotForeign(bytes: Uint8Array, where: string): void {
  // a header's length, which could also be the first bytes of another format
  if (bytes[8] === 0x7b && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0) return;
  const start = text(bytes);
  const found = KINDS.find(([is]) => is(bytes, start));
  if (found) throw new FormatError(`${where} ${found[1]}.`);
}
