import type { CudaDevice, CudaStream, DeviceArray } from '@pyramid-mamba/tfjs-backend-cuda';
import { gridWeights } from '../../../scan/gridWeights.js';
import { DIRECTIONS } from '../../../scan/regions.js';
import type { PyramidScanSizes } from '../../../scan/views.js';
import { checkArrays, checkLength, checkSizes, Visit, type Axes, type ScanAxes } from './arrays.js';
import { scannedMap, type Scan } from '../../../scan/scanned.js';
import { enqueueBackward, enqueueForward, type ScanArrays } from './scanPasses.js';

const OP = 'pyramidScan';

/** Sizes and settings of a pyramidScan. */
export interface PyramidScanSettings extends PyramidScanSizes {
  /** The pyramid: for each g the map is cut into g×g sub-regions, each scanned on its own. Default [1, 2]. */
  readonly grids?: readonly number[];
  /** Weight of each grid in the mean, with sum 1. Default: all equal. */
  readonly weights?: readonly number[];
  /** Step sizes are softplus(delta + deltaBias) rather than delta + deltaBias. Default true. */
  readonly deltaSoftplus?: boolean;
}

function scanOf(s: PyramidScanSettings): Scan {
  const { batch, height, width, channels, states, grids = [1, 2], weights, deltaSoftplus = true } = s;
  checkSizes(OP, { batch, height, width, channels, states });
  return scannedMap(s, grids, gridWeights(OP, grids, weights), deltaSoftplus);
}

function axesOf({ batch, height, width, channels, states }: PyramidScanSettings): ScanAxes {
  const map: Axes = [
    ['b', batch],
    ['h', height],
    ['w', width],
  ];
  const k = ['4', DIRECTIONS] as const;
  const d = ['d', channels] as const;
  const n = ['n', states] as const;
  return {
    u: [...map, d],
    delta: [...map, k, d],
    A: [k, d, n],
    B: [...map, k, n],
    C: [...map, k, n],
    D: [k, d],
    deltaBias: [k, d],
  };
}

/**
 * Starts a pyramidScan of device arrays. Returns at once; later work on the same stream sees the result.
 *
 * @param inputs u (b, h, w, d), delta (b, h, w, 4, d), A (4, d, n), B and C (b, h, w, 4, n), D and deltaBias (4, d) optional
 * @param y receives the output, (b, h, w, d)
 * @throws CudaError that names the array when one has the wrong length
 */
export function enqueuePyramidScan(
  stream: CudaStream,
  inputs: ScanArrays<DeviceArray>,
  y: DeviceArray,
  settings: PyramidScanSettings,
): void {
  const scan = scanOf(settings);
  const axes = axesOf(settings);
  checkArrays(OP, inputs, axes);
  checkLength(OP, 'y', y, axes.u);
  enqueueForward(stream, scan, inputs, y);
}

/**
 * Starts the gradient of Σ y·dy in every input. It recomputes the states, so nothing is stored by the forward pass.
 * The result is bit-identical in every run.
 *
 * @param dy the gradient of y, (b, h, w, d)
 * @param gradients receive the gradients, each of its input's shape; D and deltaBias if the inputs have them
 */
export function enqueuePyramidScanGrad(
  stream: CudaStream,
  inputs: ScanArrays<DeviceArray>,
  dy: DeviceArray,
  gradients: ScanArrays<DeviceArray>,
  settings: PyramidScanSettings,
): void {
  const scan = scanOf(settings);
  const axes = axesOf(settings);
  checkArrays(OP, inputs, axes);
  checkLength(OP, 'dy', dy, axes.u);
  checkArrays(OP, gradients, axes, 'd');
  enqueueBackward(stream, scan, inputs, dy, undefined, gradients);
}

/**
 * Four-directional selective scan of feature maps at several pyramid levels, of host arrays; the op of the same name for
 * TensorFlow.js documents the computation, enqueuePyramidScan the shapes.
 *
 * @returns y, (b, h, w, d)
 * @throws CudaError that names the array when one has the wrong length, or names what the GPU lacks
 */
export async function pyramidScan(
  device: CudaDevice,
  inputs: ScanArrays<Float32Array>,
  settings: PyramidScanSettings,
): Promise<Float32Array<ArrayBuffer>> {
  scanOf(settings);
  const axes = axesOf(settings);
  checkArrays(OP, inputs, axes);
  return Visit.on(device, async (visit) => {
    const y = visit.allocate(axes.u);
    enqueuePyramidScan(visit.stream, visit.uploadAll(inputs), y, settings);
    return visit.download(y);
  });
}

/** The gradients of Σ y·dy in every given input, each of its input's shape; for host arrays. */
export async function pyramidScanGrad(
  device: CudaDevice,
  inputs: ScanArrays<Float32Array>,
  dy: Float32Array,
  settings: PyramidScanSettings,
): Promise<ScanArrays<Float32Array<ArrayBuffer>>> {
  scanOf(settings);
  const axes = axesOf(settings);
  checkArrays(OP, inputs, axes);
  checkLength(OP, 'dy', dy, axes.u);
  return Visit.on(device, async (visit) => {
    const gradients = visit.gradientsOf(inputs, axes);
    enqueuePyramidScanGrad(visit.stream, visit.uploadAll(inputs), visit.upload(dy), gradients, settings);
    return visit.downloadAll(gradients);
  });
}
