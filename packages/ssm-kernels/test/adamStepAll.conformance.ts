// One suite for every backend: a backend's test file registers its kernels and calls adamStepAllConformance(name).
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { adamStepAll, type AdamStepAllInputs, type AdamStepAllOptions } from '../src/index.js';
import { expectClose } from './expectClose.js';
import { poison, read } from './gradientCase.js';
import { uniform } from './random.js';

const TOLERANCE = 1e-5;

const SHAPES = [[1], [3, 7], [], [33], [2, 3, 1, 5], [129, 5]];
const SIZES = SHAPES.map((shape) => tf.util.sizeFromShape(shape));
const TOTAL = SIZES.reduce((sum, size) => sum + size, 0);
const DECAYS = [true, false, true, false, true, true];

const base: AdamStepAllOptions = {
  lr: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.1,
  decoupled: true,
  step: 1,
  clipNorm: null,
};

const optionCases = [true, false].flatMap((decoupled) =>
  [1, 1000].flatMap((step) =>
    // disabled, active, and far above the norm
    [null, 0.5, 1e6].map((clipNorm) => ({ ...base, decoupled, step, clipNorm })),
  ),
);

/** Seeded inputs; `spoil` may change the gradients. */
function makeInputs(spoil: (grads: Float32Array[]) => void = () => {}): AdamStepAllInputs {
  const grads = SIZES.map((size, i) => uniform(100 + i, size));
  spoil(grads);
  return {
    params: SHAPES.map((shape, i) => tf.tensor(uniform(200 + i, SIZES[i]!), shape)),
    grads: SHAPES.map((shape, i) => tf.tensor(grads[i]!, shape)),
    m: tf.tensor1d(uniform(3, TOTAL)),
    v: tf.tensor1d(uniform(4, TOTAL, 0.01, 1)),
    decays: DECAYS,
  };
}

/** New params in order, then m, v and the norm. */
function flat(result: ReturnType<typeof adamStepAll>): tf.Tensor[] {
  return [...result.params, result.m, result.v, result.gradNorm];
}

/** The step of torch.nn.utils.clip_grad_norm_ and torch.optim.Adam or AdamW, in plain tfjs ops. */
function plainStep({ params, grads, m, v }: AdamStepAllInputs, o: AdamStepAllOptions): tf.Tensor[] {
  const norm = tf.sqrt(tf.addN(grads.map((g) => tf.sum(tf.square(g)))));
  const clip = o.clipNorm === null ? tf.scalar(1) : tf.minimum(1, tf.div(o.clipNorm, tf.add(norm, 1e-6)));
  const [ms, vs] = [m, v].map((flatMoments) => tf.split(flatMoments, SIZES));
  const stepped = params.map((p, i) => {
    const decay = DECAYS[i] ? o.weightDecay : 0;
    const clipped = tf.mul(grads[i]!, clip);
    const g = o.decoupled ? clipped : tf.add(clipped, tf.mul(p, decay));
    const m1 = tf.add(tf.mul(tf.reshape(ms![i]!, p.shape), o.beta1), tf.mul(g, 1 - o.beta1));
    const v1 = tf.add(tf.mul(tf.reshape(vs![i]!, p.shape), o.beta2), tf.mul(tf.square(g), 1 - o.beta2));
    const denominator = tf.add(tf.div(tf.sqrt(v1), Math.sqrt(1 - o.beta2 ** o.step)), o.epsilon);
    const shrunk = o.decoupled ? tf.mul(p, 1 - o.lr * decay) : p;
    return [tf.sub(shrunk, tf.mul(tf.div(m1, denominator), o.lr / (1 - o.beta1 ** o.step))), m1, v1] as const;
  });
  const joined = (moment: 1 | 2): tf.Tensor => tf.concat(stepped.map((s) => tf.reshape(s[moment], [-1])));
  return [...stepped.map(([p]) => p), joined(1), joined(2), norm];
}

const NAMES = [...SHAPES.map((_, i) => `param ${i}`), 'm', 'v', 'gradNorm'];

export function adamStepAllConformance(backend: string): void {
  describe(`adamStepAll on ${backend}`, () => {
    beforeAll(async () => {
      expect(await tf.setBackend(backend)).toBe(true);
      await tf.ready();
    });

    test.each(optionCases)(
      "follows torch's formula: decoupled $decoupled, step $step, clipNorm $clipNorm",
      async (o) => {
        const want = await read(() => plainStep(makeInputs(), o));
        const got = await read(() => {
          const inputs = makeInputs();
          poison();
          const result = adamStepAll(inputs, o);
          expect(flat(result).map(({ shape }) => shape)).toEqual([...SHAPES, [TOTAL], [TOTAL], []]);
          return flat(result);
        });
        NAMES.forEach((name, i) => expectClose(name, got[i]!, want[i]!, TOLERANCE));
      },
    );

    test('gradients 3 and 4 have the norm 5, and the first step of Adam goes against each by lr', async () => {
      const [p, q, m, v, norm] = await read(() =>
        flat(
          adamStepAll(
            {
              params: [tf.scalar(1), tf.tensor2d([[2]])],
              grads: [tf.scalar(3), tf.tensor2d([[-4]])],
              m: tf.zeros([2]),
              v: tf.zeros([2]),
              decays: [true, true],
            },
            { ...base, lr: 0.1, weightDecay: 0, clipNorm: 1 },
          ),
        ),
      );
      expectClose('params', [p![0]!, q![0]!], [0.9, 2.1], 1e-6);
      expectClose('m', m!, [0.06, -0.08], 1e-6);
      expectClose('v', v!, [0.00036, 0.00064], 1e-5);
      expectClose('gradNorm', norm!, [5], 1e-6);
    });

    test('the norm includes a hundred thousand small gradients beside a large one', async () => {
      const count = 100_000;
      const norms = await read(() => {
        const grads = [tf.tensor1d([4096]), tf.ones([count])];
        const zeros = tf.zeros<tf.Rank.R1>([count + 1]);
        const params = grads.map((grad) => tf.zerosLike(grad));
        return [adamStepAll({ params, grads, m: zeros, v: zeros, decays: [true, true] }, base).gradNorm];
      });
      expectClose('gradNorm', norms[0]!, [Math.sqrt(4096 ** 2 + count)], TOLERANCE);
    });

    test.each([
      ['a NaN in one gradient', [NaN], NaN],
      ['an infinity in one gradient', [-Infinity], Infinity],
      ['a norm that overflows float32', [3e38, 3e38], Infinity],
    ])('%s changes nothing but the returned norm', async (_, numbers, wanted) => {
      const inputs = makeInputs((grads) => grads[3]!.set(numbers, 11));
      const old = await read(() => [...inputs.params, inputs.m, inputs.v].map((x) => tf.clone(x)));
      const got = await read(() => {
        poison();
        return flat(adamStepAll(inputs, { ...base, clipNorm: 1 }));
      });
      expect([...got.pop()!]).toEqual([wanted]);
      expect(got).toEqual(old);
      tf.dispose([...inputs.params, ...inputs.grads, inputs.m, inputs.v]);
    });

    test('variables get the new values, and keep the old ones if the step is skipped', async () => {
      for (const spoiled of [false, true]) {
        const { params, ...rest } = makeInputs((grads) => (grads[1]![2] = spoiled ? NaN : 1));
        const variables = params.map((param) => tf.variable(param));
        const want = await read(() => adamStepAll({ params, ...rest }, base).params);
        const before = tf.memory().numTensors;
        tf.tidy(() => {
          const next = adamStepAll({ params: variables, ...rest }, base);
          variables.forEach((variable, i) => variable.assign(next.params[i]!));
        });
        expect(tf.memory().numTensors).toBe(before);
        for (const [i, variable] of variables.entries()) expect(await variable.data()).toEqual(want[i]);
        tf.dispose([...params, ...variables, ...rest.grads, rest.m, rest.v]);
      }
    });

    test('the step neither leaks nor disposes tensors', async () => {
      const inputs = [makeInputs(), makeInputs((grads) => (grads[0]![0] = NaN))];
      const counts = (): number[] => [
        tf.memory().numTensors,
        tf.memory().numDataBuffers,
        tf.engine().backend.numDataIds(),
      ];
      const before = counts();
      for (const given of inputs) await read(() => flat(adamStepAll(given, base)));
      expect(counts()).toEqual(before);
      for (const { params, grads, m, v } of inputs) {
        for (const x of [...params, ...grads, m, v]) await x.data();
        tf.dispose([...params, ...grads, m, v]);
      }
    });

    test('errors name the argument, the expected value and the given one', () => {
      const given = {
        params: [tf.zeros([2, 2]), tf.zeros([3])],
        grads: [tf.zeros([2, 2]), tf.zeros([3])],
        m: tf.zeros<tf.Rank.R1>([7]),
        v: tf.zeros<tf.Rank.R1>([7]),
        decays: [true, false],
      };
      const refused = (change: Partial<AdamStepAllInputs>, options = base): (() => unknown) => {
        return () => adamStepAll({ ...given, ...change }, options);
      };
      expect(refused({ grads: [tf.zeros([4]), tf.zeros([3])] })).toThrow(
        'adamStepAll: grads[0] must be (axis 0, axis 1) = (2, 2), got (4).',
      );
      expect(refused({ grads: [tf.zeros([2, 2])] })).toThrow(
        'adamStepAll: grads must have one entry per parameter, 2, got 1.',
      );
      expect(refused({ decays: [true] })).toThrow('decays must have one entry per parameter, 2, got 1.');
      expect(refused({ v: tf.zeros([8]) })).toThrow('adamStepAll: v must be (total size) = (7), got (8).');
      expect(refused({ params: [tf.zeros([2, 2]), tf.zeros([3], 'int32')] })).toThrow(
        'adamStepAll: params[1] must be float32, got int32.',
      );
      expect(refused({ params: [], grads: [], decays: [] })).toThrow('at least one tensor, got none.');
      expect(refused({}, { ...base, step: 0 })).toThrow('step must be an integer of at least 1, got 0.');
    });
  });
}
