import { describe, expect, test } from 'vitest';
import {
  floatsOf,
  FormatError,
  readSafetensors,
  writeSafetensors,
  type HostTensor,
} from '../../src/index.js';

/** A file with this header, valid or not, and this many zero bytes. */
function file(header: unknown, bytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const out = new Uint8Array(8 + json.length + bytes);
  new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true);
  out.set(json, 8);
  return out;
}

const f32 = (shape: number[], begin: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

describe('a written file', () => {
  const tensors = new Map([
    ['bytes', { shape: [3], data: Uint8Array.of(1, 2, 255) }],
    ['weights', { shape: [2, 2], data: Float32Array.of(1.5, -0, 3.4e38, 1e-45) }],
    ['steps', { shape: [], data: Int32Array.of(-7) }],
    ['wide', { shape: [1], data: BigInt64Array.of(-(2n ** 62n)) }],
    ['double', { shape: [1], data: Float64Array.of(Math.PI) }],
    ['none', { shape: [0, 4], data: new Float32Array(0) }],
    ['__proto__', { shape: [1], data: Float32Array.of(5) }],
  ] as const);

  test('returns every tensor and text, bit for bit', () => {
    const bytes = writeSafetensors(tensors, { format: 'x', __proto__text: 'é\n"' });
    const read = readSafetensors(bytes, 'file');
    expect([...read.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
    for (const [name, { shape, data }] of tensors) {
      expect(read.tensors.get(name)!.shape).toEqual(shape);
      expect(read.tensors.get(name)!.data).toEqual(data);
    }
    expect(read.metadata).toEqual({ format: 'x', __proto__text: 'é\n"' });
    expect(Object.is((read.tensors.get('weights')!.data as Float32Array)[1], -0)).toBe(true);
  });

  test('does not depend on the order of the metadata, and aligns each tensor to its element size', () => {
    const a = writeSafetensors(tensors, { a: '1', b: '2' });
    expect(writeSafetensors(tensors, { b: '2', a: '1' })).toEqual(a);
    const length = Number(new DataView(a.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(a.subarray(8, 8 + length))) as Record<
      string,
      { data_offsets?: [number, number] }
    >;
    for (const [name, { data }] of tensors)
      expect(
        Object.getOwnPropertyDescriptor(header, name)!.value.data_offsets[0] % data.BYTES_PER_ELEMENT,
      ).toBe(0);
  });

  test('reads from a Node Buffer, whose slice is a view, and from the middle of another array', () => {
    const bytes = writeSafetensors(tensors, {});
    const padded = new Uint8Array(bytes.length + 5);
    padded.set(bytes, 3);
    for (const view of [Buffer.from(bytes), padded.subarray(3, 3 + bytes.length)]) {
      const weights = readSafetensors(view, 'file').tensors.get('weights')!;
      expect(weights.data).toEqual(tensors.get('weights')!.data);
      view.fill(0);
      expect(weights.data).toEqual(tensors.get('weights')!.data);
    }
  });

  test('rejects data that do not fit the shape', () => {
    const wrong = new Map([['a', { shape: [3], data: new Float32Array(2) }]]);
    expect(() => writeSafetensors(wrong, {})).toThrow('a of shape (3) cannot hold 2 values');
  });
});

describe('a damaged or malicious file is an error that names it:', () => {
  const whole = writeSafetensors(new Map([['a', { shape: [4], data: new Float32Array(4) }]]), {});
  const huge = new Uint8Array(16);
  new DataView(huge.buffer).setBigUint64(0, 2n ** 63n, true);
  test.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(0), /is empty; copy or download it again/],
    ['of 5 bytes', new Uint8Array(5), /5 bytes, fewer than 8/],
    [
      'cut in the header',
      whole.subarray(0, 20),
      /is cut short: its header alone takes \d+ bytes, but the file ends after 12/,
    ],
    [
      'cut in the data',
      whole.subarray(0, whole.length - 1),
      /is cut short: its header describes 16 bytes of numbers, but only 15 are there/,
    ],
    ['with extra bytes', Uint8Array.of(...whole, 0), /end at byte 16 of the data, but 17/],
    ['a header of 2^63 bytes', huge, /does not start with a header/],
    ['not JSON', file('{"a":', 0), /not JSON/],
    ['not UTF-8', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff), /not JSON/],
    ['a header that is a list', file([], 0), /JSON object/],
    ['an entry that is a text', file({ a: 'x' }, 0), /tensor a is wrong: it is not an object/],
    ['an unknown dtype', file({ a: { ...f32([1], 0, 4), dtype: 'F8' } }, 4), /dtype "F8"/],
    [
      'a dtype named as a method',
      file({ a: { ...f32([1], 0, 4), dtype: 'toString' } }, 4),
      /dtype "toString"/,
    ],
    ['a negative size', file({ a: f32([-1], 0, 4) }, 4), /shape/],
    ['a fractional size', file({ a: f32([0.5], 0, 2) }, 2), /shape/],
    ['sizes out of range', file({ a: f32([2 ** 40, 2 ** 40], 0, 4) }, 4), /takes .* bytes/],
    ['a shape of another size', file({ a: f32([3], 0, 16) }, 16), /takes 12 bytes, data_offsets hold 16/],
    [
      'offsets out of the file',
      file({ a: f32([4], 0, 16) }, 8),
      /is cut short: its header describes 16 bytes of numbers, but only 8/,
    ],
    ['offsets backwards', file({ a: f32([1], 4, 0) }, 4), /\[4, 0\] end before they start/],
    ['three offsets', file({ a: { ...f32([1], 0, 4), data_offsets: [0, 4, 8] } }, 8), /two positions/],
    ['an overlap', file({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), /b should start at byte 8/],
    ['a gap', file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), /b should start at byte 4/],
    ['metadata that are numbers', file({ __metadata__: { a: 1 } }, 0), /__metadata__ must be/],
  ])('%s', (_, bytes, message) => {
    const read = (): unknown => readSafetensors(bytes, 'weights.safetensors');
    expect(read).toThrow(FormatError);
    expect(read).toThrow(message);
    expect(read).toThrow(/^weights\.safetensors/);
  });
});

describe('floatsOf', () => {
  const half = (...bits: number[]): HostTensor => ({
    dtype: 'F16',
    shape: [bits.length],
    data: Uint16Array.from(bits),
  });

  test('decodes half precision: normal, subnormal, negative and signed zero', () => {
    const got = floatsOf(half(0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555, 0x8000), 'f');
    expect(Array.from(got)).toEqual([1, -2, 2 ** -24, 65504, Math.fround(0.333251953125), -0]);
  });

  test('decodes bfloat16 and rounds double precision', () => {
    expect(
      Array.from(floatsOf({ dtype: 'BF16', shape: [2], data: Uint16Array.of(0x3fc0, 0xc2f7) }, 'f')),
    ).toEqual([1.5, -123.5]);
    expect(floatsOf({ dtype: 'F64', shape: [1], data: Float64Array.of(0.1) }, 'f')[0]).toBe(Math.fround(0.1));
  });

  test('rejects integers, NaN and infinity', () => {
    expect(() => floatsOf({ dtype: 'I32', shape: [1], data: Int32Array.of(1) }, 'f: w')).toThrow(
      'f: w must hold',
    );
    expect(() => floatsOf(half(0x7c00), 'f: w')).toThrow('f: w holds a number that is not finite');
    expect(() => floatsOf({ dtype: 'F32', shape: [1], data: Float32Array.of(NaN) }, 'w')).toThrow(
      FormatError,
    );
  });
});
