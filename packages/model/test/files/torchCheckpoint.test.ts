import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { deflateRawSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  encoderWeightsFrom,
  encoderFingerprint,
  FormatError,
  PyramidMamba,
  presets,
  readTorchCheckpoint,
  modelFromAuthors,
  isAuthorsCheckpoint,
  type HostTensor,
} from '../../src/index.js';
import { resnetConvs } from '../../src/encoders/resnet/architecture.js';

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
const range = (n: number, from = 0) => Array.from({ length: n }, (_, i) => i + from);

// written by PyTorch: fixtures/make.py
describe.each(['zip.pth', 'legacy.pth', 'nested.pth'])('%s of torch.save', (name) => {
  test('gives every tensor', () => {
    const found = readTorchCheckpoint(fixture(name), name);
    const plain = (key: string) => {
      const { dtype, shape, data } = found.get(key)!;
      return { dtype, shape, data: Array.from(data as Float32Array) as unknown[] };
    };
    expect([...found.keys()]).toEqual([
      'a',
      'b',
      'c',
      'half',
      'bf16',
      'long',
      'flag',
      'scalar',
      'empty',
      'parameter',
    ]);
    expect(plain('a')).toEqual({ dtype: 'F32', shape: [2, 3, 4], data: range(24) });
    expect(plain('b')).toEqual({
      dtype: 'F32',
      shape: [6, 4],
      data: range(24).map((i) => (i % 4) * 6 + Math.floor(i / 4)),
    });
    expect(plain('c')).toEqual({ dtype: 'F32', shape: [4], data: range(4, 5) });
    expect(plain('half')).toEqual({ dtype: 'F16', shape: [2], data: [0x3e00, 0xc000] });
    expect(plain('bf16')).toEqual({ dtype: 'BF16', shape: [2], data: [0x3fc0, 0xc000] });
    expect(plain('long')).toEqual({ dtype: 'I64', shape: [2], data: [-1n, 2n ** 40n] });
    expect(plain('flag')).toEqual({ dtype: 'BOOL', shape: [2], data: [1, 0] });
    expect(plain('scalar')).toEqual({ dtype: 'F32', shape: [], data: [3.25] });
    expect(plain('empty')).toEqual({ dtype: 'F32', shape: [0, 3], data: [] });
    expect(plain('parameter')).toEqual({ dtype: 'F32', shape: [2], data: [1, 1] });
  });

  test('truncated anywhere is an error of one sentence', () => {
    const bytes = fixture(name);
    for (let n = 0; n < bytes.length; n += 37) {
      expect(() => readTorchCheckpoint(bytes.slice(0, n), name)).toThrow(FormatError);
    }
  });
});

/** A zip checkpoint around a pickle written by hand. */
const archive = (pickle: number[] | string, more: Record<string, Uint8Array> = {}) =>
  zipSync(
    {
      'x/data.pkl':
        typeof pickle === 'string'
          ? Uint8Array.from(pickle, (c) => c.charCodeAt(0))
          : Uint8Array.from(pickle),
      ...more,
    },
    { level: 0 },
  );

describe('a pickle that is not only weights', () => {
  test.each([
    ["cos\nsystem\n(S'true'\ntR.", /./],
    ['cos\nsystem\n(X\x04\0\0\0truetR.', /calls os\.system/],
    ['\x80\x02cbuiltins\neval\nX\x01\0\0\x001\x85R.', /calls builtins\.eval/],
    ['(lp0\nh\0.', /./],
    ['\x80\x04]\x94h\0a.', /no state dict/],
    ['\x80\x02X\xff\xff\xff\x7f.', /bytes should follow/],
    ['\x80\x02\x8b\xff\xff\xff\xff.', /integer of/],
    ['\x80\x02}X\x01\0\0\0aN', /bytes should follow/],
    ['\x80\x09N.', /protocol above 5/],
    [`${'('.repeat(100000)}${'t'.repeat(100000)}.`, /no state dict/],
  ])('%j is rejected', (pickle, sentence) => {
    const call = () => readTorchCheckpoint(archive(pickle), 'x.pth');
    expect(call).toThrow(FormatError);
    expect(call).toThrow(sentence);
  });

  test('a key __proto__ is a key like another', () => {
    const pickle = '\x80\x02}X\x09\0\0\0__proto__}X\x01\0\0\0aK\x01ss.';
    expect(() => readTorchCheckpoint(archive(pickle), 'x.pth')).toThrow(/no state dict/);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  /** `{'w': tensor(shape, strides)}` over a storage of four floats. */
  const tensor = (shape: number[], strides: number[], offset = 0) => {
    const int = (n: number) => [0x4a, n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >> 24) & 255];
    const ints = (list: number[]) => [0x28, ...list.flatMap(int), 0x74];
    const text = (s: string) => [0x58, s.length, 0, 0, 0, ...Buffer.from(s)];
    const name = (s: string) => [0x63, ...Buffer.from(s)];
    return [
      0x80,
      2,
      0x7d,
      ...text('w'),
      ...name('torch._utils\n_rebuild_tensor_v2\n'),
      0x28,
      0x28,
      ...text('storage'),
      ...name('torch\nFloatStorage\n'),
      ...text('0'),
      ...text('cpu'),
      ...int(4),
      0x74,
      0x51,
      ...int(offset),
      ...ints(shape),
      ...ints(strides),
      0x89,
      ...name('collections\nOrderedDict\n'),
      0x29,
      0x52,
      0x74,
      0x52,
      0x73,
      0x2e,
    ];
  };
  const numbers = { 'x/data/0': new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer) };

  test('a view must be within its storage, and not be larger than the file', () => {
    expect(readTorchCheckpoint(archive(tensor([2, 2], [1, 2]), numbers), 'x').get('w')!.data).toEqual(
      Float32Array.of(1, 3, 2, 4),
    );
    expect(() => readTorchCheckpoint(archive(tensor([5], [1]), numbers), 'x')).toThrow(
      /needs 5 values of its storage, which has 4/,
    );
    expect(() => readTorchCheckpoint(archive(tensor([2], [1], 3), numbers), 'x')).toThrow(/needs 5 values/);
    expect(() => readTorchCheckpoint(archive(tensor([1 << 30, 4], [0, 1]), numbers), 'x')).toThrow(
      /larger than the file/,
    );
    expect(() => readTorchCheckpoint(archive(tensor([-1], [1]), numbers), 'x')).toThrow(/an invalid offset/);
    expect(() => readTorchCheckpoint(archive(tensor([4], [1])), 'x')).toThrow(/data\/0\) are missing/);
    expect(() =>
      readTorchCheckpoint(archive(tensor([4], [1]), { ...numbers, 'x/byteorder': Buffer.from('big') }), 'x'),
    ).toThrow(/big-endian/);
  });

  test('an archive that would unpack to far more than its size is rejected before unpacking', () => {
    const zeros = new Uint8Array(10_000_000);
    expect(deflateRawSync(zeros).length).toBeLessThan(20_000);
    expect(() => readTorchCheckpoint(zipSync({ 'x/data.pkl': zeros }, { level: 9 }), 'x')).toThrow(
      /unpack to more than/,
    );
  });
});

describe("the authors' checkpoint", () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });
  test('of their names and shapes becomes a model with the same values', async () => {
    const encoder = { arch: 'resnet18', width: 8 } as const;
    const config = { ...presets.tiny.model, inputSize: 64, encoder };
    const folded = new Map<string, HostTensor>();
    const all = new Map<string, HostTensor>();
    const put = (name: string, shape: readonly number[], value: (i: number) => number) => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i));
      all.set(`net_t.${name}`, { dtype: 'F32', shape: [...shape], data });
      folded.set(name, { dtype: 'F32', shape: [...shape], data });
    };
    for (const { name, norm, shape } of resnetConvs(encoder)) {
      put(`${name}.weight`, shape, (i) => Math.sin(i + shape[0]) / 10);
      for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
        put(`${norm}.${part}`, [shape[0]], (i) => 1 + i / 50);
      all.set(`net_t.${norm}.num_batches_tracked`, { dtype: 'I64', shape: [], data: new BigInt64Array(1) });
    }
    put('layer4.0.conv1.weight', [2, 2], () => 1);
    const weights = encoderWeightsFrom(folded, encoder, 'test');
    const source = PyramidMamba.create(config, weights, { seed: 5, random: 2 });
    const state = await source.stateDict();
    for (const [name, { shape, data }] of state) all.set(name, { dtype: 'F32', shape: [...shape], data });
    all.set('net_s.scan.index', { dtype: 'I64', shape: [2], data: new BigInt64Array(2) });
    expect(isAuthorsCheckpoint(all)).toBe(true);
    const model = modelFromAuthors(all, { ...presets.tiny.model, inputSize: 64 }, 'authors.pth');
    // a detector's configuration names the family also where the given one leaves it out
    expect(model.config.encoder).toEqual({ family: 'resnet', ...encoder });
    expect(encoderFingerprint(model.encoder.weights)).toBe(encoderFingerprint(weights));
    for (const [name, { data }] of await model.stateDict()) expect(data).toEqual(state.get(name)!.data);
    all.delete([...state.keys()][0]!);
    expect(() => modelFromAuthors(all, config, 'authors.pth')).toThrow(
      /authors\.pth: parameter .* is missing/,
    );
    model.dispose();
    source.dispose();
  });
});

describe('a pickle that would take far more than its size', () => {
  const bytes = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0));
  const call = (pickle: ArrayLike<number>) => () =>
    readTorchCheckpoint(zipSync({ 'x/data.pkl': Uint8Array.from(pickle) }, { level: 0 }), 'x');

  test('by changing the shape of a tensor after it was checked is read with the shape that was checked', () => {
    const name = (s: string) => [0x63, ...bytes(s)];
    const text = (s: string) => [0x58, s.length, 0, 0, 0, ...bytes(s)];
    const pickle = [
      128,
      2,
      125,
      ...text('w'),
      ...name('torch._utils\n_rebuild_tensor_v2\n'),
      40,
      40,
      ...text('storage'),
      ...name('torch\nFloatStorage\n'),
      ...text('0'),
      ...text('cpu'),
      75,
      1,
      116,
      81,
      75,
      0,
      93,
      113,
      1,
      93,
      113,
      2,
      137,
      ...name('collections\nOrderedDict\n'),
      41,
      82,
      116,
      82,
      115,
      104,
      1,
      74,
      0,
      225,
      245,
      5,
      97,
      48,
      104,
      2,
      75,
      0,
      97,
      48,
      46,
    ];
    const file = zipSync(
      { 'x/data.pkl': Uint8Array.from(pickle), 'x/data/0': new Uint8Array(4) },
      { level: 0 },
    );
    expect(file.length).toBeLessThan(500);
    expect(readTorchCheckpoint(file, 'x').get('w')).toEqual({
      dtype: 'F32',
      shape: [],
      data: new Float32Array(1),
    });
  });

  test.each<[string, number[]]>([
    ['empty dicts', [0x7d]],
    ['empty lists', [0x5d]],
    ['byte strings', [0x43, 0, 0x43]],
    ['calls that copy a long list', [0x68, 1, 0x85, 0x81]],
  ])('by %s is refused', (_, piece) => {
    const long = [
      0x5d,
      0x28,
      ...Array.from({ length: 3000 }, () => [0x4e, 0x4e, 0x86]).flat(),
      0x65,
      0x71,
      1,
    ];
    const flood = new Uint8Array(2_000_000).map((_, i) => piece[i % piece.length]!);
    expect(call([0x80, 2, ...long, ...flood, 0x2e])).toThrow(FormatError);
  });

  test('by lists that hold one another twice, in a message', () => {
    // 40 levels would print 2^40 names
    const nested = [0x5d, ...Array.from({ length: 40 }, () => [0x32, 0x86]).flat(), 0x2e];
    const magic = [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
    const legacy = Uint8Array.from([...magic, 0x80, 2, ...nested]);
    expect(() => readTorchCheckpoint(legacy, 'x')).toThrow(/legacy protocol must be 1001, got a list/);
  });

  test('by an archive that lists more files than it has bytes for is refused', () => {
    const file = zipSync({ 'x/data.pkl': Uint8Array.of(0x4e, 0x2e) }, { level: 0 });
    const view = new DataView(file.buffer, file.byteOffset);
    view.setUint16(file.length - 12, 60_000, true);
    view.setUint16(file.length - 14, 60_000, true);
    expect(() => readTorchCheckpoint(file, 'x')).toThrow(FormatError);
  });

  test('names of tensors reach messages short and without control characters', () => {
    const key = `\u001b[31m${'n'.repeat(200)}`;
    const pickle = [0x80, 2, 0x63, ...bytes(`os\n${key}\n`), 0x29, 0x52, 0x2e];
    expect(call(pickle)).toThrow(/calls os\.\?\[31mn{40,}…, which/);
  });
});
