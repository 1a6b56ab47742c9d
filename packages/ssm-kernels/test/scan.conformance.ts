// One suite for every backend: a backend's test file registers its kernels and calls scanConformance(name).
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { pyramidScan, selectiveScan, selectiveScanWithState } from '../src/index.js';
import { SCAN_GRADIENT_ORDER } from '../src/kernels/signatures.js';
import type { ScanGeometry } from '../src/scan/orders.js';
import type { PyramidScanSizes, SelectiveScanSizes } from '../src/scan/views.js';
import { expectClose } from './expectClose.js';
import { uniform } from './random.js';
import {
  pyramidInputs,
  pyramidReference,
  sequenceInputs,
  sequenceReference,
  type ScanArrays,
} from './scanCases.js';

// float32 against the float64 definition: sums over at most a few thousand terms
const TOLERANCE = 2e-5;

export interface MapCase {
  sizes: PyramidScanSizes;
  grids: number[];
  weights?: number[];
  deltaSoftplus?: boolean;
  /** Factor of A; default 1. */
  decay?: number;
  /** Absent: four sweeps. */
  geometry?: ScanGeometry;
}

/** Curves: a square of a power of two, rectangles, sub-regions of one size and of several, each number of directions. */
const curves: MapCase[] = [
  {
    sizes: { batch: 2, height: 8, width: 8, channels: 12, states: 16 },
    grids: [1],
    geometry: { scanOrder: 'hilbert', directions: 8 },
  },
  {
    sizes: { batch: 1, height: 8, width: 8, channels: 20, states: 4 },
    grids: [1, 2, 4],
    geometry: { scanOrder: 'hilbert', directions: 8 },
  },
  {
    sizes: { batch: 1, height: 4, width: 6, channels: 5, states: 3 },
    grids: [2, 1],
    weights: [0.3, 0.7],
    geometry: { scanOrder: 'zorder', directions: 4 },
  },
  {
    sizes: { batch: 2, height: 3, width: 22, channels: 17, states: 5 },
    grids: [1],
    geometry: { scanOrder: 'scan', directions: 2 },
  },
  {
    sizes: { batch: 1, height: 6, width: 4, channels: 7, states: 8 },
    grids: [1, 2],
    geometry: { scanOrder: 'zigzag', directions: 8 },
  },
  {
    sizes: { batch: 1, height: 1, width: 1, channels: 3, states: 2 },
    grids: [1],
    geometry: { scanOrder: 'sweep', directions: 8 },
  },
  // more pixels than all channels of a curve traverse at once
  {
    sizes: { batch: 2, height: 20, width: 24, channels: 35, states: 3 },
    grids: [1, 2],
    geometry: { scanOrder: 'hilbert', directions: 4 },
  },
  {
    sizes: { batch: 1, height: 18, width: 32, channels: 18, states: 4 },
    grids: [1, 2],
    weights: [0.6, 0.4],
    geometry: { scanOrder: 'sweep', directions: 8 },
  },
  {
    sizes: { batch: 1, height: 31, width: 17, channels: 17, states: 2 },
    grids: [1],
    geometry: { scanOrder: 'zorder', directions: 2 },
  },
];

export interface SequenceCase {
  sizes: SelectiveScanSizes;
  deltaSoftplus: boolean;
  /** Factor of A; default 1. */
  decay?: number;
}

const maps: MapCase[] = [
  { sizes: { batch: 1, height: 1, width: 1, channels: 1, states: 1 }, grids: [1] },
  { sizes: { batch: 1, height: 1, width: 1, channels: 3, states: 2 }, grids: [1, 2] },
  { sizes: { batch: 2, height: 8, width: 8, channels: 12, states: 16 }, grids: [1, 2] },
  { sizes: { batch: 2, height: 8, width: 8, channels: 16, states: 16 }, grids: [1] },
  { sizes: { batch: 1, height: 8, width: 8, channels: 20, states: 4 }, grids: [2] },
  { sizes: { batch: 1, height: 16, width: 8, channels: 33, states: 16 }, grids: [1, 2, 4] },
  { sizes: { batch: 2, height: 3, width: 5, channels: 7, states: 5 }, grids: [1, 2] },
  { sizes: { batch: 1, height: 5, width: 3, channels: 17, states: 8 }, grids: [1, 3] },
  { sizes: { batch: 1, height: 2, width: 75, channels: 5, states: 3 }, grids: [1, 2] },
  { sizes: { batch: 1, height: 64, width: 1, channels: 4, states: 16 }, grids: [1, 2] },
  {
    sizes: { batch: 1, height: 6, width: 6, channels: 6, states: 4 },
    grids: [1, 2, 3],
    weights: [0.5, 0.3, 0.2],
  },
  { sizes: { batch: 1, height: 4, width: 4, channels: 6, states: 4 }, grids: [1, 2], deltaSoftplus: false },
  // exponents that are below float32's range at some of the pixels, in whole segments and at their ends
  { sizes: { batch: 1, height: 3, width: 22, channels: 18, states: 5 }, grids: [1, 2], decay: 30 },
  { sizes: { batch: 1, height: 9, width: 4, channels: 5, states: 16 }, grids: [1], decay: 100 },
  // one grid that is not the whole, a weight of 0, many grids
  ...[
    { grids: [3], weights: [1] },
    { grids: [1, 2], weights: [0, 1] },
    { grids: [2, 1, 5, 3, 4], weights: [0.1, 0.3, 0.2, 0.25, 0.15] },
  ].map((pyramid) => ({ sizes: { batch: 2, height: 7, width: 6, channels: 5, states: 2 }, ...pyramid })),
];

const sequences: SequenceCase[] = [
  ...[1, 63, 64, 65, 1000, 4200].map((length) => ({
    sizes: { batch: 1, length, channels: 8, groups: 2, states: 16 },
    deltaSoftplus: true,
  })),
  { sizes: { batch: 3, length: 33, channels: 5, groups: 1, states: 8 }, deltaSoftplus: false },
  { sizes: { batch: 2, length: 7, channels: 66, groups: 3, states: 1 }, deltaSoftplus: true },
  { sizes: { batch: 1, length: 45, channels: 20, groups: 1, states: 6 }, deltaSoftplus: true, decay: 40 },
];

/** Leaves NaN in freed memory, so that an incompletely written output is detected. */
function poison(): void {
  tf.tidy(() => {
    for (let i = 0; i < 8; i++) tf.tensor1d(new Float32Array(1 << (12 + i)).fill(NaN));
  });
}

/** Compares pyramidScan, outputs and gradients, with its definition. */
export async function expectMapCase(c: MapCase): Promise<void> {
  const { sizes: s, grids } = c;
  const k = c.geometry?.directions ?? 4;
  const sizes = { ...s, directions: k };
  const weights = c.weights ?? grids.map(() => 1 / grids.length);
  const deltaSoftplus = c.deltaSoftplus ?? true;
  const inputs = pyramidInputs(7, sizes);
  inputs.A = inputs.A.map((x) => x * (c.decay ?? 1));
  if (!deltaSoftplus) inputs.delta = inputs.delta.map(Math.abs);
  if (!deltaSoftplus) inputs.deltaBias.fill(0.1);
  const dy = uniform(99, inputs.u.length);
  const want = pyramidReference(sizes, { grids, weights, deltaSoftplus, ...c.geometry }, inputs, dy);
  const map = [s.batch, s.height, s.width];
  const shapes: Record<keyof ScanArrays, number[]> = {
    u: [...map, s.channels],
    delta: [...map, k, s.channels],
    A: [k, s.channels, s.states],
    B: [...map, k, s.states],
    C: [...map, k, s.states],
    D: [k, s.channels],
    deltaBias: [k, s.channels],
  };
  const options = { grids, deltaSoftplus, ...c.geometry, ...(c.weights && { weights: c.weights }) };
  const op = (...x: tf.Tensor[]): tf.Tensor =>
    pyramidScan(
      x[0] as tf.Tensor4D,
      x[1] as tf.Tensor5D,
      x[2] as tf.Tensor3D,
      x[3] as tf.Tensor5D,
      x[4] as tf.Tensor5D,
      x[5] as tf.Tensor2D,
      x[6] as tf.Tensor2D,
      options,
    );
  const tensors = SCAN_GRADIENT_ORDER.map((name) => tf.tensor(inputs[name], shapes[name]));
  poison();
  const y = op(...tensors);
  expect(y.shape).toEqual(shapes.u);
  expectClose('y', await y.data(), want.y, TOLERANCE);
  poison();
  const grads = tf.grads(op)(tensors, tf.tensor(dy, shapes.u));
  for (const [i, name] of SCAN_GRADIENT_ORDER.entries()) {
    expect(grads[i]!.shape).toEqual(shapes[name]);
    expectClose(`d${name}`, await grads[i]!.data(), want.grad[name], TOLERANCE);
  }
  tf.dispose([y, tensors, grads]);
}

/** Compares selectiveScan, outputs, last state and gradients, with its definition. */
export async function expectSequenceCase(c: SequenceCase): Promise<void> {
  const { sizes: s, deltaSoftplus } = c;
  const inputs = sequenceInputs(11, s);
  inputs.A = inputs.A.map((x) => x * (c.decay ?? 1));
  if (!deltaSoftplus) inputs.delta = inputs.delta.map((x) => 0.1 + Math.abs(x));
  if (!deltaSoftplus) inputs.deltaBias.fill(0.1);
  const dy = uniform(98, inputs.u.length);
  const dLast = uniform(97, s.batch * s.channels * s.states);
  const want = sequenceReference(s, deltaSoftplus, inputs, dy, dLast);
  const steps = [s.batch, s.length];
  const shapes: Record<keyof ScanArrays, number[]> = {
    u: [...steps, s.channels],
    delta: [...steps, s.channels],
    A: [s.channels, s.states],
    B: [...steps, s.groups, s.states],
    C: [...steps, s.groups, s.states],
    D: [s.channels],
    deltaBias: [s.channels],
  };
  const byTime = (x: tf.Tensor): tf.Tensor => tf.transpose(x, x.rank === 4 ? [0, 2, 3, 1] : [0, 2, 1]);
  const run = (...x: tf.Tensor[]): { y: tf.Tensor; lastState: tf.Tensor } =>
    selectiveScanWithState(
      byTime(x[0]!) as tf.Tensor3D,
      byTime(x[1]!) as tf.Tensor3D,
      x[2] as tf.Tensor2D,
      byTime(x[3]!) as tf.Tensor4D,
      byTime(x[4]!) as tf.Tensor4D,
      { D: x[5] as tf.Tensor1D, deltaBias: x[6] as tf.Tensor1D, deltaSoftplus },
    );
  const tensors = SCAN_GRADIENT_ORDER.map((name) => tf.tensor(inputs[name], shapes[name]));
  poison();
  const { y, lastState } = run(...tensors);
  expectClose('y', await tf.transpose(y, [0, 2, 1]).data(), want.y, TOLERANCE);
  expectClose('lastState', await lastState.data(), want.last, TOLERANCE);
  poison();
  const dyTensor = tf.transpose(tf.tensor(dy, shapes.u), [0, 2, 1]);
  const dLastTensor = tf.tensor(dLast, [s.batch, s.channels, s.states]);
  const loss = (...x: tf.Tensor[]): tf.Scalar => {
    const out = run(...x);
    return tf.add(tf.sum(tf.mul(out.y, dyTensor)), tf.sum(tf.mul(out.lastState, dLastTensor)));
  };
  const grads = tf.grads(loss)(tensors);
  for (const [i, name] of SCAN_GRADIENT_ORDER.entries())
    expectClose(`d${name}`, await grads[i]!.data(), want.grad[name], TOLERANCE);
}

/** `oneOf`: one case of this many, where the same kernels have been compared in full elsewhere. */
export function scanConformance(backend: string, { oneOf = 1 } = {}): void {
  const some = <T>(list: readonly T[]): T[] => list.filter((_, i) => i % oneOf === oneOf >> 1);
  describe(`scans on ${backend}`, () => {
    beforeAll(async () => {
      expect(await tf.setBackend(backend)).toBe(true);
      await tf.ready();
    });

    test.each(some(maps))('pyramidScan equals its definition, outputs and gradients: %j', expectMapCase);

    test.each(some(curves))(
      'pyramidScan along a curve equals its definition, outputs and gradients: %j',
      expectMapCase,
    );

    test.each(some(sequences))(
      'selectiveScan equals its definition, outputs, last state and gradients: %j',
      expectSequenceCase,
    );

    test('selectiveScan without D and bias, B and C shared by all channels, returns the gradient of u alone', async () => {
      const s = { batch: 2, length: 9, channels: 6, groups: 1, states: 4 };
      const inputs = sequenceInputs(5, s);
      inputs.D.fill(0);
      inputs.deltaBias.fill(0);
      const dy = uniform(96, inputs.u.length);
      const want = sequenceReference(s, true, inputs, dy, new Float32Array(s.batch * s.channels * s.states));
      const t = (x: Float32Array, last: number): tf.Tensor3D =>
        tf.transpose(tf.tensor3d(x, [2, 9, last]), [0, 2, 1]);
      const f = (u: tf.Tensor): tf.Tensor =>
        selectiveScan(
          u as tf.Tensor3D,
          t(inputs.delta, 6),
          tf.tensor2d(inputs.A, [6, 4]),
          t(inputs.B, 4),
          t(inputs.C, 4),
          { deltaSoftplus: true },
        );
      const u = t(inputs.u, 6);
      expectClose('y', await tf.transpose(f(u), [0, 2, 1]).data(), want.y, TOLERANCE);
      const du = tf.grad(f)(u, t(dy, 6));
      expectClose('du', await tf.transpose(du, [0, 2, 1]).data(), want.grad.u, TOLERANCE);
    });

    test('extreme steps neither overflow nor lose the state', async () => {
      const s = { batch: 1, length: 40, channels: 4, groups: 1, states: 4 };
      const inputs = sequenceInputs(3, s);
      inputs.delta = inputs.delta.map((_, i) => [-40, -12, 0, 8, 30, 90][i % 6]!);
      const dy = uniform(95, inputs.u.length);
      const want = sequenceReference(s, true, inputs, dy, new Float32Array(16));
      const t = (x: Float32Array): tf.Tensor3D => tf.transpose(tf.tensor3d(x, [1, 40, 4]), [0, 2, 1]);
      const f = (...x: tf.Tensor[]): tf.Tensor =>
        selectiveScan(
          x[0] as tf.Tensor3D,
          x[1] as tf.Tensor3D,
          tf.tensor2d(inputs.A, [4, 4]),
          t(inputs.B),
          t(inputs.C),
          { D: tf.tensor1d(inputs.D), deltaBias: tf.tensor1d(inputs.deltaBias), deltaSoftplus: true },
        );
      const byStep = async (x: tf.Tensor): Promise<ArrayLike<number>> => tf.transpose(x, [0, 2, 1]).data();
      expectClose('y', await byStep(f(t(inputs.u), t(inputs.delta))), want.y, TOLERANCE);
      const [du, ddelta] = tf.grads(f)([t(inputs.u), t(inputs.delta)], t(dy));
      expectClose('du', await byStep(du!), want.grad.u, TOLERANCE);
      expectClose('ddelta', await byStep(ddelta!), want.grad.delta, TOLERANCE);
    });

    test('the ops leak no tensor', () => {
      const s = { batch: 1, height: 4, width: 4, channels: 8, states: 4 };
      const inputs = pyramidInputs(1, s);
      const x = [
        tf.tensor(inputs.u, [1, 4, 4, 8]),
        tf.tensor(inputs.delta, [1, 4, 4, 4, 8]),
        tf.tensor(inputs.A, [4, 8, 4]),
        tf.tensor(inputs.B, [1, 4, 4, 4, 4]),
        tf.tensor(inputs.C, [1, 4, 4, 4, 4]),
        tf.tensor(inputs.D, [4, 8]),
        tf.tensor(inputs.deltaBias, [4, 8]),
      ] as const;
      const step = (): void => {
        const f = (...t: tf.Tensor[]): tf.Tensor =>
          pyramidScan(...(t as unknown as Parameters<typeof pyramidScan>));
        tf.dispose(tf.grads(f)([...x], tf.onesLike(x[0])));
      };
      tf.tidy(step);
      const before = tf.memory().numTensors;
      for (let i = 0; i < 3; i++) tf.tidy(step);
      expect(tf.memory().numTensors).toBe(before);
    });

    test('a wrong shape is an error that names the argument', () => {
      const zeros = (shape: number[]): tf.Tensor => tf.zeros(shape);
      const call = (delta: number[], options: Parameters<typeof pyramidScan>[7] = {}): tf.Tensor =>
        pyramidScan(
          zeros([1, 4, 4, 8]) as tf.Tensor4D,
          zeros(delta) as tf.Tensor5D,
          zeros([4, 8, 4]) as tf.Tensor3D,
          zeros([1, 4, 4, 4, 4]) as tf.Tensor5D,
          zeros([1, 4, 4, 4, 4]) as tf.Tensor5D,
          zeros([4, 8]) as tf.Tensor2D,
          zeros([4, 8]) as tf.Tensor2D,
          options,
        );
      expect(() => call([1, 4, 4, 8, 4])).toThrow(
        'pyramidScan: delta must be (b, h, w, k, d) = (1, 4, 4, 4, 8), got (1, 4, 4, 8, 4).',
      );
      expect(() => call([1, 4, 4, 4, 8], { grids: [0] })).toThrow(/grids must be one or more integers/);
      expect(() => call([1, 4, 4, 4, 8], { grids: [1, 2], weights: [1, 1] })).toThrow(/with sum 1/);
      expect(() => call([1, 4, 4, 4, 8], { directions: 8 })).toThrow(
        'pyramidScan: delta must be (b, h, w, k, d) = (1, 4, 4, 8, 8), got (1, 4, 4, 4, 8).',
      );
      expect(() => call([1, 4, 4, 4, 8], { scanOrder: 'spiral' as 'sweep' })).toThrow(
        /scanOrder must be .*hilbert, got spiral/,
      );
    });
  });
}
