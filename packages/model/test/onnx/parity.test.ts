// Each method on each family of encoders, run by onnxruntime on the file: the same maps and scores as here.
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { beforeAll, expect, test } from 'vitest';
import {
  familyOf,
  FormatError,
  inputOf,
  judge,
  methodOf,
  seededEncoderWeights,
  withEncoder,
  withInput,
  type Detector,
  type DetectorConfig,
  type EncoderConfig,
  type VitConfig,
} from '../../src/index.js';
import { onnxModel, VERDICTS, type OnnxProduct } from '../../src/onnx/index.js';
import { numbers, randomTensor, smallConfig, use } from '../kit.js';
import { learn } from '../registry/learn.js';
import { ENCODERS, METHODS } from '../registry/samples.js';

const seed = { seed: 1, random: 2 } as const;
const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];
const PRODUCT: OnnxProduct = { name: 'tile', thresholds: { review: 0.01, reject: 1e9 }, trusted: true };

/** Bytes of seeded pictures, smooth enough to be no noise. */
const pictureBytes = (key: string, count: number): Uint8Array =>
  Uint8Array.from(numbers(key, count), (value, i) => 128 + 90 * Math.sin(i / 97) + 30 * value);

/** Normalised as the data package does, in the centre of the input. */
function normalised(
  bytes: Uint8Array,
  [b, h, w]: readonly [number, number, number],
  { height, width } = { height: h, width: w },
): tf.Tensor4D {
  const values = Float32Array.from(bytes, (value, i) => (value / 255 - MEAN[i % 3]!) / DEVIATION[i % 3]!);
  const [top, left] = [Math.floor((height - h) / 2), Math.floor((width - w) / 2)];
  return tf.tidy(() =>
    tf.pad4d(tf.tensor4d(values, [b, h, w, 3]), [
      [0, 0],
      [top, height - h - top],
      [left, width - w - left],
      [0, 0],
    ]),
  );
}

async function trained(config: DetectorConfig): Promise<Detector> {
  const { height, width } = inputOf(config);
  const weights = await seededEncoderWeights(config.encoder, seed);
  const detector = methodOf(config).create(config, weights, seed);
  await learn(detector, randomTensor<tf.Tensor4D>('training', [2, height, width, 3]));
  return detector;
}

async function session(bytes: Uint8Array): Promise<ort.InferenceSession> {
  ort.env.logLevel = 'error';
  return ort.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
}

/** The largest differences of maps and scores between the file and the detector, in units of the largest value where that is above 1. */
async function difference(
  detector: Detector,
  picture?: { height: number; width: number },
): Promise<{ map: number; score: number }> {
  const input = inputOf(detector.config);
  const { height, width } = picture ?? input;
  const bytes = pictureBytes('pictures', 2 * height * width * 3);
  const images = normalised(bytes, [2, height, width], input);
  const expected = await judge(detector, images, picture && [picture, picture]);
  images.dispose();
  const file = await onnxModel(detector, { products: [PRODUCT], picture });
  const run = await session(file);
  const found = await run.run({ image: new ort.Tensor('uint8', bytes, [2, height, width, 3]) });
  await run.release();
  const [maps, scores] = [found['map']!, found['score']!];
  expect(maps.dims).toEqual([2, height, width]);
  expect(scores.dims).toEqual([2]);
  const result = { map: 0, score: 0 };
  for (const [b, one] of expected.entries()) {
    const scale = Math.max(1, ...one.map);
    for (const [i, value] of one.map.entries())
      result.map = Math.max(
        result.map,
        Math.abs(value - (maps.data as Float32Array)[b * height * width + i]!) / scale,
      );
    result.score = Math.max(
      result.score,
      Math.abs(one.score - (scores.data as Float32Array)[b]!) / Math.max(1, one.score),
    );
  }
  return result;
}

/** The same transformer with features that are means of several blocks. */
const averaged = (encoder: VitConfig): VitConfig => ({
  ...encoder,
  levels: [
    [0, 1],
    [1, 1],
  ],
});

const encoders = Object.values(ENCODERS).flat();
const patchcore = METHODS['patchcore']! as DetectorConfig & Record<string, unknown>;
const cases: { name: string; config: DetectorConfig }[] = [
  ...Object.values(METHODS).map((config) => ({ name: `${config.method} on ${config.encoder.arch}`, config })),
  ...encoders.slice(1).map((encoder: EncoderConfig) => ({
    name: `patchcore on ${encoder.arch}`,
    config: withEncoder(patchcore, encoder),
  })),
  ...(ENCODERS['vit'] as VitConfig[]).map((encoder, i) => ({
    name: `pyramid-mamba on ${encoder.arch}`,
    config: withEncoder(METHODS['pyramid-mamba']!, i === 0 ? averaged(encoder) : encoder),
  })),
  {
    name: 'pyramid-mamba on a transformer, along Hilbert’s curve with an oblong input',
    config: withInput(
      withEncoder(
        {
          ...smallConfig(),
          method: 'pyramid-mamba',
          decoder: { ...smallConfig().decoder, scanOrder: 'hilbert', directions: 8 },
        } as DetectorConfig,
        ENCODERS['vit']![0]!,
      ),
      { height: 64, width: 128, fit: 'stretch' },
    ),
  },
  {
    name: 'bank and network together on a transformer',
    config: withEncoder(METHODS['ensemble']!, ENCODERS['vit']![0]!),
  },
  ...(['largest', 'stretched-mean', 'stretched-square'] as const).map((combine) => ({
    name: `bank and network together by ${combine}`,
    config: {
      ...METHODS['ensemble']!,
      map: { ...METHODS['ensemble']!.map, combine },
    } as DetectorConfig,
  })),
  {
    name: 'patchcore with windows, squared distances and re-weighted patches',
    config: {
      ...patchcore,
      embedding: { kind: 'windows', perLevel: 20, dims: 24 },
      distance: 'squared',
      score: 'patch',
      reweight: 5,
      neighbours: 2,
    } as DetectorConfig,
  },
  ...['pyramid-mamba', 'rd4ad'].map((name) => ({
    name: `${name} on centred features`,
    config: { ...METHODS[name]!, centre: 'picture' } as DetectorConfig,
  })),
  {
    name: 'pyramid-mamba with an oblong input',
    config: withInput(METHODS['pyramid-mamba']!, { height: 64, width: 128, fit: 'stretch' }),
  },
];

beforeAll(() => use('wasm'));

test.each(cases)('$name: maps and scores within 1e-4', async ({ config }) => {
  const detector = await trained(config);
  const { map, score } = await difference(detector);
  detector.dispose();
  expect(map).toBeLessThanOrEqual(1e-4);
  expect(score).toBeLessThanOrEqual(1e-4);
});

test.each(
  Object.values(METHODS)
    .slice(0, 4)
    .map((config) => ({ method: config.method!, config })),
)('$method with a border: the border is made in the file and judged nowhere', async ({ config }) => {
  const detector = await trained(withInput(config, { height: 64, width: 64, fit: 'pad' }));
  const { map, score } = await difference(detector, { height: 42, width: 64 });
  detector.dispose();
  expect(map).toBeLessThanOrEqual(1e-4);
  expect(score).toBeLessThanOrEqual(1e-4);
});

test('a method without a graph is refused in a sentence', async () => {
  const detector = await trained(patchcore);
  const { graph } = methodOf(detector);
  try {
    delete (methodOf(detector) as { graph?: unknown }).graph;
    await expect(onnxModel(detector, { products: [] })).rejects.toThrow(
      /method patchcore cannot be exported to ONNX/,
    );
    await expect(onnxModel(detector, { products: [] })).rejects.toThrow(FormatError);
  } finally {
    methodOf(detector).graph = graph!;
    detector.dispose();
  }
});

test('an encoder without a graph is refused in a sentence', async () => {
  const detector = await trained(patchcore);
  const family = familyOf(patchcore.encoder);
  const { graph } = family;
  try {
    delete family.graph;
    await expect(onnxModel(detector, { products: [] })).rejects.toThrow(
      /encoder .* cannot be exported to ONNX: it has no graph/,
    );
  } finally {
    family.graph = graph!;
    detector.dispose();
  }
});

test('verdicts: OK only below the threshold of a trusted product; UNKNOWN far from every product', async () => {
  const detector = await trained(patchcore);
  const bytes = pictureBytes('verdicts', 64 * 64 * 3);
  const images = normalised(bytes, [1, 64, 64]);
  const [own] = await judge(detector, images);
  images.dispose();
  const prototype = Array.from(own!.feature);
  const { score } = own!;
  const near = { name: 'tile', prototype, limit: 1, far: 2, trusted: true } as const;
  const away = prototype.map((value) => value + 10);
  const image = new ort.Tensor('uint8', bytes, [1, 64, 64, 3]);
  const grey = new ort.Tensor('uint8', new Uint8Array(64 * 64 * 3).fill(90), [1, 64, 64, 3]);
  const judged = async (products: OnnxProduct[], picture = image) => {
    const run = await session(await onnxModel(detector, { products }));
    const found = await run.run({ image: picture });
    await run.release();
    return [found['product']!, found['verdict']!].map(({ data }) => Number(data[0]));
  };
  const at = (review: number, reject: number) => ({ review: review * score, reject: reject * score });
  const { OK, REVIEW, NG, UNKNOWN } = VERDICTS;
  expect(await judged([{ ...near, thresholds: at(2, 3) }])).toEqual([0, OK]);
  expect(await judged([{ ...near, thresholds: at(0.5, 3) }])).toEqual([0, REVIEW]);
  expect(await judged([{ ...near, thresholds: at(0.5, 0.9) }])).toEqual([0, NG]);
  expect(await judged([{ ...near, thresholds: at(2, 3), trusted: false }])).toEqual([0, REVIEW]);
  expect(await judged([{ ...near }])).toEqual([0, REVIEW]);
  expect((await judged([{ ...near, limit: undefined, thresholds: at(1e6, 2e6) }], grey))[1]).not.toBe(OK);
  const other = { ...near, name: 'wood', prototype: away, thresholds: at(0.1, 0.2) };
  expect(await judged([other, { ...near, thresholds: at(2, 3) }])).toEqual([1, OK]);
  expect(await judged([{ ...other, far: 2 }])).toEqual([0, UNKNOWN]);
  expect(await judged([{ ...other, far: 1e9 }])).toEqual([0, NG]);
  expect(await judged([{ ...other, far: 1e9, thresholds: at(2, 3) }])).toEqual([0, UNKNOWN]);
  detector.dispose();
});

test('verdicts: tiny probabilities that differ are an answer, equal ones are those of a failed device', async () => {
  const config = METHODS['destseg']!;
  const weights = await seededEncoderWeights(config.encoder, seed);
  const before = await trained(config);
  const tensors = new Map(
    [...(await before.stateDict())].map(([name, { shape, data }]) => [
      name,
      { dtype: 'F32' as const, shape: [...shape], data },
    ]),
  );
  before.dispose();
  const bytes = pictureBytes('verdicts', 64 * 64 * 3);
  const image = new ort.Tensor('uint8', bytes, [1, 64, 64, 3]);
  const product: OnnxProduct = { name: 'tile', thresholds: { review: 0.1, reject: 0.2 }, trusted: true };
  for (const isDead of [false, true]) {
    tensors.get('segmentation.head.4.bias')!.data.fill(-25);
    if (isDead) tensors.get('segmentation.head.4.weight')!.data.fill(0);
    const detector = methodOf(config).load(config, weights, tensors, 'test');
    const images = normalised(bytes, [1, 64, 64]);
    const own = judge(detector, images);
    if (isDead) await expect(own).rejects.toThrow(/the same value everywhere/);
    else expect(Math.max(...(await own)[0]!.map)).toBeLessThan(1e-6);
    const run = await session(await onnxModel(detector, { products: [product] }));
    const { verdict } = await run.run({ image });
    await run.release();
    expect(Number(verdict!.data[0])).toBe(isDead ? VERDICTS.UNKNOWN : VERDICTS.OK);
    images.dispose();
    detector.dispose();
  }
});
