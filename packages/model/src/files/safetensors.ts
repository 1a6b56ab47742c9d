// https://huggingface.co/docs/safetensors: 8 bytes length of the header, little-endian; the header, JSON; the data.
import { FormatError } from '../errors.js';
import { fromHalf } from './features/half.js';
import { requireNotForeign } from './fileKind.js';

export type Dtype =
  | 'F64'
  | 'F32'
  | 'F16'
  | 'BF16'
  | 'I64'
  | 'I32'
  | 'I16'
  | 'I8'
  | 'U64'
  | 'U32'
  | 'U16'
  | 'U8'
  | 'BOOL';

export type HostData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** A tensor in host memory, row-major. Half-precision numbers (F16, BF16) are their raw bits in a Uint16Array. */
export interface HostTensor {
  dtype: Dtype;
  shape: number[];
  data: HostData;
}

/** The array type of a dtype; half-precision numbers are raw bits. */
export const ARRAYS = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U64: BigUint64Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const satisfies Record<Dtype, unknown>;

/** Maximum header size of the format's own library, in bytes. */
const MAX_HEADER = 100_000_000;
const BRACE = 0x7b;

interface Place {
  name: string;
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function headerOf(bytes: Uint8Array, where: string): { header: Record<string, unknown>; start: number } {
  requireNotForeign(bytes, where);
  if (bytes.length < 8)
    throw new FormatError(
      `${where} is not a safetensors file: it has ${bytes.length} bytes, fewer than 8; copy or download it again.`,
    );
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const tooLong = length > BigInt(bytes.length - 8);
  if (length > BigInt(MAX_HEADER) || (tooLong && bytes.length > 8 && bytes[8] !== BRACE))
    throw new FormatError(`${where} is not a safetensors file: it does not start with a header.`);
  if (tooLong)
    throw new FormatError(
      `${where} is cut short: its header alone takes ${length} bytes, but the file ends after ${bytes.length - 8} of them; ` +
        'copy or download it again.',
    );
  const start = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)));
  } catch {
    throw new FormatError(`${where} is not a safetensors file: its header is not JSON.`);
  }
  if (!isRecord(header)) throw new FormatError(`${where}: the header must be a JSON object.`);
  return { header, start };
}

function placeOf(name: string, value: unknown, where: string): Place {
  const fail = (why: string): never => {
    throw new FormatError(`${where}: the header's entry of tensor ${name} is wrong: ${why}.`);
  };
  if (!isRecord(value)) return fail('it is not an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(ARRAYS, dtype))
    return fail(`dtype ${JSON.stringify(dtype)} is unknown`);
  if (!Array.isArray(shape) || !shape.every(isSize)) return fail('the shape is not a list of sizes');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    return fail('data_offsets are not two positions');
  const [begin, end] = offsets as [number, number];
  if (end < begin) return fail(`data_offsets [${begin}, ${end}] end before they start`);
  const bytes = shape.reduce((a: number, b) => a * b, ARRAYS[dtype as Dtype].BYTES_PER_ELEMENT);
  if (bytes !== end - begin)
    return fail(
      `${dtype} of shape (${shape.join(', ')}) takes ${bytes} bytes, data_offsets hold ${end - begin}`,
    );
  return { name, dtype: dtype as Dtype, shape, begin, end };
}

/**
 * Reads a safetensors file. Every tensor is checked to be within the file, to have the size of its shape, and to
 * follow the previous one without gap or overlap, before anything is copied; allocations are at most the file's size.
 *
 * @param where the file's name, for messages
 * @throws FormatError
 */
export function readSafetensors(
  bytes: Uint8Array,
  where: string,
): { tensors: Map<string, HostTensor>; metadata: Record<string, string> } {
  const { header, start } = headerOf(bytes, where);
  const room = bytes.length - start;
  const places: Place[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name !== '__metadata__') places.push(placeOf(name, value, where));
    else if (isRecord(value) && Object.values(value).every((text) => typeof text === 'string'))
      metadata = Object.fromEntries(Object.entries(value)) as Record<string, string>;
    else throw new FormatError(`${where}: __metadata__ must be an object of texts.`);
  }
  const whole = places.reduce((most, place) => Math.max(most, place.end), 0);
  if (whole > room)
    throw new FormatError(
      `${where} is cut short: its header describes ${whole} bytes of numbers, but only ${room} are there; copy or download it again.`,
    );
  let end = 0;
  for (const place of [...places].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (place.begin !== end)
      throw new FormatError(
        `${where}: tensor ${place.name} should start at byte ${end} of the data, where the previous one ends, not at ${place.begin}.`,
      );
    end = place.end;
  }
  if (end !== room)
    throw new FormatError(
      `${where}: the tensors end at byte ${end} of the data, but ${room} bytes are present.`,
    );
  const tensors = new Map<string, HostTensor>();
  for (const { name, dtype, shape, begin, end } of places) {
    // copied: data may be at any offset in the file, typed arrays only at multiples of their element size
    const copy = new Uint8Array(bytes.subarray(start + begin, start + end)); // a Buffer's slice would be a view
    tensors.set(name, { dtype, shape, data: new ARRAYS[dtype](copy.buffer) });
  }
  return { tensors, metadata };
}

function dtypeOf(data: HostData): Dtype {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof BigInt64Array) return 'I64';
  if (data instanceof BigUint64Array) return 'U64';
  if (data instanceof Int32Array) return 'I32';
  if (data instanceof Uint32Array) return 'U32';
  if (data instanceof Int16Array) return 'I16';
  if (data instanceof Uint16Array) return 'U16';
  return data instanceof Int8Array ? 'I8' : 'U8';
}

/**
 * Writes a safetensors file, byte for byte the same for the same input: tensors in the order given, wider types first (so that
 * each is at a multiple of its element size), metadata by key.
 *
 * @param tensors by name; `dtype` defaults to that of the array (F16, BF16 and BOOL need it)
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, { dtype?: Dtype; shape: readonly number[]; data: HostData }>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0)
    header.push([
      '__metadata__',
      Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))),
    ]);
  const ordered = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  let end = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (name === '__metadata__' || size !== data.length)
      throw new Error(
        `writeSafetensors: ${name} of shape (${shape.join(', ')}) cannot hold ${data.length} values.`,
      );
    const type = dtype ?? dtypeOf(data);
    header.push([name, { dtype: type, shape, data_offsets: [end, end + data.byteLength] }]);
    end += data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + end).fill(0x20, 8 + json.length, 8 + padded);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  let at = 8 + padded;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** A weight's numbers as float32, from F32, F64, F16 or BF16. Throws a FormatError for other types and for NaN or infinity. */
export function floatsOf({ dtype, data }: HostTensor, where: string): Float32Array {
  let floats: Float32Array;
  if (data instanceof Float32Array) floats = data;
  else if (data instanceof Float64Array) floats = Float32Array.from(data);
  else if (dtype === 'F16') fromHalf(data as Uint16Array, (floats = new Float32Array(data.length)));
  else if (dtype === 'BF16')
    floats = new Float32Array(Uint32Array.from(data as Uint16Array, (bits) => bits << 16).buffer);
  else throw new FormatError(`${where} must hold floating-point numbers, got ${dtype}.`);
  if (!areFinite(floats))
    throw new FormatError(
      `${where} holds a number that is not finite; the file is damaged or its training failed.`,
    );
  return floats;
}

/** A loop, since `every` calls a function for each of an encoder's millions of numbers. */
function areFinite(floats: Float32Array): boolean {
  for (let i = 0; i < floats.length; i++) if (!Number.isFinite(floats[i])) return false;
  return true;
}
