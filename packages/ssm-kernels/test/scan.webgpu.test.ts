import '@pyramid-mamba/ssm-kernels/gradients';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pyramidScan } from '../src/index.js';
import { limitBindingBytes } from '../src/backends/webgpu/device/dispatch.js';
import { expectMapCase, expectSequenceCase, scanConformance, type MapCase } from './scan.conformance.js';
import { gpuBackend, onWebGpu, startForTests } from './webgpuKit.js';

const pyramid: MapCase = {
  sizes: { batch: 7, height: 6, width: 9, channels: 70, states: 5 },
  grids: [1, 2],
};

function zeroScan(grids: number[]): tf.Tensor {
  const zeros = <T extends tf.Tensor>(...shape: number[]): T => tf.zeros(shape) as T;
  return pyramidScan(
    zeros(1, 4, 4, 8),
    zeros(1, 4, 4, 4, 8),
    zeros(4, 8, 4),
    zeros(1, 4, 4, 4, 4),
    zeros(1, 4, 4, 4, 4),
    zeros(4, 8),
    zeros(4, 8),
    { grids },
  );
}

/** Each shape is compiled anew, which takes a software GPU seconds: an eighth of the shapes in one way, others in the other; all with FUZZ=full. */
const oneOf = (few: number): number => (process.env['FUZZ'] === 'full' ? 1 : few);

await onWebGpu(() => {
  describe('with subgroup operations if the adapter has them:', () =>
    scanConformance('webgpu', { oneOf: oneOf(8) }));

  describe('sizes and limits:', () => {
    afterEach(() => limitBindingBytes(Infinity));

    test('many states, in segments of every length up to the longest', async () => {
      for (const width of [1, 2, 3, 7, 16, 17])
        await expectMapCase({
          sizes: { batch: 1, height: 2, width, channels: 3, states: 37 },
          grids: [1],
        });
    });

    test('a group of channels that fills more than one block, and one with a channel more', async () => {
      for (const channels of [128, 130])
        await expectSequenceCase({
          sizes: { batch: 2, length: 19, channels, groups: 2, states: 3 },
          deltaSoftplus: true,
        });
    });

    // backward a picture of `pyramid` has 360,000 bytes of scratch: three, then one, are processed at a time
    test.each([1_100_000, 400_000])('a batch of which %i bytes can be bound at once', async (bytes) => {
      limitBindingBytes(bytes);
      await expectMapCase(pyramid);
    });

    test('sequences of which three, or two backward, can be bound at once', async () => {
      limitBindingBytes(7000);
      await expectSequenceCase({
        sizes: { batch: 5, length: 21, channels: 9, groups: 3, states: 4 },
        deltaSoftplus: true,
      });
    });

    test('a sequence whose gradient can be bound only in long segments', async () => {
      limitBindingBytes(14_000);
      await expectSequenceCase({
        sizes: { batch: 2, length: 160, channels: 4, groups: 1, states: 8 },
        deltaSoftplus: true,
      });
    });

    test('a picture that cannot be bound, and too many grids, are errors and leak nothing', () => {
      tf.dispose(zeroScan([1, 2]));
      const before = gpuBackend().numDataIds();
      tf.tidy(() => {
        limitBindingBytes(4096);
        expect(() => zeroScan([1, 2])).toThrow(
          /^pyramidScan: \d+ bytes must be bound at once for one picture, but this GPU binds at most 4096; use smaller pictures\.$/,
        );
        limitBindingBytes(Infinity);
        expect(() => zeroScan([16, 17])).toThrow(
          'pyramidScan: on webgpu the sizes of all grids may add up to at most 32, got 33; use fewer or smaller grids.',
        );
      });
      expect(gpuBackend().numDataIds()).toBe(before);
    });
  });

  describe('without subgroup operations, within the limits of every device:', () => {
    beforeAll(async () => {
      await startForTests({ subgroups: false, limits: 'default' });
      expect(gpuBackend().device.features.has('subgroups' as GPUFeatureName)).toBe(false);
    });

    // its shaders take a software GPU twice as long
    scanConformance('webgpu', { oneOf: oneOf(16) });

    test('more states than a workgroup has lanes', async () => {
      await expectSequenceCase({
        sizes: { batch: 1, length: 40, channels: 65, groups: 1, states: 67 },
        deltaSoftplus: true,
      });
    });
  });
});
