import '@pyramid-mamba/ssm-kernels/gradients';
import { describe, test } from 'vitest';
import { onCudaBackend } from './cudaBackend.js';
import { expectMapCase, expectSequenceCase, scanConformance } from './scan.conformance.js';

await onCudaBackend(() => {
  scanConformance('cuda');

  describe('sizes and limits:', () => {
    test('every variant of the kernels: 16, 8, 4 and 1 states at a time', async () => {
      for (const states of [32, 24, 12, 37])
        await expectMapCase({
          sizes: { batch: 1, height: 5, width: 12, channels: 3, states },
          grids: [1, 2],
        });
    });

    test('backward segments of one chunk and of several, with a remainder', async () => {
      for (const width of [4, 7, 8, 9, 16, 31, 33, 70])
        await expectMapCase({ sizes: { batch: 1, height: 2, width, channels: 3, states: 5 }, grids: [1] });
    });

    test('channels that fill several blocks, plus one', async () => {
      for (const channels of [128, 129, 300])
        await expectMapCase({
          sizes: { batch: 2, height: 4, width: 3, channels, states: 17 },
          grids: [1, 2],
        });
    });

    test('groups of channels that fill several blocks', async () => {
      await expectSequenceCase({
        sizes: { batch: 2, length: 37, channels: 280, groups: 2, states: 4 },
        deltaSoftplus: true,
      });
    });

    test('so many states that a backward segment has only one chunk', async () => {
      await expectSequenceCase({
        sizes: { batch: 1, length: 40, channels: 65, groups: 1, states: 67 },
        deltaSoftplus: true,
      });
    });
  });
});
