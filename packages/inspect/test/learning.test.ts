import '@tensorflow/tfjs-backend-wasm';
import { fitRgb, type ModelInput, type RgbImage } from '@pyramid-mamba/data';
import {
  batchTensors,
  encodeHalves,
  featureShapes,
  inputOf,
  loadModel,
  methodOf,
  preprocessingOf,
  saveModel,
  seededEncoderWeights,
  type BankDetector,
  type ClassSelfTest,
  type DetectorConfig,
  type ModelInfo,
} from '@pyramid-mamba/model';
import { normalizedPicture } from '@pyramid-mamba/data';
import { registerWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  LEARNT_DEFECTIVE,
  learnInto,
  learntThresholds,
  storedScores,
  testModel,
  worseBy,
  type GoodRecord,
  type LabelledPicture,
  type LearnIntoOptions,
  type SelfTestRecord,
} from '../src/index.js';
import { goodPicture } from './pictures.js';

const NEXT = { invalid: 'try another backend' };
const CONFIG = {
  ...methodOf({ method: 'patchcore' }).presets['patchcore']!.model,
  inputSize: 64,
  encoder: { arch: 'resnet18', width: 8 },
  coreset: { share: 1, start: 'exact', projection: null, candidates: 200 },
  map: { sigma: 2 },
} as DetectorConfig;

const pictureAt = (index: number, size: number): RgbImage => goodPicture('tile', index, size);

/** The same product under another light, which the model questions. */
function dark(index: number, size: number): RgbImage {
  const image = pictureAt(index, size);
  return { ...image, data: image.data.map((value, i) => (i % 3 === 0 ? 0.5 * value : 0.35 * value)) };
}

const labelled = (
  id: string,
  label: LabelledPicture['label'],
  image: (size: number) => RgbImage,
): LabelledPicture => ({
  id,
  className: 'tile',
  label,
  load: (input: ModelInput) => Promise.resolve(fitRgb(image(input.width), input)),
});

const DIGESTS = { pictures: ['new'], pixels: ['new pixels'] };
const OPTIONS = { next: NEXT, seed: 1, budget: 9, digests: DIGESTS };
const info = { classes: ['tile'], training: { pictures: ['a', 'b', 'c', 'd', 'e'] } };
let bytes: Uint8Array;

beforeAll(async () => {
  await registerWasmKernels();
  await tf.setBackend('wasm');
  const seed = { seed: 1, random: 2 } as const;
  const model = methodOf(CONFIG).create(
    CONFIG,
    await seededEncoderWeights(CONFIG.encoder, seed),
    seed,
  ) as BankDetector;
  const input = inputOf(CONFIG);
  const shapes = featureShapes(model.encoder, input);
  const halves = await Promise.all(
    [0, 1, 2, 3, 4].map((i) =>
      encodeHalves(model.encoder, normalizedPicture(pictureAt(i, 64)), input, `${i}`),
    ),
  );
  await model.fit(
    {
      count: 5,
      batch: (indices) =>
        Promise.resolve(
          batchTensors(
            indices.map((i) => halves[i]!),
            shapes,
          ),
        ),
    },
    { seed },
  );
  const pictures = [0, 1, 2, 3, 4].map((i) => ({
    ...labelled(`${i}`, 'good', (size) => pictureAt(i, size)),
    trainedAs: [i],
  }));
  const { calibration, selfTest } = await testModel(model, pictures, { next: NEXT, seed: 1, budget: 18 });
  bytes = await saveModel(model, {
    ...info,
    calibration,
    selfTest,
    preprocessing: preprocessingOf(CONFIG),
  });
  model.dispose();
});

async function learn(
  pictures: readonly LabelledPicture[],
  change: (info: ModelInfo) => ModelInfo = (one) => one,
  more: Partial<LearnIntoOptions> = {},
) {
  const { model, info } = loadModel(bytes, 'model');
  try {
    return await learnInto(model, change(info), pictures, { ...OPTIONS, ...more });
  } finally {
    model.dispose();
  }
}

const falseAlarms = [5, 6, 7].map((i) => labelled(`dark ${i}`, 'good', (size) => dark(i, size)));

describe('learning', () => {
  test('takes false alarms into the bank, which keeps its size, and questions fewer like them; the file keeps what it learnt', async () => {
    const before = loadModel(bytes, 'model');
    before.model.dispose();
    const { classes, exchanged, made } = await learn(falseAlarms);
    expect(exchanged!.rows).toBeGreaterThan(0);
    const [lesson] = classes;
    expect(lesson!.worse).toBeUndefined();
    expect(lesson!.after.good.pictures).toBe(3);
    const questioned = ({ good }: ClassSelfTest) => good.refused + good.toReview;
    expect(questioned(lesson!.before)).toBeGreaterThan(questioned(lesson!.after));
    const after = loadModel(made!.bytes, 'learnt');
    expect(after.info).toEqual(made!.info);
    expect(after.info.training).toEqual({
      pictures: ['a', 'b', 'c', 'd', 'e', 'new'],
      learnt: [{ good: 3, defective: 0 }],
    });
    expect(after.info.calibration!['tile']).toMatchObject({ goodCount: 8 });
    expect(after.info.selfTest!['tile']!.good.pictures).toBe(8);
    const rows = async ({ model }: typeof after) => (await model.stateDict()).get('bank.rows')!.shape;
    const old = loadModel(bytes, 'model');
    expect(await rows(after)).toEqual(await rows(old));
    for (const { model } of [after, old]) model.dispose();
  });

  test('does not lose what is known against a product', async () => {
    const doubted = (one: ModelInfo): ModelInfo => ({
      ...one,
      selfTest: { tile: { ...one.selfTest!['tile']!, passed: false, doubt: 'another bank fails' } },
    });
    const escape = labelled('escape', 'defective', (size) => dark(9, size));
    for (const pictures of [falseAlarms, [escape]]) {
      const { made } = await learn(pictures, doubted);
      expect(made!.info.selfTest!['tile']).toMatchObject({ passed: false, doubt: 'another bank fails' });
    }
  });

  test('of a defective picture changes thresholds alone, and the picture is not OK any more', async () => {
    // a picture like the good ones: no score tells it apart by much
    const escape = labelled('escape', 'defective', (size) => dark(9, size));
    const loose = (one: ModelInfo): ModelInfo => ({
      ...one,
      calibration: { tile: { ...one.calibration!['tile']!, review: 90, reject: 99 } },
    });
    const { classes, exchanged, made } = await learn([escape], loose, { defectiveDigests: DIGESTS });
    // so that the same picture is known when it is given again
    expect(made!.info.training).toMatchObject({
      pictures: ['a', 'b', 'c', 'd', 'e', 'new'],
      [LEARNT_DEFECTIVE]: ['new', 'new pixels'],
    });
    expect(exchanged).toBeUndefined();
    expect(classes[0]!.before.real).toMatchObject({ pictures: 1, found: 0 });
    expect(classes[0]!.after.real).toMatchObject({ pictures: 1, found: 1 });
    expect(made!.info.selfTest!['tile']).toMatchObject({ real: { pictures: 1, found: 1 } });
    expect(made!.info.selfTest!['tile']!.drawn.drawn).toBe(loadInfo().selfTest!['tile']!.drawn.drawn);
    expect(made!.info.calibration!['tile']!.defectCount).toBe(1);
  });

  test('is refused, without a file, where the product would fail a self-test that it passes', async () => {
    const passed = (one: ModelInfo): ModelInfo => ({
      ...one,
      selfTest: { tile: { ...one.selfTest!['tile']!, passed: true } },
    });
    const { classes, made } = await learn(falseAlarms, passed);
    expect(classes[0]!.filed.after!.passed).toBe(false);
    expect(classes[0]!.worse).toMatch(/^it would fail its self-test: /);
    expect(made).toBeUndefined();
  });

  test('of good pictures by a network alone is refused in a sentence', async () => {
    const network = { method: 'rd4ad', config: { method: 'rd4ad' } } as unknown as Parameters<
      typeof learnInto
    >[0];
    await expect(learnInto(network, loadInfo(), falseAlarms, OPTIONS)).rejects.toThrow(
      /learns good pictures only together with those it was trained on/,
    );
  });
});

function loadInfo(): ModelInfo {
  const { model, info } = loadModel(bytes, 'model');
  model.dispose();
  return info;
}

describe('thresholds after learning', () => {
  const record = (kind: 'good' | 'defective', score: number, i: number): SelfTestRecord =>
    ({
      kind,
      score,
      className: 'tile',
      picture: `${kind} ${i}`,
      side: 64,
      thinned: new Float32Array(),
    }) as SelfTestRecord;
  const stored = {
    good: Array.from({ length: 19 }, (_, i) => record('good', 1 + i / 100, i)) as GoodRecord[],
    defective: [],
  };
  const before = {
    review: 2,
    reject: 3,
    method: 'quantile',
    goodCount: 19,
    defectCount: 0,
    scoreRange: [1, 1.18] as [number, number],
    background: 0.5,
  } as const;

  test('catch a defective picture as long as few good ones score as it does', () => {
    const wanted = (score: number) =>
      learntThresholds({
        before,
        stored,
        measured: [record('defective', score, 0)],
        maxFalseRejects: 0.005,
        largestScore: Infinity,
      });
    for (const { review, reject, background } of wanted(1.165)) {
      expect(review).toBeCloseTo(1.1625);
      expect(reject).toBeGreaterThanOrEqual(review);
      expect(background).toBe(0.5);
    }
    for (const { review } of wanted(1.05)) expect(review).toBeGreaterThan(1.05);
  });

  test('of escapes among good pictures need not refuse good ones', () => {
    const measured = [record('defective', 1.175, 0), record('defective', 1.165, 1)];
    const found = learntThresholds({ before, stored, measured, largestScore: Infinity });
    const refused = found.map(({ reject }) => stored.good.filter(({ score }) => score >= reject).length);
    expect(refused[0]).toBeGreaterThan(0);
    expect(refused[1]).toBe(0);
    for (const { review } of found) expect(review).toBeLessThanOrEqual(1.165);
  });

  test('stay, but for defective pictures, where the file keeps no scores', () => {
    const measured = [record('good', 9, 0), record('defective', 1.5, 0)];
    const found = learntThresholds({ before, stored: undefined, measured, largestScore: Infinity });
    expect(found).toEqual([{ ...before, review: 1.5 }]);
    expect(storedScores({ selfTest: {} }, 'tile')).toBeUndefined();
  });
});

describe('what is worse', () => {
  const test_ = (over: object = {}): ClassSelfTest =>
    ({
      passed: true,
      good: { pictures: 5, refused: 2, toReview: 1 },
      clear: { drawn: 40, found: 30, placed: 30 },
      ...over,
    }) as unknown as ClassSelfTest;
  const none = { drawn: 0, before: 0, after: 0 };
  const lesson = (after: object) => ({
    before: test_(),
    after: test_(after),
    kept: none,
    given: none,
    filed: {},
  });
  test.each([
    [{ kept: { drawn: 40, before: 30, after: 28 } }, undefined],
    [{ kept: { drawn: 40, before: 30, after: 27 } }, 'it would find 27 of 40 clear drawn defects, 30 before'],
    [{ given: { drawn: 6, before: 6, after: 5 } }, undefined],
    [{ given: { drawn: 6, before: 6, after: 4 } }, 'it would find 4 of 6 clear drawn defects, 6 before'],
  ])('%j', (found, expected) => {
    expect(worseBy({ ...lesson({}), ...found })).toBe(expected);
  });
  test.each([
    [
      { good: { pictures: 5, refused: 3, toReview: 0 } },
      'it would refuse 3 of the given good pictures, 2 before',
    ],
    [
      { good: { pictures: 5, refused: 2, toReview: 2 } },
      'it would question 4 of the given good pictures, 3 before',
    ],
    [{ good: { pictures: 5, refused: 2, toReview: 2 }, real: { pictures: 1, found: 1 } }, undefined],
  ])('%j', (after, expected) => {
    expect(worseBy(lesson(after))).toBe(expected);
  });

  test('fewer defective pictures that are caught', () => {
    const real = (found: number) => test_({ real: { pictures: 3, found } });
    expect(worseBy({ ...lesson({}), before: real(2), after: real(1) })).toBe(
      'it would catch 1 of the given defective pictures, 2 before',
    );
  });
});
