import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { EpochRecord } from '@pyramid-mamba/model';
import { crc32c, EventFile } from '../src/training/tensorboard.js';
import { temporaryFolder } from './kit.js';

const record = (epoch: number): EpochRecord => ({
  epoch,
  step: 300 * epoch,
  steps: 300,
  loss: 0.5 / epoch,
  gradNorm: 1,
  lr: 1e-3,
  seconds: 2,
  imagesPerSecond: 3,
});

test('CRC-32C of the standard check string', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

/** The frames of a file, their sums checked. */
function frames(file: Buffer): Buffer[] {
  const found: Buffer[] = [];
  const unmasked = (sum: number) => {
    const rotated = (sum - 0xa282ead8) >>> 0;
    return ((rotated << 15) | (rotated >>> 17)) >>> 0;
  };
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(unmasked(file.readUInt32LE(at + 8))).toBe(crc32c(file.subarray(at, at + 8)));
    expect(unmasked(file.readUInt32LE(at + 12 + length))).toBe(crc32c(data));
    found.push(data);
    at += 16 + length;
  }
  return found;
}

test('frames contain the version, then one event per epoch; a resumed run shows none twice', async () => {
  const folder = temporaryFolder();
  const first = await EventFile.begin(folder, [], () => 7);
  await first.add(record(1), 8);
  const begun = frames(readFileSync(first.path));
  expect(begun).toHaveLength(2);
  expect(begun[0]!.includes('brain.Event:2')).toBe(true);
  expect(begun[0]!.readDoubleLE(1)).toBe(7);
  // field 2, varint 300
  expect([...begun[1]!.subarray(9, 12)]).toEqual([0x10, 0xac, 0x02]);
  const tag = begun[1]!.indexOf('train/loss');
  expect(begun[1]!.readFloatLE(tag + 'train/loss'.length + 1)).toBeCloseTo(0.5);
  const again = await EventFile.begin(folder, [record(1)]);
  await again.add(record(2));
  expect(again.path).toBe(first.path);
  expect(frames(readFileSync(again.path))).toHaveLength(3);
});
