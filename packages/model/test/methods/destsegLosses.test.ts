// A network that is sure says exactly 0 or 1: the losses and their gradients stay finite there, also on engines that take denormals for zero.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { segmentationLoss } from '../../src/index.js';
import { onTensorflow } from '../../../ssm-kernels/test/tensorflowKit.js';
import { onWebGpu } from '../../../ssm-kernels/test/webgpuKit.js';
import { use } from '../kit.js';

/** The least positive float32, the least normal one, and what lies between them. */
const PROBABILITIES = [0, 2 ** -149, 1e-40, 2 ** -126, 1e-30, 0.5, 1 - 2 ** -24, 1];
const shape: [number, number, number, number] = [1, 1, PROBABILITIES.length, 1];

function suite(backend: string): void {
  beforeAll(() => (backend === 'wasm' ? use('wasm') : tf.setBackend(backend)));

  test.each([0, 1])(
    'the loss and its gradient are finite for every probability where the mask is %i',
    async (value) => {
      const [loss, gradient] = tf.tidy(() => {
        const probability = tf.tensor4d(PROBABILITIES, shape);
        const mask = tf.fill<tf.Rank.R4>(shape, value);
        const { value: sum, grad } = tf.valueAndGrad((p) => segmentationLoss(p as tf.Tensor4D, mask))(
          probability,
        );
        return [sum, grad];
      });
      expect(Number.isFinite((await loss.data())[0])).toBe(true);
      expect([...(await gradient.data())].filter((entry) => !Number.isFinite(entry))).toEqual([]);
      tf.dispose([loss, gradient]);
    },
  );
}

describe('wasm', () => suite('wasm'));
await onWebGpu(() => suite('webgpu'));
await onTensorflow(() => suite('tensorflow'));
