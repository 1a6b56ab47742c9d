import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EMBEDDED_ENCODER, fitsEmbedded, isEmbeddedId } from '../src/index.js';
import { embeddedEncoderPath, readEmbeddedEncoder } from '../src/node/index.js';

/** Weights that were ever embedded, by id. Other weights are a line of their own: runs name the encoder they were trained on. */
const EVER = {
  'embedded-1': '07d3f0880d625a0182b9e742e6430e2da9bfc3bc1ab7e044ee919dc42e18dc89',
  'embedded-2': 'e89386a9cf4482f1df7b209217f24ce7ee27411075173becd5001c911a02f490',
};

test('an id stands for the same bytes for ever', async () => {
  const { id, sha256, bytes } = EMBEDDED_ENCODER;
  expect(EVER).toHaveProperty([id], sha256);
  const read = await readEmbeddedEncoder();
  expect(read.length).toBe(bytes);
  expect(createHash('sha256').update(read).digest('hex')).toBe(sha256);
});

test('the package holds one file of at most 6 MB, and the manifest exports it', () => {
  expect(readdirSync(new URL('../weights', import.meta.url))).toEqual([EMBEDDED_ENCODER.file]);
  expect(EMBEDDED_ENCODER.bytes).toBeLessThan(6e6);
  const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  expect(exports['./encoder.safetensors']).toBe(`./weights/${EMBEDDED_ENCODER.file}`);
});

test('the file is fp16, stem and layer1 to layer3 without BatchNorm, and names its origin', () => {
  const bytes = readFileSync(embeddedEncoderPath());
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: about, ...tensors } = JSON.parse(bytes.subarray(8, 8 + length).toString()) as Record<
    string,
    Record<string, unknown>
  >;
  expect(about?.['origin']).toMatch(/^distilled from torchvision resnet18/);
  expect(new Set(Object.values(tensors).map(({ dtype }) => dtype))).toEqual(new Set(['F16']));
  const names = Object.keys(tensors);
  expect(names).toHaveLength(30);
  expect(
    names.filter((name) => !/^(conv1|layer[123]\.[01]\.(conv[12]|downsample\.0))\.(weight|bias)$/.test(name)),
  ).toEqual([]);
});

test('the model card names this version', () => {
  const card = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(card).toContain(EMBEDDED_ENCODER.id);
  expect(card).toContain(EMBEDDED_ENCODER.sha256);
});

test('only a ResNet18 of full width can have these weights', () => {
  expect(fitsEmbedded({ arch: 'resnet18', width: 64 })).toBe(true);
  expect(fitsEmbedded({ family: 'resnet', arch: 'resnet18', width: 64 })).toBe(true);
  expect(fitsEmbedded({ arch: 'resnet18', width: 24 })).toBe(false);
  expect(fitsEmbedded({ arch: 'resnet34', width: 64 })).toBe(false);
  expect(fitsEmbedded({ family: 'vit', arch: 'resnet18', width: 64 })).toBe(false);
});

test('an id is not a path', () => {
  expect(isEmbeddedId(EMBEDDED_ENCODER.id)).toBe(true);
  expect(isEmbeddedId('embedded')).toBe(false);
  expect(isEmbeddedId('/weights/embedded-1')).toBe(false);
});
