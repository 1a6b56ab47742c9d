// One suite for every backend: a backend's test file registers its kernels, and those of the cpu, and calls trainingConformance(name).
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test } from 'vitest';
import {
  batchNormTrain,
  depthwiseConvSilu,
  groupedMatMul,
  instanceNorm,
  layerNorm,
  layerNormGate,
  linear,
  linearParts,
  movingAverage,
  projectedScan,
  residual,
} from '../src/index.js';
import { expectClose } from './expectClose.js';
import { evaluate, finiteDifferences, type Evaluation, type GradientCase } from './gradientCase.js';
import { convolutionCases, matMulCases, opCases } from './trainingCases.js';

// float32 sums of up to a few hundred terms against sums in float64 (tfjs-backend-cpu adds in JavaScript numbers)
const TOLERANCE = 1e-5;
// the plain formula rounds to float32 after each step, and divides by a standard deviation that may be small
const PLAIN_TOLERANCE = 1e-4;

async function use(backend: string): Promise<void> {
  expect(await tf.setBackend(backend)).toBe(true);
  await tf.ready();
}

function expectSame(got: Evaluation, want: Evaluation, tolerance: number): void {
  expectClose('y', got.y, want.y, tolerance);
  got.gradients.forEach((g, i) => expectClose(`gradient of input ${i}`, g, want.gradients[i]!, tolerance));
}

async function compare(
  backend: string,
  got: GradientCase,
  want: GradientCase,
  tolerance: number,
): Promise<void> {
  await use('cpu');
  const wanted = await evaluate(want);
  await use(backend);
  expectSame(await evaluate(got), wanted, tolerance);
}

/** Every transposition and every size of the products once, instead of each with each. */
const DIAGONAL = matMulCases.filter((_, i) => i % 4 === (i >> 2) % 4);

export interface Extent {
  /** Products that are the backend's own, not ours: some of them. A software GPU compiles a shader of each for half a second. */
  fewProducts?: boolean;
  /** One case of this many, where the same kernels have been compared in full elsewhere. */
  oneOf?: number;
}

export function trainingConformance(backend: string, { fewProducts = false, oneOf = 1 }: Extent = {}): void {
  const some = <T>(list: readonly T[]): T[] => list.filter((_, i) => i % oneOf === 0);
  const ours = some(opCases);
  const theirs = some([...convolutionCases, ...(fewProducts ? DIAGONAL : matMulCases)]);
  const evaluated = new Map<GradientCase, Promise<Evaluation>>();
  /** The case on the backend, evaluated once. */
  const once = (c: GradientCase): Promise<Evaluation> => {
    const known = evaluated.get(c) ?? use(backend).then(() => evaluate(c));
    evaluated.set(c, known);
    return known;
  };
  /** Compares it with another one on the reference. */
  const against = async (want: GradientCase, c: GradientCase, tolerance: number): Promise<void> => {
    await use('cpu');
    const wanted = await evaluate(want);
    expectSame(await once(c), wanted, tolerance);
  };

  describe(`training kernels on ${backend}`, () => {
    afterEach(() => use(backend));

    describe('the value and the gradients of', () => {
      for (const c of ours) {
        test(`${c.title} equal the formula in plain tfjs ops`, () =>
          against({ ...c, op: c.plain }, c, PLAIN_TOLERANCE));
        if (backend !== 'cpu') test(`${c.title} equal the reference`, () => against(c, c, TOLERANCE));
      }
      for (const c of theirs) test(`${c.title} equal tfjs-backend-cpu`, () => against(c, c, TOLERANCE));
    });

    // half a minute on a software GPU; its gradients are compared with the reference's above
    if (backend !== 'webgpu')
      test('the gradients of our ops agree with finite differences', async () => {
        await use(backend);
        for (const c of ours) {
          const { gradients } = await once(c);
          (await finiteDifferences(c, 1e-2)).forEach((slopes, i) => {
            const got = slopes.map(({ at }) => gradients[i]![at]!);
            const want = slopes.map(({ slope }) => slope);
            const largest = gradients[i]!.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
            // relative to the input's largest gradient: the float32 noise of the loss is shared by all its elements
            expectClose(`${c.title}, input ${i}`, [...got, largest], [...want, largest], 5e-3);
          });
        }
      });

    test('layerNorm, layerNormGate and instanceNorm stay precise if the mean is a thousand times the deviation', async () => {
      const norms = opCases.filter(({ title }) =>
        /Norm(Gate)? of \((4, 1, 3, 33|129, 64|1, 9, 2, 13)\)/.test(title),
      );
      expect(norms.length).toBe(8);
      for (const c of norms) {
        const far = { ...c, shift: 1000 };
        await compare(backend, far, far, 1e-3);
      }
    });

    test('batchNormTrain returns the mean and the biased variance of each channel', async () => {
      await use(backend);
      const x = tf.tensor2d([1, 10, 2, 10, 6, 40], [3, 2]);
      const { mean, variance } = batchNormTrain(x, tf.ones([2]), tf.zeros([2]));
      expectClose('mean', await mean.data(), [3, 20], 1e-6);
      expectClose('variance', await variance.data(), [14 / 3, 200], 1e-6);
    });

    test('the bias gradient of linear stays precise where thousands of terms cancel', async () => {
      await use(backend);
      const rows = 20_000;
      const dy = new Float32Array(rows).map((_, i) => (i % 2 ? -1 : 1) * (1 + ((i >> 1) % 977) / 31));
      for (const f of [
        (b: tf.Tensor) => linear(tf.zeros([rows, 1]), tf.ones([1, 1]), b as tf.Tensor1D),
        (b: tf.Tensor) => linear(tf.ones([rows, 3]), tf.zeros([1, 3, 1, 1]), b as tf.Tensor1D),
      ]) {
        const db = tf.grad(f)(tf.tensor1d([0]), tf.tensor2d(dy, [rows, 1]));
        expect(Math.abs((await db.data())[0]!)).toBeLessThan(1e-5);
      }
    });

    test('an op that passes its gradient on does not dispose it for other readers', async () => {
      await use(backend);
      const x = tf.tensor1d([1, 2, 3]);
      const dy = tf.tensor1d([1, 10, 100]);
      const ops = [
        (v: tf.Tensor): tf.Tensor => residual(v, tf.square(v)),
        (v: tf.Tensor): tf.Tensor => residual(tf.square(v), v),
      ];
      for (const op of ops) {
        expectClose('gradient', await tf.grad(op)(x, dy).data(), [3, 50, 700], 1e-6);
        expectClose('dy', await dy.data(), [1, 10, 100], 0);
      }
    });

    test('a dropped branch adds nothing and gets no gradient', async () => {
      await use(backend);
      const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      const branch = tf.tensor2d([5, 6, 7, 8], [2, 2]);
      const scale = tf.tensor1d([0, 1]);
      const op = (z: tf.Tensor): tf.Tensor => residual(x, z as tf.Tensor2D, { scale, factor: 2 });
      expectClose('y', await op(branch).data(), [1, 2, 17, 20], 1e-6);
      expectClose('gradient', await tf.grad(op)(branch).data(), [0, 0, 2, 2], 1e-6);
    });

    test('movingAverage interpolates by its momentum between the average and the value', async () => {
      await use(backend);
      const [average, value] = [tf.tensor1d([1, -2, 0, 4, 100]), tf.tensor1d([3, 2, -1, 4, 0])];
      expectClose(
        'a tenth',
        await movingAverage(average, value, 0.1, 2).data(),
        [1.5, -1.4, -0.2, 4.4, 90],
        1e-6,
      );
      expectClose('none', await movingAverage(average, value, 0).data(), [1, -2, 0, 4, 100], 0);
      const unknown = tf.fill([5], NaN);
      expectClose('all', await movingAverage(unknown, value, 1).data(), [3, 2, -1, 4, 0], 0);
      expect(() => movingAverage(average, value, 1.5)).toThrow(
        'movingAverage: momentum must be a number from 0 to 1, got 1.5.',
      );
    });

    test('silu, as a gate and after a convolution, is correct at the ends of the range', async () => {
      await use(backend);
      const far = [-200, -100, -88, 0, 88, 100, 200];
      const x = tf.tensor1d(far);
      const want = far.map((v) => Math.max(v, 0));
      // silu(z), and silu(x) by a 1×1 kernel
      const gate = (z: tf.Tensor): tf.Tensor => layerNormGate(z, tf.zeros([7]), tf.ones([7]), z);
      const activate = (v: tf.Tensor): tf.Tensor =>
        depthwiseConvSilu(tf.reshape(v, [1, 1, 7, 1]), tf.ones([1, 1, 1, 1]), tf.zeros([1]));
      expectClose('layerNormGate', await gate(x).data(), want, 1e-8);
      expectClose('depthwiseConvSilu', await activate(x).data(), want, 1e-8);
      for (const f of [gate, activate] as ((v: tf.Tensor) => tf.Tensor)[])
        expectClose('slope', await tf.grad(f)(x).data(), [0, 0, 0, 0.5, 1, 1, 1], 1e-6);
      const extreme = tf.tensor1d([-1e30, -1e30, -1e30, 0, 1e30, 1e30, 1e30]);
      const at = await activate(extreme).data();
      expectClose('silu at 1e30', [at[0]!, at[6]! / 1e30], [0, 1], 1e-6);
    });

    test('no op leaks memory', async () => {
      await use(backend);
      const cases = [...ours, ...theirs];
      // what a kernel keeps it keeps from its first call
      for (const c of cases) await once(c);
      const before = [tf.memory().numTensors, tf.memory().numDataBuffers, tf.engine().backend.numDataIds()];
      for (const c of cases) await evaluate(c);
      expect([tf.memory().numTensors, tf.memory().numDataBuffers, tf.engine().backend.numDataIds()]).toEqual(
        before,
      );
    });

    test('errors name the op, the argument, the expected value and the given one', async () => {
      await use(backend);
      const x = tf.zeros([2, 3, 4]) as tf.Tensor3D;
      expect(() => groupedMatMul(x, tf.zeros([3, 5, 6]))).toThrow(
        'groupedMatMul: w must be (g, i, o) = (3, 4, 6), got (3, 5, 6).',
      );
      expect(() => layerNorm(x, tf.zeros([3]), tf.zeros([4]))).toThrow(
        'layerNorm: gamma must be (c) = (4), got (3).',
      );
      expect(() => layerNorm(tf.zeros([0, 4]), tf.zeros([4]), tf.zeros([4]))).toThrow('not empty');
      expect(() => instanceNorm(x as unknown as tf.Tensor4D)).toThrow('instanceNorm: x must be (b, h, w, c)');
      expect(() => residual(x, tf.zeros([2, 3, 5]))).toThrow('residual: branch must be');
      expect(() => layerNormGate(x, tf.zeros([4]), tf.zeros([4]), tf.zeros([3, 2, 4]))).toThrow(
        'layerNormGate: z must be (..., c) = (2, 3, 4), got (3, 2, 4).',
      );
      const picture = tf.zeros([1, 5, 5, 3]) as tf.Tensor4D;
      const bias = tf.zeros([3]) as tf.Tensor1D;
      expect(() => depthwiseConvSilu(picture, tf.zeros([4, 4, 3, 1]), bias)).toThrow(
        'depthwiseConvSilu: the kernel size k of filter must be odd, got 4.',
      );
      expect(() => depthwiseConvSilu(picture, tf.zeros([3, 3, 3, 2]), bias)).toThrow(
        "depthwiseConvSilu: the channel multiplier, filter's last axis, must be 1, got 2.",
      );
      expect(() => depthwiseConvSilu(picture, tf.zeros([3, 5, 3, 1]), bias)).toThrow(
        'depthwiseConvSilu: filter must be (k, k, c, 1) = (3, 3, 3, 1), got (3, 5, 3, 1).',
      );
      expect(() => instanceNorm(tf.zeros([1, 2, 2, 1], 'int32'))).toThrow(
        'instanceNorm: x must be float32, got int32.',
      );
      expect(() => linear(x, tf.zeros([5, 3]))).toThrow(
        'linear: weight must be (out, in) = (5, 4), got (5, 3).',
      );
      expect(() => linear(x, tf.zeros([5, 4, 3, 3]))).toThrow(
        'linear: weight must be (out, in, 1, 1) = (5, 4, 1, 1), got (5, 4, 3, 3).',
      );
      expect(() => linear(x, tf.zeros([4]))).toThrow(
        'linear: weight must be (out, in) or (out, in, 1, 1), got (4).',
      );
      expect(() => linear(x, tf.zeros([5, 4]), tf.zeros([4]))).toThrow(
        'linear: bias must be (out) = (5), got (4).',
      );
      expect(() => linear(tf.zeros([4]), tf.zeros([5, 4]))).toThrow(
        'linear: x must be (..., in), with two or more axes',
      );
      expect(() => linearParts(x, tf.zeros([5, 4]), 2)).toThrow(
        'linearParts: parts must be an integer of at least 1 that divides the 5 outputs, got 2.',
      );
      expect(() => residual(x, tf.zeros([2, 3, 1]))).toThrow('residual: branch must be');
      expect(() => residual(x, x, { scale: tf.zeros<tf.Rank.R1>([3]) })).toThrow(
        'residual: scale must be (b) = (2), got (3).',
      );
      const scan = {
        xProj: tf.zeros([4, 5, 3]) as tf.Tensor3D,
        dtProj: tf.zeros([4, 3, 1]) as tf.Tensor3D,
        dtBias: tf.zeros([4, 3]) as tf.Tensor2D,
        aLogs: tf.zeros([12, 2]) as tf.Tensor2D,
        D: tf.zeros([12]) as tf.Tensor1D,
      };
      expect(() => projectedScan(picture, { ...scan, xProj: tf.zeros<tf.Rank.R3>([4, 4, 3]) })).toThrow(
        'projectedScan: xProj must be (k, r + 2n, d) = (4, 5, 3), got (4, 4, 3).',
      );
      expect(() => projectedScan(picture, { ...scan, aLogs: tf.zeros<tf.Rank.R2>([3, 2]) })).toThrow(
        'projectedScan: aLogs must be (k·d, n) = (12, 2), got (3, 2).',
      );
      expect(() => projectedScan(picture, scan, { grids: [] })).toThrow('projectedScan: grids must be');
    });
  });
}
