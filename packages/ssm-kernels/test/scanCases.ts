import type { OrderedScanAttrs, PyramidScanAttrs } from '../src/kernels/signatures.js';
import { SCAN_GRADIENT_ORDER } from '../src/kernels/signatures.js';
import { directionOrders, ordersOfRegions, regionOfPixels } from '../src/scan/orders.js';
import { DIRECTIONS, regionsOf, visitingOrder } from '../src/scan/regions.js';
import {
  scanSequence,
  scanSequenceGrad,
  type ScanGradients,
  type ScanInputs,
} from '../src/backends/cpu/scan/scan.js';
import {
  pyramidScanView,
  selectiveScanView,
  type PyramidScanSizes,
  type SelectiveScanSizes,
} from '../src/scan/views.js';
import { uniform } from './random.js';

export type ScanArrays = { -readonly [K in keyof ScanInputs]: Float32Array };

/** Seeded inputs of the given lengths; A in [-4, -0.05] and steps of about 0.02 to 1.5, as in a trained network. */
function inputsOf(seed: number, sizes: Record<keyof ScanInputs, number>): ScanArrays {
  return {
    u: uniform(seed, sizes.u, -1.5, 1.5),
    delta: uniform(seed + 1, sizes.delta, -2.5, 1),
    A: uniform(seed + 2, sizes.A, -4, -0.05),
    B: uniform(seed + 3, sizes.B),
    C: uniform(seed + 4, sizes.C),
    D: uniform(seed + 5, sizes.D),
    deltaBias: uniform(seed + 6, sizes.deltaBias, -1, 0.5),
  };
}

export function pyramidInputs(seed: number, s: PyramidScanSizes): ScanArrays {
  const pixels = s.batch * s.height * s.width;
  const k = s.directions ?? DIRECTIONS;
  return inputsOf(seed, {
    u: pixels * s.channels,
    delta: pixels * k * s.channels,
    A: k * s.channels * s.states,
    B: pixels * k * s.states,
    C: pixels * k * s.states,
    D: k * s.channels,
    deltaBias: k * s.channels,
  });
}

/** In the kernels' layout, see views.ts. */
export function sequenceInputs(seed: number, s: SelectiveScanSizes): ScanArrays {
  const steps = s.batch * s.length;
  return inputsOf(seed, {
    u: steps * s.channels,
    delta: steps * s.channels,
    A: s.channels * s.states,
    B: steps * s.groups * s.states,
    C: steps * s.groups * s.states,
    D: s.channels,
    deltaBias: s.channels,
  });
}

export function emptyGradients(inputs: ScanArrays): ScanGradients {
  return Object.fromEntries(
    SCAN_GRADIENT_ORDER.map((name) => [name, new Float64Array(inputs[name].length)]),
  ) as unknown as ScanGradients;
}

/** y and all gradients of Σ y·dy by the definition: one scan per picture, direction, grid and sub-region. */
export function pyramidReference(
  s: PyramidScanSizes,
  { grids, weights, deltaSoftplus, ...geometry }: PyramidScanAttrs | OrderedScanAttrs,
  inputs: ScanArrays,
  dy: Float32Array,
): { y: Float64Array; grad: ScanGradients } {
  const y = new Float64Array(inputs.u.length);
  const grad = emptyGradients(inputs);
  const orders = 'scanOrder' in geometry ? directionOrders(s.height, s.width, geometry) : undefined;
  const regionOrders = (k: number, grid: number): Int32Array[] =>
    orders
      ? ordersOfRegions(orders[k]!, regionOfPixels(s.height, s.width, grid))
      : regionsOf(s.height, s.width, grid).map((region) => visitingOrder(region, s.width, k));
  for (let b = 0; b < s.batch; b++)
    for (let k = 0; k < (s.directions ?? DIRECTIONS); k++)
      grids.forEach((grid, i) => {
        for (const order of regionOrders(k, grid)) {
          const view = pyramidScanView(s, b, k, deltaSoftplus);
          scanSequence(view, inputs, order, weights[i]!, y);
          scanSequenceGrad(view, inputs, order, weights[i]!, dy, undefined, grad);
        }
      });
  return { y, grad };
}

/** As pyramidReference, for a 1-D scan; `dLast` is the gradient at the last state. */
export function sequenceReference(
  s: SelectiveScanSizes,
  deltaSoftplus: boolean,
  inputs: ScanArrays,
  dy: Float32Array,
  dLast: Float32Array,
): { y: Float64Array; last: Float64Array; grad: ScanGradients } {
  const y = new Float64Array(inputs.u.length);
  const stateSize = s.channels * s.states;
  const last = new Float64Array(s.batch * stateSize);
  const grad = emptyGradients(inputs);
  const order = Int32Array.from({ length: s.length }, (_, i) => i);
  for (let b = 0; b < s.batch; b++) {
    const view = selectiveScanView(s, b, deltaSoftplus);
    last.set(scanSequence(view, inputs, order, 1, y), b * stateSize);
    scanSequenceGrad(view, inputs, order, 1, dy, dLast.subarray(b * stateSize, (b + 1) * stateSize), grad);
  }
  return { y, last, grad };
}
