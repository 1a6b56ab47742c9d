// The model package in a browser: a file written by Node is loaded, used to judge, and trained further.
import { startForTests } from '../../ssm-kernels/test/webgpuKit.js';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import * as model from '../src/index.js';

declare global {
  interface ImportMeta {
    readonly env: Readonly<Record<string, string | undefined>>;
  }
}

/**
 * SwiftShader compiles the kernels of a network for most of a minute, and those of a step for another. The command line's test trains on WebGPU, the
 * page's judges on it, and the browser's test of the kernels has their gradients.
 */
const FULL = import.meta.env['FUZZ'] === 'full';
if (!FULL)
  console.warn('SKIPPED: training on WebGPU in the browser takes minutes on SwiftShader; FUZZ=full trains.');
/** With a high learning rate six steps are enough to find the odd picture. */
const STEPS = 6;
/** Side of the pictures: as small as the network allows, since a software GPU takes seconds per step. */
const SIZE = 32;

const untouched = tf.engine().backendName;

test('importing the package starts no backend', () => {
  expect(untouched ?? null).toBeNull();
});

test.skipIf(!FULL)(
  'a model is trained on a handful of pictures, saved, judges the same when loaded, and finds the odd one',
  async () => {
    expect(await startForTests()).toBeUndefined();
    const config: model.ModelConfig = {
      inputSize: SIZE,
      encoder: { arch: 'resnet18', width: 8 },
      mff: { bottlenecks: 1, noiseStd: 0.05 },
      decoder: { depths: [2, 2, 2, 2], dState: 4, grids: [1, 2], pss: true, lec: true, dropPath: 0 },
      map: { sigma: 2 },
    };
    const weights = await model.seededEncoderWeights(config.encoder, { seed: 1, random: 2 });
    const made = model.PyramidMamba.create(config, weights, { seed: 1, random: 2 });
    const optimizer = new model.Optimizer(made.trainable(), model.presets.tiny.train);
    const good = pictures(3, false);
    const features = made.encode(good);
    const losses: number[] = [];
    for (let step = 0; step < STEPS; step++) {
      const context = model.seededTraining(config, { seed: 1, random: 2 }, step);
      losses.push((await model.trainStep(made, optimizer, features, context, 1e-2, 5)).loss);
    }
    expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);

    const info: model.ModelInfo = {
      classes: ['stripes'],
      preprocessing: { inputSize: SIZE, resize: 'bilinear-antialias', normalize: 'imagenet' },
    };
    const bytes = await model.saveModel(made, info);
    const { model: loaded } = model.loadModel(bytes, 'model.safetensors');
    const odd = pictures(3, true);
    const scores = async (of: model.Detector, images: tf.Tensor4D) =>
      (await model.judge(of, images)).map(({ score }) => score);
    const [plain, spotted] = [await scores(loaded, good), await scores(loaded, odd)];
    expect(Math.min(...spotted)).toBeGreaterThan(Math.max(...plain));
    const again = await scores(made, odd);
    // tfjs computes small tensors on the CPU while their data are there, so a newly loaded model rounds a few of them differently
    again.forEach((score, i) => expect(score).toBeCloseTo(spotted[i]!, 6));
    tf.dispose([good, odd, features]);
    optimizer.dispose();
    made.dispose();
    loaded.dispose();
  },
  600_000,
);

/** Stripes, each picture shifted a little; with a dark spot where `spot`. */
function pictures(count: number, spot: boolean): tf.Tensor4D {
  const size = SIZE;
  const data = new Float32Array(count * size * size * 3);
  for (let b = 0; b < count; b++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const inside = spot && (x - 10 - 3 * b) ** 2 + (y - 17) ** 2 < 13;
        const value = inside ? -2 : Math.sin((x + b) / 3) + 0.2 * Math.sin(y / 5);
        data.fill(value, ((b * size + y) * size + x) * 3, ((b * size + y) * size + x + 1) * 3);
      }
  return tf.tensor4d(data, [count, size, size, 3]);
}
