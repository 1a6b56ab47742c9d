// The struct ScanParams of kernels/params.cuh, which documents each field.

const POINTERS = [
  'u', 'delta', 'A', 'B', 'C', 'D', 'bias', 'dy', 'dLast', 'plan', 'weights',
  'carries', 'sums', 'arrivals', 'differences', 'skips', 'slices',
  'y', 'last', 'du', 'ddelta', 'dA', 'dB', 'dC', 'dD', 'dbias',
] as const; // prettier-ignore

const INTEGERS = [
  'pictures', 'pixels', 'channels', 'states', 'groups', 'directions', 'grids', 'slots',
  'rowSegments', 'columnSegments', 'longest', 'axis', 'softplus', 'add', 'blocks',
] as const; // prettier-ignore

export type ScanPointers = { [K in (typeof POINTERS)[number]]?: bigint };
export type ScanIntegers = Record<(typeof INTEGERS)[number], number>;

const POINTER_BYTES = 8;
const INTEGER_BYTES = 4;
const UNPADDED = POINTER_BYTES * POINTERS.length + INTEGER_BYTES * INTEGERS.length;

/** Offset of each field, in bytes. */
export const SCAN_PARAM_OFFSETS: ReadonlyMap<string, number> = new Map([
  ...POINTERS.map((name, i): [string, number] => [name, POINTER_BYTES * i]),
  ...INTEGERS.map((name, i): [string, number] => [name, POINTER_BYTES * POINTERS.length + INTEGER_BYTES * i]),
]);

/** Bytes of the struct. */
export const SCAN_PARAM_BYTES = Math.ceil(UNPADDED / POINTER_BYTES) * POINTER_BYTES;

/** The struct's bytes; a missing pointer is null. */
export function scanParams(pointers: ScanPointers, integers: ScanIntegers): ArrayBuffer {
  const bytes = new ArrayBuffer(SCAN_PARAM_BYTES);
  const addresses = new BigUint64Array(bytes, 0, POINTERS.length);
  POINTERS.forEach((name, i) => (addresses[i] = pointers[name] ?? 0n));
  const numbers = new Int32Array(bytes, POINTER_BYTES * POINTERS.length, INTEGERS.length);
  INTEGERS.forEach((name, i) => (numbers[i] = integers[name]));
  return bytes;
}
