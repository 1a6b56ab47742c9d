import '@tensorflow/tfjs-backend-wasm';
import '@pyramid-mamba/ssm-kernels/gradients';
import {
  Optimizer,
  presets,
  PyramidMamba,
  seededEncoderWeights,
  seededTraining,
  trainStep,
} from '@pyramid-mamba/model';
import { registerWasmKernels, replaceWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { countKernels, describeCalls } from './kernelCalls.ts';

/** Limit of kernel calls in a training step of the full decoder: on a GPU every call costs a launch. */
const LIMIT = 1500;

test.each(['paper', 'official'] as const)(
  `a training step of the preset %s makes fewer than ${LIMIT} kernel calls`,
  async (name) => {
    await tf.setBackend('wasm');
    await registerWasmKernels();
    await replaceWasmKernels();
    // the number of calls depends on depths and options, not on sizes
    const { model: full, train } = presets[name];
    const config = { ...full, inputSize: 64, encoder: { ...full.encoder, width: 8 } };
    const model = PyramidMamba.create(
      config,
      await seededEncoderWeights(config.encoder, { seed: 1, random: 2 }),
      { seed: 1, random: 2 },
    );
    const optimizer = new Optimizer(model.trainable(), train);
    const features = model.encode(tf.zeros([2, 64, 64, 3]));
    const step = (number: number) =>
      trainStep(
        model,
        optimizer,
        features,
        seededTraining(config, { seed: 1, random: 2 }, number),
        1e-4,
        train.lossWeight,
      );
    await step(0);
    const counts = await countKernels(() => step(1));
    const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
    expect(total, describeCalls(counts)).toBeLessThan(LIMIT);
    // the whole step was counted: the scan of each of the 16 blocks, forward and backward
    const blocks = config.decoder.depths.reduce((sum, n) => sum + n, 0);
    expect(counts.get('SsmProjectedScan')).toBe(blocks);
    expect(counts.get('SsmProjectedScanGrad')).toBe(blocks);
    tf.dispose(features);
    optimizer.dispose();
    model.dispose();
  },
);
