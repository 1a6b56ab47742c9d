import { FormatError } from './errors.js';

const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, 512));

/** What people take for weights, told by how it begins, and what to do about it. */
const KINDS: readonly [is: (bytes: Uint8Array, start: string) => boolean, sentence: string][] = [
  [(bytes) => bytes.length === 0, 'is empty; copy or download it again'],
  [
    (_, start) => start.startsWith('version https://git-lfs'),
    'is a pointer of Git LFS, not the file itself; get it with `git lfs pull`, or download it from the page of the repository',
  ],
  [
    (_, start) => /^\s*(<!doctype html|<html|<head|<!--)/i.test(start),
    'is a web page, not the file it was linked on; download the file itself',
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
    'is an HDF5 file (Keras); weights of a ResNet with the tensor names of torchvision are wanted (.pth or .safetensors)',
  ],
  [
    (_, start) => /^\s*[{[]\s*["}\]]/.test(start),
    "is a JSON text, likely a server's error message; download the file again",
  ],
];

/** Throws a FormatError where the bytes are no file of weights but something that is often saved in its place. */
export function requireNotForeign(bytes: Uint8Array, where: string): void {
  // a header's length, whose bytes could be any other file's first ones
  if (bytes[8] === 0x7b && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0) return;
  const start = text(bytes);
  const found = KINDS.find(([is]) => is(bytes, start));
  if (found) throw new FormatError(`${where} ${found[1]}.`);
}
