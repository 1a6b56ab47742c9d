import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  FormatError,
  inferEncoderArch,
  loadModel,
  readModelInfo,
  readTorchCheckpoint,
  readWeights,
  writeSafetensors,
} from '../../src/index.js';
import { pickled } from './pickles.js';

const names = ['conv1.weight', 'bn1.weight', 'layer1.0.conv1.weight', 'layer2.0.downsample.0.weight'];
const one = { shape: [1], data: Float32Array.of(1) };
const safetensors = (all: readonly string[]) => writeSafetensors(new Map(all.map((name) => [name, one])), {});
const torch = (all: readonly string[]) =>
  pickled({ state: Object.fromEntries(all.map((name) => [name, 'tensor'])) });

describe('names of a ResNet are found behind', () => {
  const prefixes = [
    'module.',
    'model.',
    'backbone.',
    'encoder.',
    '_orig_mod.',
    'module._orig_mod.',
    'module.model.backbone.',
    'net.0.',
    'any_name.',
  ];
  test.each(prefixes)('%s in .pth and .safetensors alike', (prefix) => {
    const all = names.map((name) => prefix + name);
    for (const bytes of [safetensors(all), safetensors([...all, 'head.weight']), torch(all)])
      expect([...readWeights(bytes, 'w').keys()].sort()).toEqual([...names].sort());
  });

  test("nothing of the authors' checkpoint but what wraps it", () => {
    const authors = [...names.map((name) => `net_t.${name}`), 'mff_oce.conv1.weight', 'net_s.x'];
    for (const wrapper of ['', 'module.', '_orig_mod.module.'])
      expect([...readWeights(safetensors(authors.map((name) => wrapper + name)), 'w').keys()].sort()).toEqual(
        [...authors].sort(),
      );
  });

  test('the teacher of two networks; two networks without a preference are refused', () => {
    const two = (a: string, b: string) =>
      safetensors([...names.map((name) => a + name), ...names.map((name) => b + name), 'other']);
    expect([...readWeights(two('student.', 'teacher.'), 'w').keys()].sort()).toEqual([...names].sort());
    expect(() => readWeights(two('left.', 'right.'), 'w')).toThrow(
      /w holds several networks \(left\., right\.\); save the one/,
    );
  });
});

describe('the state dict of a checkpoint is found', () => {
  const state = { 'conv1.weight': 'tensor', 'layer1.0.conv1.weight': 'tensor' } as const;
  test.each<[string, Parameters<typeof pickled>[0]]>([
    ['alone', state],
    ['beside a tensor', { epoch: 'none', state_dict: state, best_acc1: 'tensor', optimizer: { state: {} } }],
    ['beside an averaged copy and tensors', { n_averaged: 'tensor', module: state, loss: 'tensor' }],
    ['under an unknown name', { epoch: 'none', my_net: state, optimizer: { x: 'tensor' } }],
    ['two levels down', { best: 'tensor', model: { state_dict: state, step: 'tensor' } }],
  ])('%s', (_, content) => {
    expect([...readTorchCheckpoint(pickled(content), 'x.pth').keys()].sort()).toEqual(Object.keys(state));
  });

  test('and without one, the error says what is expected', () =>
    expect(() => readTorchCheckpoint(pickled({ optimizer: { x: 'tensor' } }), 'x.pth')).toThrow(
      /x\.pth: it contains no state dict; expected a dict of tensors/,
    ));
});

describe('files often saved instead of weights have their own error:', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const whole = safetensors(names);
  const zip = new Uint8Array(readFileSync(new URL('fixtures/zip.pth', import.meta.url)));
  test.each<[string, Uint8Array, RegExp]>([
    [
      'a Git LFS pointer',
      bytes('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n'),
      /is a Git LFS pointer, not the file itself; get it with `git lfs pull`/,
    ],
    ['a web page', bytes('<!DOCTYPE html><html><head></head></html>'), /is a web page, not the linked file/],
    ['a web page with blank lines before', bytes('\n\n  <HTML lang="en">'), /is a web page/],
    ['an error in XML', bytes('<?xml version="1.0"?><Error/>'), /is an XML text/],
    ['an error in JSON', bytes('{"error": "Repository not found"}'), /is a JSON text/],
    ['gzip', new Uint8Array(gzipSync(whole)), /is compressed with gzip; unpack it first/],
    ['nothing', new Uint8Array(), /is empty; copy or download it again/],
    ['HDF5', Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0), /is an HDF5 file/],
    [
      'a safetensors file truncated in its header',
      whole.slice(0, 60),
      /is cut short.*copy or download it again/,
    ],
    [
      'a safetensors file truncated in its data',
      whole.slice(0, -3),
      /is cut short.*copy or download it again/,
    ],
    ['a zip checkpoint cut short', zip.slice(0, zip.length >> 1), /damaged or cut short.*download it again/],
  ])('%s', (_, content, sentence) => {
    expect(() => readWeights(content, 'w.pth')).toThrow(FormatError);
    expect(() => readWeights(content, 'w.pth')).toThrow(sentence);
    if (content[0] === 0x50) return;
    for (const read of [loadModel, readModelInfo])
      expect(() => read(content, 'model.safetensors')).toThrow(sentence);
  });

  test('a safetensors file whose first bytes equal those of another kind of file is read', () => {
    for (const start of [0x8b1f, 0x227b]) {
      const file = writeSafetensors(new Map([['a', one]]), { note: '' });
      const missing = start - Number(new DataView(file.buffer).getBigUint64(0, true));
      const text = JSON.stringify({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } });
      const out = new Uint8Array(8 + start + 4).fill(0x20);
      expect(missing).toBeGreaterThan(0);
      new DataView(out.buffer).setBigUint64(0, BigInt(start), true);
      out.set(new TextEncoder().encode(text), 8);
      expect([...readWeights(out, 'w').keys()]).toEqual(['a']);
    }
  });

  test('names without a ResNet give an error that says what is expected', () =>
    expect(() => inferEncoderArch(readWeights(safetensors(['x.y']), 'w'), 'w')).toThrow(/w: conv1\.weight/));
});
