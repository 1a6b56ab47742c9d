// Beyond the conformance suite: split batches, bit-identical runs, the parameter struct, optional inputs.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  openCuda,
  pyramidScan,
  pyramidScanGrad,
  selectiveScan,
  selectiveScanGrad,
  type CudaDevice,
} from '../src/backends/cuda/index.js';
import { SCAN_PARAM_BYTES, SCAN_PARAM_OFFSETS } from '../src/backends/cuda/scan/scanParams.js';
import { SCAN_GRADIENT_ORDER } from '../src/kernels/signatures.js';
import { onEmulatedGpu } from '../../../tools/cuda/emulation/suite.js';
import { expectClose } from './expectClose.js';
import { uniform } from './random.js';
import { pyramidInputs, pyramidReference, sequenceInputs, sequenceReference } from './scanCases.js';

const TOLERANCE = 2e-5;
const map = { batch: 5, height: 6, width: 9, channels: 40, states: 4 };
const grids = [1, 2];

await onEmulatedGpu((gpu) => {
  test("the parameter struct has the C++ compiler's layout", () => {
    const fields = gpu.scanParams();
    expect(fields.get('size')).toBe(SCAN_PARAM_BYTES);
    fields.delete('size');
    expect(Object.fromEntries(SCAN_PARAM_OFFSETS)).toEqual(Object.fromEntries(fields));
  });

  describe('host arrays in and out:', () => {
    let device: CudaDevice;
    const open = (scratchBytes?: number): Promise<CudaDevice> =>
      openCuda({
        driver: gpu.library,
        compiler: gpu.library,
        cache: null,
        ...(scratchBytes !== undefined && { scratchBytes }),
      });

    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.close());

    test('a split batch equals an unsplit one', async () => {
      const inputs = pyramidInputs(3, map);
      const dy = uniform(4, inputs.u.length);
      const want = pyramidReference(map, { grids, weights: [0.5, 0.5], deltaSoftplus: true }, inputs, dy);
      // backward a picture takes 152,640 bytes of scratch memory: two, two and one are processed at a time
      for (const scratchBytes of [320_000, 1]) {
        const small = await open(scratchBytes);
        gpu.trace();
        expectClose('y', await pyramidScan(small, inputs, map), want.y, TOLERANCE);
        const gradients = await pyramidScanGrad(small, inputs, dy, map);
        const launches = gpu.trace().filter((line) => line.startsWith('cuLaunchKernel sumParameters_all'));
        expect(launches.length).toBe(scratchBytes === 1 ? 5 : 3);
        for (const name of SCAN_GRADIENT_ORDER)
          expectClose(`d${name}`, gradients[name]!, want.grad[name], TOLERANCE);
        small.close();
      }
    });

    test('gradients are bit-identical in every run', async () => {
      const inputs = pyramidInputs(5, map);
      const dy = uniform(6, inputs.u.length);
      const [first, second] = [
        await pyramidScanGrad(device, inputs, dy, map),
        await pyramidScanGrad(device, inputs, dy, map),
      ];
      expect(second).toEqual(first);
    });

    test('selectiveScan gives outputs, the last state and gradients; D, deltaBias and dLast are optional', async () => {
      const sizes = { batch: 2, length: 41, channels: 6, groups: 2, states: 8 };
      const { D, deltaBias, ...inputs } = sequenceInputs(7, sizes);
      const dy = uniform(8, inputs.u.length);
      const noLast = new Float32Array(sizes.batch * sizes.channels * sizes.states);
      const zeros = { D: D.map(() => 0), deltaBias: deltaBias.map(() => 0) };
      const settings = { ...sizes, deltaSoftplus: true };
      const plain = sequenceReference(sizes, true, { ...inputs, ...zeros }, dy, noLast);
      const { y, last } = await selectiveScan(device, inputs, settings);
      expectClose('y', y, plain.y, TOLERANCE);
      expectClose('last', last, plain.last, TOLERANCE);
      const gradients = await selectiveScanGrad(device, inputs, { dy }, settings);
      expect(Object.keys(gradients)).toEqual(['u', 'delta', 'A', 'B', 'C']);
      for (const name of ['u', 'delta', 'A', 'B', 'C'] as const)
        expectClose(`d${name}`, gradients[name], plain.grad[name], TOLERANCE);
      const dLast = uniform(9, noLast.length);
      const all = { ...inputs, D, deltaBias };
      const want = sequenceReference(sizes, true, all, dy, dLast);
      const full = await selectiveScanGrad(device, all, { dy, dLast }, settings);
      for (const name of SCAN_GRADIENT_ORDER)
        expectClose(`d${name}`, full[name]!, want.grad[name], TOLERANCE);
    });

    test('a wrong length, size or grid is an error that names it, before any allocation', async () => {
      const inputs = pyramidInputs(1, map);
      gpu.trace();
      await expect(pyramidScan(device, { ...inputs, delta: inputs.delta.subarray(1) }, map)).rejects.toThrow(
        'pyramidScan: delta must have b·h·w·4·d = 5·6·9·4·40 = 43200 numbers, got 43199.',
      );
      await expect(pyramidScan(device, inputs, { ...map, channels: 0 })).rejects.toThrow(
        'pyramidScan: channels must be an integer of at least 1, got 0.',
      );
      await expect(pyramidScan(device, inputs, { ...map, weights: [1, 1] })).rejects.toThrow(/with sum 1/);
      const { B: _B, ...withoutB } = inputs;
      await expect(pyramidScan(device, withoutB as typeof inputs, map)).rejects.toThrow(
        'pyramidScan: B is missing.',
      );
      await expect(
        selectiveScan(device, inputs, { batch: 1, length: 5, channels: 7, groups: 2, states: 1 }),
      ).rejects.toThrow('selectiveScan: the 7 channels of u cannot be divided among the 2 groups of B.');
      expect(gpu.trace()).toEqual([]);
    });

    test('plans are uploaded once for any number of calls, and the oldest are evicted', async () => {
      const other = await open();
      const run = async (width: number): Promise<number> => {
        const sizes = { batch: 1, height: 1, width, channels: 1, states: 1 };
        gpu.trace();
        await pyramidScan(other, pyramidInputs(1, sizes), sizes);
        // seven inputs, and the plan
        return gpu.trace().filter((line) => line.startsWith('cuMemcpyHtoD')).length - 7;
      };
      expect([await run(1), await run(1)]).toEqual([1, 0]);
      for (let width = 2; width <= 65; width++) expect(await run(width)).toBe(1);
      expect(await run(65)).toBe(0);
      expect(await run(1)).toBe(1);
      other.close();
    });

    test('too many grids are an error, and nothing stays allocated', async () => {
      const before = gpu.allocations();
      await expect(pyramidScan(device, pyramidInputs(1, map), { ...map, grids: [200, 185] })).rejects.toThrow(
        'pyramidScan: on cuda the sizes of all grids may add up to at most 384, got 385; use fewer or smaller grids.',
      );
      expect(gpu.allocations()).toBe(before);
    });

    test('grids whose carries need more shared memory than a full block has', async () => {
      const sizes = { batch: 1, height: 3, width: 50, channels: 33, states: 2 };
      const inputs = pyramidInputs(2, sizes);
      const dy = uniform(3, inputs.u.length);
      const pyramid = { grids: [50, 60], weights: [0.5, 0.5], deltaSoftplus: true };
      const want = pyramidReference(sizes, pyramid, inputs, dy);
      const settings = { ...sizes, grids: pyramid.grids };
      expectClose('y', await pyramidScan(device, inputs, settings), want.y, TOLERANCE);
      const gradients = await pyramidScanGrad(device, inputs, dy, settings);
      for (const name of SCAN_GRADIENT_ORDER)
        expectClose(`d${name}`, gradients[name]!, want.grad[name], TOLERANCE);
    });
  });
});
