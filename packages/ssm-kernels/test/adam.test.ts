import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerCpuKernels } from '../src/cpu/index.js';
import { adamStep, type AdamStepOptions } from '../src/index.js';
import { registerWasmKernels } from '../src/wasm/index.js';
import { expectClose } from './expectClose.js';
import { uniform } from './random.js';

const base = {
  lr: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.1,
  decoupled: true,
  step: 1,
};
const cases: AdamStepOptions[] = [
  base,
  { ...base, decoupled: false, step: 7 },
  { ...base, step: 1000, gradScale: 0.25 },
];

describe.each(['cpu', 'wasm'])('adamStep on %s', (backend) => {
  beforeAll(async () => {
    registerCpuKernels();
    await registerWasmKernels();
    expect(await tf.setBackend(backend)).toBe(true);
    await tf.ready();
  });

  test.each(cases)("follows torch's formula written in tfjs ops: %j", async (o) => {
    const shape = [3, 7];
    const [p, m, v, g] = [1, 2, 3, 4].map((seed) =>
      tf.tensor(uniform(seed, 21, seed === 3 ? 0.01 : -1), shape),
    ) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    tf.tensor1d(new Float32Array(64).fill(NaN)).dispose();
    const got = adamStep(p, m, v, g, o);
    const scaled = tf.mul(g, o.gradScale ?? 1);
    const grad = o.decoupled ? scaled : tf.add(scaled, tf.mul(p, o.weightDecay));
    const m1 = tf.add(tf.mul(m, o.beta1), tf.mul(grad, 1 - o.beta1));
    const v1 = tf.add(tf.mul(v, o.beta2), tf.mul(tf.square(grad), 1 - o.beta2));
    const denominator = tf.add(tf.div(tf.sqrt(v1), Math.sqrt(1 - o.beta2 ** o.step)), o.epsilon);
    const shrunk = o.decoupled ? tf.mul(p, 1 - o.lr * o.weightDecay) : p;
    const want = tf.sub(shrunk, tf.mul(tf.div(m1, denominator), o.lr / (1 - o.beta1 ** o.step)));
    expectClose('param', await got.param.data(), await want.data(), 1e-6);
    expectClose('m', await got.m.data(), await m1.data(), 1e-6);
    expectClose('v', await got.v.data(), await v1.data(), 1e-6);
  });

  test('a gradient of another shape is refused', () => {
    const x = tf.zeros([2, 2]);
    expect(() => adamStep(x, x, x, tf.zeros([4]), base)).toThrow(
      'adamStep: grad must be (axis 0, axis 1) = (2, 2), got (4).',
    );
  });
});
