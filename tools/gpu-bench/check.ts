// Throws if the kernels are wrong, before they are timed.
import {
  scanSequence,
  scanSequenceGrad,
  type ScanGradients,
} from '../../packages/ssm-kernels/src/backends/cpu/scan/scan.js';
import {
  pyramidScan,
  pyramidScanGrad,
  type CudaDevice,
} from '../../packages/ssm-kernels/src/backends/cuda/index.js';
import { regionsOf, visitingOrder } from '../../packages/ssm-kernels/src/scan/regions.js';
import { pyramidScanView } from '../../packages/ssm-kernels/src/scan/views.js';
import { DIRECTIONS, GRIDS, scanInputs, STATES, uniform, type Inputs, type Shape } from './shapes.ts';

/** Tolerance of float32 against float64, relative to a tensor's largest magnitude. */
const TOLERANCE = 1e-4;

/** Inputs, dy, and the results of the definition. */
export interface Checked {
  readonly inputs: Inputs;
  readonly dy: Float32Array;
  /** y and the gradients from the GPU. */
  readonly results: ReadonlyMap<string, Float32Array>;
  readonly worst: number;
}

/**
 * Output and gradients of the definition, in float64, against the GPU's.
 *
 * @throws Error that names the first tensor that differs
 */
export async function checkScan(
  device: CudaDevice,
  seed: number,
  batch: number,
  shape: Shape,
): Promise<Checked> {
  const { side, channels } = shape;
  const sizes = { batch, height: side, width: side, channels, states: STATES };
  const inputs = scanInputs(seed, batch, shape);
  const dy = uniform(seed + 7, inputs.u.length, -1, 1);
  const y = new Float64Array(inputs.u.length);
  const gradients = Object.fromEntries(
    Object.entries(inputs).map(([name, x]) => [name, new Float64Array(x.length)]),
  ) as unknown as ScanGradients;
  for (let b = 0; b < batch; b++)
    for (let k = 0; k < DIRECTIONS; k++)
      for (const grid of GRIDS)
        for (const region of regionsOf(side, side, grid)) {
          const view = pyramidScanView(sizes, b, k, true);
          const order = visitingOrder(region, side, k);
          scanSequence(view, inputs, order, 1 / GRIDS.length, y);
          scanSequenceGrad(view, inputs, order, 1 / GRIDS.length, dy, undefined, gradients);
        }
  const settings = { ...sizes, grids: GRIDS };
  const results = new Map<string, Float32Array>([['y', await pyramidScan(device, inputs, settings)]]);
  for (const [name, gradient] of Object.entries(await pyramidScanGrad(device, inputs, dy, settings)))
    results.set(`d${name}`, gradient as Float32Array);
  const wanted = new Map<string, Float64Array>([
    ['y', y],
    ...Object.entries(gradients).map(([name, gradient]): [string, Float64Array] => [`d${name}`, gradient]),
  ]);
  let worst = 0;
  for (const [name, want] of wanted) {
    const got = results.get(name)!;
    const scale = want.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-6);
    want.forEach((x, i) => {
      const error = Math.abs(got[i]! - x) / scale;
      if (!(error <= TOLERANCE))
        throw new Error(`pyramidScan ${side}×${side}: ${name} is wrong at ${i}: ${got[i]} instead of ${x}.`);
      worst = Math.max(worst, error);
    });
  }
  return { inputs, dy, results, worst };
}
