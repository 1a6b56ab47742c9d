// A graphics card that is lost while the page is open. The service runs here instead of in its worker, so that the test can
// destroy the device.
import * as tf from '@tensorflow/tfjs-core';
import { PyramidMamba, saveModel, seededEncoderWeights, type ModelConfig } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { EngineService } from '../src/engine/service.js';
import { drawn, model, png } from './kit.js';

/** Few kinds of layers: a software GPU compiles each for a second, and again on the second device. */
const config: ModelConfig = { ...model, decoder: { ...model.decoder, grids: [1], lec: false } };

test('a lost device is an error, and the next picture is judged on a new one', async () => {
  const service = new EngineService();
  expect((await service.start('webgpu')).line).toMatch(/^Running on WebGPU: .*on the CPU/);
  const made = PyramidMamba.create(
    config,
    await seededEncoderWeights(config.encoder, { seed: 1, random: 2 }),
    { seed: 1, random: 2 },
  );
  const bytes = await saveModel(made, {
    classes: ['tile'],
    preprocessing: { inputSize: 64, resize: 'bilinear-antialias', normalize: 'imagenet' },
  });
  made.dispose();
  await service.load(new Blob([Uint8Array.from(bytes)]), 'm.safetensors');
  const picture = await png(drawn(0));
  const before = await service.judge(picture);

  (tf.backend() as unknown as { device: GPUDevice }).device.destroy();
  await expect(service.judge(picture)).rejects.toThrow(/connection to the graphics card was lost.*restart/);
  const after = await service.judge(picture);
  expect(after.score).toBeCloseTo(before.score, 6);
}, 240_000);
