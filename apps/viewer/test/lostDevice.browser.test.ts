// A graphics card that is lost while the page is open. The service runs here instead of in its worker, so that the test can
// destroy the device.
import * as tf from '@tensorflow/tfjs-core';
import {
  isBankDetector,
  methodOf,
  saveModel,
  seededEncoderWeights,
  type DetectorConfig,
} from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { EngineService } from '../src/engine/service.js';
import { drawn, model, png } from './kit.js';

const bank = methodOf({ method: 'patchcore' });
const seed = { seed: 1, random: 2 } as const;
/** Few kinds of layers: a software GPU compiles each for a second, and again on the second device. */
const config: DetectorConfig = { ...bank.presets['fast']!.model, inputSize: 64, encoder: model.encoder };

/** A memory bank of noise. */
async function made(): Promise<Blob> {
  const detector = bank.create(config, await seededEncoderWeights(model.encoder, seed), seed);
  try {
    if (!isBankDetector(detector)) throw new Error('patchcore learns in one pass');
    const noise = tf.randomUniform([2, 64, 64, 3], 0, 1, 'float32', 1) as tf.Tensor4D;
    const features = detector.encoder.encode(noise);
    await detector.fit(
      {
        count: 2,
        batch: (indices) =>
          Promise.resolve(tf.tidy(() => features.map((level) => tf.gather(level, [...indices])))),
      },
      { seed },
    );
    tf.dispose([noise, ...features]);
    const bytes = await saveModel(detector, {
      classes: ['tile'],
      preprocessing: { inputSize: 64, resize: 'bilinear-antialias', normalize: 'imagenet' },
    });
    return new Blob([Uint8Array.from(bytes)]);
  } finally {
    detector.dispose();
  }
}

test('a lost device is an error, and the next picture is judged on a new one', async () => {
  const service = new EngineService();
  expect((await service.start('webgpu')).line).toMatch(/^Running on WebGPU: .*on the CPU/);
  await service.load(await made(), 'm.safetensors');
  const picture = await png(drawn(0));
  const before = await service.judge(picture);

  (tf.backend() as unknown as { device: GPUDevice }).device.destroy();
  await expect(service.judge(picture)).rejects.toThrow(/connection to the graphics card was lost.*restart/);
  const after = await service.judge(picture);
  expect(after.score).toBeGreaterThan(0);
  expect(after.score).toBeCloseTo(before.score, 5);
}, 240_000);
