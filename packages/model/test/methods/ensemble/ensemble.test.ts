import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  detectorConfigSchema,
  Ensemble,
  ensemble,
  FormatError,
  loadModel,
  memberMaps,
  methodOf,
  readSafetensors,
  saveModel,
  seededEncoderWeights,
  writeSafetensors,
  type BankDetector,
  type EnsembleConfig,
  type EnsembleMapConfig,
  type Features,
  type LevelMap,
} from '../../../src/index.js';
import { randomTensor, use } from '../../kit.js';
import { learn } from '../../registry/learn.js';
import { METHODS } from '../../registry/samples.js';

const config = METHODS['ensemble'] as EnsembleConfig;
const seed = { seed: 1, random: 2 } as const;
const method = methodOf(config);
const SIZE = [4, 4] as const;

/** A level of the same value everywhere: neither resizing nor smoothing changes it. */
const flat = (value: number): LevelMap => ({ height: 2, width: 2, data: new Float32Array(4).fill(value) });
/** One level of a memory bank, and three of a network, whose map is their sum over nine. */
const levels = (bank: number, network: number): LevelMap[] => [
  flat(bank),
  flat(network),
  flat(network),
  flat(network),
];
const mapOf = (combine: EnsembleMapConfig['combine']): EnsembleMapConfig => ({ ...config.map, combine });

describe('the map', () => {
  test.each([
    ['mean', 0.5 * (0.9 + 0.3)],
    ['largest', 0.9],
    ['stretched-mean', 0.9],
    ['stretched-square', 0.9],
  ] as const)('is at each pixel the %s of the members’ maps', (combine, wanted) => {
    const { map, score } = method.fuse(levels(0.9, 0.9), SIZE, mapOf(combine));
    expect(map).toHaveLength(16);
    for (const value of map) expect(value).toBeCloseTo(wanted, 6);
    expect(score).toBe(map[0]);
    const mask = Uint8Array.from({ length: 16 }, (_, i) => Number(i > 3));
    const part = method.fuse(levels(0.9, 0.9), SIZE, mapOf(combine), mask);
    expect([...part.map.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
    expect(part.score).toBeCloseTo(wanted, 6);
  });

  /** A bank that is sure of the last pixel, and a network (the sum of three levels over nine) that is sure of the first. */
  const apart = [
    { height: 1, width: 4, data: Float32Array.of(0, 0, 0, 8) },
    ...[0, 1, 2].map(() => ({ height: 1, width: 4, data: Float32Array.of(12, 0, 0, 0) })),
  ];
  const sharp = (combine: EnsembleMapConfig['combine']): EnsembleMapConfig => ({
    sigma: 0.01,
    combine,
    members: config.map.members.map((one) => ({ ...one, map: { sigma: 0.01 } })),
  });

  test.each([
    ['largest', [4, 0, 0, 8], 8],
    ['mean', [2, 0, 0, 4], 4],
    // the bank says how much, both say where
    ['stretched-mean', [4, 0, 0, 8], 8],
    // half of the largest is a quarter
    ['stretched-square', [2, 0, 0, 8], 8],
  ] as const)('by %s is made at each pixel, not in each picture', (combine, wanted, most) => {
    const { map, score } = method.fuse(apart, [1, 4], sharp(combine));
    for (const [i, value] of wanted.entries()) expect(map[i]).toBeCloseTo(value, 5);
    expect(score).toBeCloseTo(most, 5);
    expect(score).toBe(Math.max(...map));
  });

  test('stretched counts of the first member what is judged', () => {
    const both = [{ height: 1, width: 4, data: Float32Array.of(2, 3, 0, 8) }, ...apart.slice(1)];
    const { map, score } = method.fuse(both, [1, 4], sharp('stretched-mean'), Uint8Array.of(1, 1, 1, 0));
    // of (2 + 4) / 2 and 3 / 2 the first is the largest
    for (const [i, wanted] of [3, 1.5, 0, 0].entries()) expect(map[i]).toBeCloseTo(wanted, 5);
    expect(score).toBe(map[0]);
    const squared = method.fuse(both, [1, 4], sharp('stretched-square'), Uint8Array.of(1, 1, 1, 0));
    for (const [i, wanted] of [3, 0.75, 0, 0].entries()) expect(squared.map[i]).toBeCloseTo(wanted, 5);
    for (const combine of ['stretched-mean', 'stretched-square'] as const) {
      const zeros = method.fuse(levels(0, 0), SIZE, mapOf(combine));
      expect([zeros.score, ...zeros.map]).toEqual(Array.from({ length: 17 }, () => 0));
    }
  });

  test.each(['largest', 'mean', 'stretched-mean', 'stretched-square'] as const)(
    'by %s is not a number where a member’s is not',
    (combine) => {
      const found = method.fuse(levels(NaN, 1), SIZE, mapOf(combine));
      expect(found.map.every(Number.isNaN)).toBe(true);
    },
  );

  test('of each member alone is found in the same levels', () => {
    const size = { height: 4, width: 4 };
    const [bank, network] = memberMaps(config.map, levels(0.9, 0.6), size, size);
    expect(bank!.score).toBeCloseTo(0.9, 6);
    expect(network!.score).toBeCloseTo(0.2, 6);
  });
});

describe('an ensemble', () => {
  let made: Ensemble;
  let features: Features;

  beforeAll(async () => {
    await use('wasm');
    made = method.create(config, await seededEncoderWeights(config.encoder, seed), seed) as Ensemble;
    await learn(made, randomTensor<tf.Tensor4D>('training', [2, 64, 64, 3]));
    const images = randomTensor<tf.Tensor4D>('pictures', [2, 64, 64, 3]);
    features = made.encode(images);
    images.dispose();
  });

  test('divides the levels of each member by the scale of the class that the picture is nearest to', async () => {
    const prototypes = await made.encoder.prototype(features);
    made.setScales([
      { prototype: prototypes[0]!, scale: [2, 4] },
      { prototype: prototypes[1]!, scale: [8, 16] },
    ]);
    const all = await made.levels(features);
    const [bank, network] = await Promise.all(made.members.map((member) => member.levels(features)));
    for (const [b, [first, second]] of [
      [2, 4],
      [8, 16],
    ].entries()) {
      const parts = [
        ...bank![b]!.map(({ data }) => data.map((value) => value / first!)),
        ...network![b]!.map(({ data }) => data.map((value) => value / second!)),
      ];
      expect(all[b]!.map(({ data }) => data)).toEqual(parts);
    }
  });

  test('leaves out pictures where a member can, and says whether one can', async () => {
    expect(made.knowsPictures).toBe(true);
    const without = await made.levelsWithout(features, [[0], [1]]);
    const [bank] = made.members as [BankDetector];
    const scaled = (await bank.levelsWithout!(features, [[0], [1]])).map(([level], b) =>
      level!.data.map((value) => value / [2, 8][b]!),
    );
    expect(without.map(([level]) => level!.data)).toEqual(scaled);
    const all = await made.levels(features);
    expect(without.map((one) => one.slice(1))).toEqual(all.map((one) => one.slice(1)));
  });

  test('made of detectors describes them as they are, and frees what it holds', async () => {
    const weights = await seededEncoderWeights(config.encoder, seed);
    const { numTensors } = tf.memory();
    const members = [METHODS['patchcore']!, METHODS['pyramid-mamba']!].map((one) =>
      methodOf(one).create({ ...one, encoder: config.encoder }, weights, seed),
    );
    const of = ensemble(members, 'mean');
    expect(of.config).toEqual(made.config);
    of.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  test('read from a file gives the same levels, and does not know its pictures', async () => {
    const bytes = await saveModel(made, {
      classes: ['tile'],
      preprocessing: { inputSize: 64, resize: 'bilinear-antialias', normalize: 'imagenet' },
    });
    const read = loadModel(bytes, 'model').model;
    expect(read.knowsPictures).toBe(false);
    expect(await read.levels(features)).toEqual(await made.levels(features));
    read.dispose();
  });

  test('refuses members that do not see the same pixels', async () => {
    const weights = await seededEncoderWeights(config.encoder, seed);
    const [bank, network] = [METHODS['patchcore']!, METHODS['pyramid-mamba']!].map((one, i) => {
      const sized = { ...one, encoder: config.encoder, inputSize: 64 * (i + 1) };
      return methodOf(sized).create(sized, weights, seed);
    });
    expect(() => ensemble([bank!, network!], 'mean')).toThrow(
      /share one pass .* pyramid-mamba has another .* than patchcore/,
    );
    bank!.dispose();
    network!.dispose();
  });

  test('has no file without scales, nor with unusable ones', async () => {
    const weights = await seededEncoderWeights(config.encoder, seed);
    const fresh = method.create(config, weights, seed) as Ensemble;
    await expect(fresh.stateDict()).rejects.toThrow(/scales are not set/);
    for (const scale of [[1], [1, 0], [1, NaN], []])
      expect(() => fresh.setScales([{ prototype: [1], scale }])).toThrow(RangeError);
    expect(() => fresh.setScales([])).toThrow(RangeError);
    fresh.dispose();
  });

  test('refuses a file whose scales are missing, of another shape, or zero', async () => {
    const bytes = await saveModel(made, {
      classes: ['tile'],
      preprocessing: { inputSize: 64, resize: 'bilinear-antialias', normalize: 'imagenet' },
    });
    const { tensors, metadata } = readSafetensors(bytes, 'model');
    const changed = (change: (all: Map<string, { shape: number[]; data: Float32Array }>) => void) => {
      const all = new Map(
        [...tensors].map(([name, { shape, data }]) => [
          name,
          { shape: [...shape], data: data as Float32Array },
        ]),
      );
      change(all);
      return () => loadModel(writeSafetensors(all, metadata), 'model');
    };
    expect(changed((all) => all.delete('scales.scales'))).toThrow(FormatError);
    expect(changed((all) => all.delete('scales.scales'))).toThrow(/^model: scales\.scales is missing/);
    expect(
      changed((all) => all.set('scales.scales', { shape: [1, 2], data: Float32Array.of(1, 1) })),
    ).toThrow(/scales\.scales must have the shape \(2, 2\), got \(1, 2\)/);
    expect(
      changed((all) => all.set('scales.scales', { shape: [2, 2], data: Float32Array.of(1, 1, 0, 1) })),
    ).toThrow(/scales above 0/);
    expect(changed((all) => all.delete('members.0.bank.rows'))).toThrow(
      /members\.0\..*bank\.rows is missing/,
    );
  });
});

describe('a configuration is refused', () => {
  const { members, map } = config;
  test.each([
    ['of one member', { members: members.slice(0, 1) }, /expected array to have >=2|>=2|at least 2/i],
    [
      'of an ensemble in an ensemble',
      { members: [members[0], { method: 'ensemble' }] },
      /expected ensemble|cannot be a member/,
    ],
    ['of a method that does not exist', { members: [members[0], { method: 'none' }] }, /none/],
    ['with another smoothing than its members’', { map: { ...map, sigma: 99 } }, /largest of its members/],
    [
      'whose maps are of other methods',
      { map: { ...map, members: [...map.members].reverse() } },
      /expected patchcore, as in members, found pyramid-mamba/,
    ],
    [
      'with another number of levels',
      { map: { ...map, members: map.members.map((one) => ({ ...one, levels: 2 })) } },
      /expected 1, found 2/,
    ],
    [
      'without an entry for each map',
      { map: { ...map, members: map.members.slice(1) } },
      /one entry for each of 2 members, found 1/,
    ],
    [
      'with a setting that the member does not have',
      { members: [{ ...members[0], colour: 1 }, members[1]] },
      /colour/,
    ],
    ['for an input that its network cannot see', { inputSize: 48 }, /multiple of 32/],
  ])('%s', (_, change, sentence) => {
    const result = detectorConfigSchema.safeParse({ ...config, ...change });
    expect(result.success).toBe(false);
    expect(result.error!.issues.map(({ message }) => message).join('\n')).toMatch(sentence);
  });
});
