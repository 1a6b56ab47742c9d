import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  encoderFingerprint,
  encoderSeed,
  presets,
  RANDOM_VERSION,
  randomStream,
  seededEncoderWeights,
  seededTraining,
  trainConfigSchema,
  type Seed,
} from '../../src/index.js';
import { smallConfig, trainConfig, use } from '../kit.js';

const old: Seed = { seed: 42 };
const now: Seed = { seed: 42, random: 2 };
/** The noise of a batch of 16 at 256×256: (16, 8, 8, 512). */
const NOISE = 16 * 8 * 8 * 512;

const bits = (values: Float32Array): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset, values.length);

/** Length of the longest common run of two noises, bit for bit, wherever the run starts in either. */
function commonRun(a: Float32Array, b: Float32Array): number {
  const [x, y] = [bits(a), bits(b)];
  const starts = new Map<number, number>();
  for (let i = 0; i < x.length; i++) starts.set(x[i]!, i);
  let longest = 0;
  for (let j = 0; j < y.length; j++) {
    const i = starts.get(y[j]!);
    if (i === undefined) continue;
    let length = 0;
    while (i + length < x.length && j + length < y.length && x[i + length] === y[j + length]) length++;
    longest = Math.max(longest, length);
    if (length > 100) j += length;
  }
  return longest;
}

const stepNoise = (seed: Seed, step: number, replica = 0): Float32Array =>
  randomStream(seed, 'step', step, replica).normals(NOISE, 0.05);

describe('random streams', () => {
  test('the noise of steps 127 and 444 had 219,388 values in common with version 1, and has none with version 2', () => {
    expect(commonRun(stepNoise(old, 127), stepNoise(old, 444))).toBe(219_388);
    // single float32 values may meet by chance, runs of them may not
    expect(commonRun(stepNoise(now, 127), stepNoise(now, 444))).toBeLessThan(3);
  });

  test('no stream of steps, replicas, seeds or parameters starts within the noise of another', () => {
    const key = (a: number, b: number): number => a * 2 ** 32 * 2 ** 20 + b * 2 ** 32;
    const starts = new Set<number>();
    const streams = [
      ...Array.from({ length: 2000 }, (_, step) => randomStream(now, 'step', step, 0)),
      ...Array.from({ length: 500 }, (_, step) => randomStream(now, 'step', step, 1)),
      ...Array.from({ length: 500 }, (_, seed) => randomStream({ seed, random: 2 }, 'step', 0, 0)),
      ...Array.from({ length: 500 }, (_, i) => randomStream(now, 'parameter', `net_s.${i}.weight`)),
    ];
    // two numbers after one another are 64 bits; kept to the 53 of a double
    for (const { uniform } of streams) starts.add(key(uniform(), uniform()));
    expect(starts.size).toBeGreaterThan(3490); // seed 42 is among the seeds
    for (const step of [3, 444]) {
      const { uniform } = randomStream(now, 'step', step, 0);
      uniform();
      let before = uniform();
      for (let i = 0; i < 2 * NOISE; i++) {
        const next = uniform();
        if (starts.has(key(before, next))) expect.fail(`a stream starts at number ${i} of step ${step}`);
        before = next;
      }
    }
  });

  test.each<[string, Seed, number[], number[]]>([
    [
      '1',
      old,
      [0.6541445592883974, 0.7864832172635943, 0.8668982922099531],
      [-0.05426570773124695, 0.011120853014290333, -0.04489411041140556],
    ],
    [
      '2',
      now,
      [0.22750072716735303, 0.03903259336948395, 0.5429802134167403],
      [0.061242055147886276, -0.04146554693579674, -0.05608701705932617],
    ],
  ])('version %s reproduces its recorded numbers', (_, seed, uniforms, normals) => {
    const { uniform } = randomStream(seed, 'parameter', 'net_s.weight');
    expect([uniform(), uniform(), uniform()]).toEqual(uniforms);
    expect([...randomStream(seed, 'step', 3, 0).normals(3, 0.05)]).toEqual(normals);
  });

  test('the number 1 and the text "1" are different keys', () =>
    expect(randomStream(now, 'step', 1).uniform()).not.toBe(randomStream(now, 'step', '1').uniform()));

  test('normal numbers have the moments and the tails of a normal distribution, odd counts too', () => {
    const values = randomStream(now, 'moments').normals(1_000_001, 1);
    const moment = (power: number): number => values.reduce((sum, v) => sum + v ** power, 0) / values.length;
    expect(moment(1)).toBeCloseTo(0, 2);
    expect(moment(2)).toBeCloseTo(1, 2);
    expect(moment(3)).toBeCloseTo(0, 1);
    expect(moment(4)).toBeCloseTo(3, 1);
    const beyond = (limit: number): number =>
      values.filter((v) => Math.abs(v) > limit).length / values.length;
    expect(beyond(1)).toBeCloseTo(0.3173, 2);
    expect(beyond(3)).toBeCloseTo(0.0027, 3);
    expect(beyond(7)).toBe(0);
  });

  test('uniform numbers fill [0, 1) evenly, and neighbours and neighbouring keys are not correlated', () => {
    const { uniform } = randomStream(now, 'even');
    const values = Array.from({ length: 100_000 }, uniform);
    const counts = Array.from({ length: 100 }, () => 0);
    for (const v of values) counts[Math.floor(v * 100)]!++;
    // chi-square with 99 degrees of freedom: above 149 once in a thousand seeds
    const chi = counts.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chi).toBeLessThan(149);
    const correlation = (a: number[], b: number[]): number =>
      (12 * a.reduce((sum, x, i) => sum + (x - 0.5) * (b[i]! - 0.5), 0)) / a.length;
    expect(Math.abs(correlation(values.slice(0, -1), values.slice(1)))).toBeLessThan(0.012);
    const firsts = Array.from({ length: 20_000 }, (_, step) => randomStream(now, 'step', step, 0).uniform());
    expect(Math.abs(correlation(firsts.slice(0, -1), firsts.slice(1)))).toBeLessThan(0.025);
  });
});

describe('the version of the random streams', () => {
  beforeAll(() => use('cpu'));

  test('is the newest in every preset, and absent means 1', () => {
    for (const { train } of Object.values(presets)) expect(train.random).toBe(RANDOM_VERSION);
    const { random: _, ...without } = trainConfig();
    expect(trainConfigSchema.parse(without)).toEqual(without);
    const noise = (seed: Seed) => [...seededTraining(smallConfig(), seed, 3).noise([2, 4])!.dataSync()];
    expect(noise(without)).toEqual(noise({ seed: 1, random: 1 }));
    expect(noise(without)).not.toEqual(noise({ seed: 1, random: 2 }));
  });

  test('is an error if unknown', () =>
    expect(trainConfigSchema.safeParse({ ...trainConfig(), random: 3 }).success).toBe(false));
});

describe('the seeded encoder', () => {
  beforeAll(() => use('cpu'));

  test('is unchanged for each version of the streams', async () => {
    const { numTensors } = tf.memory();
    const config = { arch: 'resnet18', width: 8 } as const;
    const made = async (seed: Seed) => encoderFingerprint(await seededEncoderWeights(config, seed));
    expect(encoderSeed()).toEqual({ seed: 1, random: 2 });
    expect(encoderSeed({})).toEqual({ seed: 1, random: 1 });
    expect([await made(encoderSeed({})), await made(encoderSeed())]).toEqual([
      '0e455e214899cf44',
      '736ec3b15e2ae5e3',
    ]);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

test('a seed that is not in an object, or not a number, is refused', () => {
  for (const seed of [1, {}, { seed: NaN }, { seed: '1' }])
    expect(() => randomStream(seed as Seed, 'step')).toThrow(
      /the seed must be an object with a finite number/,
    );
});
