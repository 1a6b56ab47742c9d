import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { fitRgb, syntheticDataset, type RgbImage } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import { crossScore, measurerOf } from '@pyramid-mamba/inspect';
import {
  copyOf,
  encodeHalves,
  encoderWeightsFrom,
  imageTensor,
  inputOf,
  methodOf,
  preprocessingOf,
  saveModel,
  type Detector,
  type FeatureSource,
} from '@pyramid-mamba/model';
import { normalizedPicture } from '@pyramid-mamba/data';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { pickBackend } from '../src/backend.js';
import { main } from '../src/main.js';
import { NEXT } from '../src/terminal/nextSteps.js';
import { judgesFor, type Wanted } from '../src/threads/count.js';
import { Judges } from '../src/threads/judges.js';
import { recordingIo, temporaryFolder, tinyEncoderTensors, words } from './kit.js';

const SIDE = 64;
const MIB = 2 ** 20;
let model: Detector;
let pictures: RgbImage[];
let judges: Judges;

beforeAll(async () => {
  await pickBackend('wasm');
  const dataset = syntheticDataset({
    seed: 1,
    classes: ['tile'],
    trainPerClass: 7,
    testGoodPerClass: 1,
    testPerDefect: 1,
  });
  const method = methodOf({ method: 'patchcore' });
  const preset = method.presets['fast']!;
  const config = { ...preset.model, inputSize: SIDE, encoder: { arch: 'resnet18' as const, width: 8 } };
  const encoder = encoderWeightsFrom(tinyEncoderTensors(), config.encoder, 'encoder');
  model = method.create(config, encoder, preset.train);
  const input = inputOf(config);
  pictures = await Promise.all(
    dataset.train.map(async ({ load }) => fitRgb((await load(input)).image, input)),
  );
  const source: FeatureSource = {
    count: pictures.length,
    batch(indices) {
      const images = imageTensor(
        indices.map((i) => normalizedPicture(pictures[i]!)),
        input,
      );
      const features = model.encode(images);
      images.dispose();
      return Promise.resolve(features);
    },
  };
  if (!('fit' in model)) throw new Error('expected a bank');
  await (model as Detector & { fit: (source: FeatureSource, options: object) => Promise<void> }).fit(source, {
    seed: preset.train,
  });
  judges = await Judges.start(2, 'wasm');
}, 120_000);

afterAll(async () => {
  await judges?.stop();
  model?.dispose();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('two threads give what one gives, to the last bit', () => {
  test('the self-test of a memory bank, which leaves out each picture', async () => {
    await judges.use(await copyOf(model));
    const tested = pictures.map((picture, i) => ({
      className: 'tile',
      id: String(i),
      trainedAs: [i],
      load: () => Promise.resolve(picture),
    }));
    const order: string[] = [];
    const options = { next: NEXT, seed: 1, budget: 9 };
    const one = await crossScore(model, tested, { ...options, measurer: measurerOf(model, NEXT) });
    const two = await crossScore(model, tested, {
      ...options,
      measurer: judges.measurer,
      onProgress: (done, total) => void order.push(`${done}/${total}`),
    });
    expect(one.length).toBeGreaterThan(12);
    expect(two).toEqual(one);
    expect(order.slice(0, 2)).toEqual(['4/16', '8/16']);
  });

  test('the features of training pictures', async () => {
    const input = inputOf(model.config);
    await judges.useEncoder(model.config.encoder, model.encoder.weights);
    const found = await Promise.all(pictures.map((picture, i) => judges.encode(picture, input, String(i))));
    for (const [i, picture] of pictures.entries())
      expect(found[i]).toEqual(
        await encodeHalves(model.encoder, normalizedPicture(picture), input, String(i)),
      );
  });

  test('`predict`, with an unreadable picture among the others', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'model.safetensors');
    const calibration = {
      review: 1,
      reject: 2,
      method: 'quantile' as const,
      goodCount: 7,
      defectCount: 0,
      scoreRange: [0, 1] as [number, number],
      background: 0.5,
    };
    const info = {
      classes: ['tile'],
      preprocessing: preprocessingOf(model.config),
      calibration: { tile: calibration },
    };
    writeFileSync(file, await saveModel(model, info));
    // a training picture has no distance to itself
    for (const [i, { width, height, data }] of pictures.entries()) {
      const darker = { width, height, data: data.map((value) => value >> 1) };
      writeFileSync(join(folder, `${i}.png`), await encodePngRgb(darker));
    }
    writeFileSync(join(folder, '3b.png'), 'no picture');
    const lines = async (workers: number) => {
      const io = recordingIo();
      const out = join(temporaryFolder(), 'out');
      const code = await main(
        words(`predict ${folder} --model ${file} --backend wasm --workers ${workers} --out ${out} --maps`),
        io,
      );
      expect(code, io.stderr).toBe(2);
      expect(io.stderr.includes('threads: 2 judge pictures')).toBe(workers === 2);
      const map = readFileSync(join(out, 'maps', '6.png'));
      return { lines: readFileSync(join(out, 'predictions.jsonl'), 'utf8').replaceAll(out, ''), map };
    };
    const one = await lines(1);
    expect(one.lines.trim().split('\n')).toHaveLength(8);
    expect(await lines(2)).toEqual(one);
  }, 60_000);
});

describe('what goes wrong in a thread is an error, and no result', () => {
  test('an engine that cannot start', async () => {
    await expect(Judges.start(1, 'nothing')).rejects.toThrow(/unknown backend "nothing"/);
  }, 60_000);

  test('work that throws, and a thread that ends', async () => {
    const own = await Judges.start(2, 'wasm');
    try {
      const { measure } = own.measurer;
      vi.spyOn(Worker.prototype, 'postMessage').mockImplementationOnce(function (this: Worker) {
        void this.terminate();
      });
      const found = await Promise.allSettled([measure([]), measure([]), measure([])]);
      // the second one has no model, which is the first failure or follows from it
      expect(found.every(({ status }) => status === 'rejected' || status === 'fulfilled')).toBe(true);
      expect(found[0]).toMatchObject({
        status: 'rejected',
        reason: {
          message: expect.stringMatching(
            /a judging thread ended with code 1 before its work was done/,
          ) as string,
        },
      });
      await expect(measure([])).rejects.toThrow();
    } finally {
      await own.stop();
    }
  }, 60_000);
});

describe('the number of threads', () => {
  const machine = { cores: 8, memory: 16_000 * MIB };
  const wanted: Wanted = {
    asked: undefined,
    backend: { name: 'wasm', request: 'wasm' },
    pictures: 1000,
    input: { width: 256, height: 256, fit: 'stretch' },
    modelBytes: 25 * MIB,
  };

  test('is that of the cores, where memory and work allow', () => {
    expect(judgesFor(wanted, machine)).toBe(8);
    expect(judgesFor(wanted, { ...machine, memory: 1500 * MIB })).toBeLessThan(4);
    expect(judgesFor({ ...wanted, modelBytes: 2000 * MIB }, machine)).toBe(2);
    expect(judgesFor(wanted, { ...machine, memory: 10 * MIB })).toBe(1);
    expect(judgesFor({ ...wanted, pictures: 30 }, machine)).toBe(2);
    expect(judgesFor({ ...wanted, pictures: 8 }, machine)).toBe(1);
    expect(judgesFor({ ...wanted, pictures: 0 }, machine)).toBe(1);
  });

  test('is what the user asks, but one on a GPU', () => {
    expect(judgesFor({ ...wanted, asked: 3 }, machine)).toBe(3);
    expect(judgesFor({ ...wanted, asked: 1 }, machine)).toBe(1);
    const gpu = { name: 'webgpu' as const, request: 'webgpu' };
    expect(judgesFor({ ...wanted, backend: gpu }, machine)).toBe(1);
    expect(() => judgesFor({ ...wanted, asked: 2, backend: gpu }, machine)).toThrow(
      '--workers: 2 threads cannot share one GPU; with --backend webgpu use 1',
    );
  });
});
