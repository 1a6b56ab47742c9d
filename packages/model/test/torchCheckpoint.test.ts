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
  readSafetensors,
  readTorchCheckpoint,
  writeSafetensors,
  modelFromAuthors,
  isAuthorsCheckpoint,
  type HostTensor,
} from '../src/index.js';
import { encoderConvs } from '../src/encoder/weights.js';

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));
const range = (n: number, from = 0) => Array.from({ length: n }, (_, i) => i + from);

// made by PyTorch itself: fixtures/make.py
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

  test('cut short anywhere is refused in a sentence', () => {
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
    ['cos\nsystem\n(X\x04\0\0\0truetR.', /wants to call os\.system/],
    ['\x80\x02cbuiltins\neval\nX\x01\0\0\x001\x85R.', /wants to call builtins\.eval/],
    ['(lp0\nh\0.', /./],
    ['\x80\x04]\x94h\0a.', /no state dict/],
    ['\x80\x02X\xff\xff\xff\x7f.', /bytes should follow/],
    ['\x80\x02\x8b\xff\xff\xff\xff.', /integer of/],
    ['\x80\x02}X\x01\0\0\0aN', /bytes should follow/],
    ['\x80\x09N.', /protocol above 5/],
    [`${'('.repeat(100000)}${'t'.repeat(100000)}.`, /no state dict/],
  ])('%j is refused', (pickle, sentence) => {
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

  test('a view must lie in its storage, and may not be larger than the file', () => {
    expect(readTorchCheckpoint(archive(tensor([2, 2], [1, 2]), numbers), 'x').get('w')!.data).toEqual(
      Float32Array.of(1, 3, 2, 4),
    );
    expect(() => readTorchCheckpoint(archive(tensor([5], [1]), numbers), 'x')).toThrow(
      /needs 5 numbers of its storage, but it has 4/,
    );
    expect(() => readTorchCheckpoint(archive(tensor([2], [1], 3), numbers), 'x')).toThrow(/needs 5 numbers/);
    expect(() => readTorchCheckpoint(archive(tensor([1 << 30, 4], [0, 1]), numbers), 'x')).toThrow(
      /larger than the file/,
    );
    expect(() => readTorchCheckpoint(archive(tensor([-1], [1]), numbers), 'x')).toThrow(/no sound offset/);
    expect(() => readTorchCheckpoint(archive(tensor([4], [1])), 'x')).toThrow(/data\/0\) are missing/);
    expect(() =>
      readTorchCheckpoint(archive(tensor([4], [1]), { ...numbers, 'x/byteorder': Buffer.from('big') }), 'x'),
    ).toThrow(/big-endian/);
  });

  test('an archive that would unpack to far more than its size is refused before', () => {
    const zeros = new Uint8Array(10_000_000);
    expect(deflateRawSync(zeros).length).toBeLessThan(20_000);
    expect(() => readTorchCheckpoint(zipSync({ 'x/data.pkl': zeros }, { level: 9 }), 'x')).toThrow(
      /unpack to more than/,
    );
  });
});

/** Flips, cuts and repeats of a sound file, by seed; all of them with FUZZ=full. */
function* mutations(bytes: Uint8Array, seed: number): Generator<Uint8Array> {
  let state = seed;
  const random = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const count = process.env['FUZZ'] === 'full' ? 10_000 : 300;
  for (let i = 0; i < count; i++) {
    const out = Uint8Array.from(bytes);
    for (let flips = random(6); flips >= 0; flips--) {
      const at = random(out.length);
      out[at] = [0, 255, 127, 128, out[at]! ^ (1 << random(8)), random(256)][random(6)]!;
    }
    yield random(4) === 0 ? out.slice(0, random(out.length)) : out;
  }
}

describe('mutated files', () => {
  const survives = (bytes: Uint8Array, read: (bytes: Uint8Array) => unknown) => {
    let refused = 0;
    for (const mutated of mutations(bytes, 1)) {
      try {
        read(mutated);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(0);
  };
  test.each(['zip.pth', 'legacy.pth', 'nested.pth'])(
    '%s: read, or refused in a sentence',
    (name) => {
      survives(fixture(name), (bytes) => readTorchCheckpoint(bytes, name));
    },
    600_000,
  );
  test('safetensors: read, or refused in a sentence', () => {
    const file = writeSafetensors(
      new Map([
        ['a', { shape: [2, 3], data: new Float32Array(6) }],
        ['b', { shape: [4], data: new Int32Array(4) }],
      ]),
      { note: 'x' },
    );
    survives(file, (bytes) => readSafetensors(bytes, 'x'));
  }, 600_000);
});

describe("the authors' checkpoint", () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });
  test('of their names and shapes becomes a model of the same numbers', async () => {
    const encoder = { arch: 'resnet18', width: 8 } as const;
    const config = { ...presets.tiny.model, inputSize: 64, encoder };
    const folded = new Map<string, HostTensor>();
    const all = new Map<string, HostTensor>();
    const put = (name: string, shape: readonly number[], value: (i: number) => number) => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i));
      all.set(`net_t.${name}`, { dtype: 'F32', shape: [...shape], data });
      folded.set(name, { dtype: 'F32', shape: [...shape], data });
    };
    for (const { name, norm, shape } of encoderConvs(encoder)) {
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
    expect(model.config.encoder).toEqual(encoder);
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
