import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { FormatError, Optimizer, type TrainConfig } from '../../src/index.js';
import { BACKENDS, expectClose, hostTensors, numbers, trainConfig, use } from '../kit.js';

const SHAPES: Record<string, number[]> = {
  'conv.weight': [2, 2, 3, 3],
  'norm.weight': [6],
  'lin.bias': [5],
  A_logs: [8, 4],
  dt_projs_bias: [4, 6],
  'odd.bias': [2, 3],
};
const DECAYS = ['conv.weight', 'A_logs', 'dt_projs_bias'];
const gradientOf = (name: string, step: number): Float32Array =>
  numbers(`${name}${step}`, tf.util.sizeFromShape(SHAPES[name]!)).map((x) => 4 * x);

/** torch.optim.Adam and AdamW as documented, in float64. */
function reference(config: TrainConfig, steps: number): Record<string, number[]> {
  const [b1, b2] = config.betas;
  const params = Object.fromEntries(
    Object.keys(SHAPES).map((name) => [
      name,
      Array.from(numbers(name, tf.util.sizeFromShape(SHAPES[name]!))),
    ]),
  );
  const m = Object.fromEntries(Object.entries(params).map(([name, p]) => [name, p.map(() => 0)]));
  const v = structuredClone(m);
  for (let t = 1; t <= steps; t++) {
    const grads = Object.keys(SHAPES).map((name) => [name, gradientOf(name, t)] as const);
    const norm = Math.sqrt(grads.reduce((s, [, g]) => s + g.reduce((a, x) => a + x * x, 0), 0));
    const clip = config.clipNorm === null ? 1 : Math.min(1, config.clipNorm / (norm + 1e-6));
    for (const [name, grad] of grads) {
      const decay = DECAYS.includes(name) ? config.weightDecay : 0;
      grad.forEach((raw, i) => {
        let p = params[name]![i]!;
        let g = raw * clip;
        if (config.optimizer === 'adamw') p *= 1 - config.lr * decay;
        else g += decay * p;
        m[name]![i] = b1 * m[name]![i]! + (1 - b1) * g;
        v[name]![i] = b2 * v[name]![i]! + (1 - b2) * g * g;
        const root = Math.sqrt(v[name]![i]! / (1 - b2 ** t)) + config.eps;
        params[name]![i] = p - (config.lr * (m[name]![i]! / (1 - b1 ** t))) / root;
      });
    }
  }
  return params;
}

const variables = (): Map<string, tf.Variable> =>
  new Map(
    Object.entries(SHAPES).map(([name, shape]) => [
      name,
      tf.variable(tf.tensor(numbers(name, tf.util.sizeFromShape(shape)), shape)),
    ]),
  );
const gradients = (step: number): Map<string, tf.Tensor> =>
  new Map(Object.entries(SHAPES).map(([name, shape]) => [name, tf.tensor(gradientOf(name, step), shape)]));

describe.each(BACKENDS)('the optimiser on %s', (backend) => {
  beforeAll(() => use(backend));

  test.each<[string, Partial<TrainConfig>]>([
    ['AdamW, clipped', { optimizer: 'adamw', weightDecay: 0.1, clipNorm: 5 }],
    ['AdamW, not clipped', { optimizer: 'adamw', weightDecay: 0.1, clipNorm: null }],
    ['Adam with its coupled weight decay', { optimizer: 'adam', weightDecay: 0.1, clipNorm: 5 }],
    ['a norm below the limit', { clipNorm: 1e6, weightDecay: 0.1 }],
  ])('follows the formulas of PyTorch over four steps: %s', async (_, change) => {
    const config = { ...trainConfig(), lr: 0.01, ...change };
    const params = variables();
    const optimizer = new Optimizer(params, config);
    for (let step = 1; step <= 4; step++) await optimizer.step(gradients(step), config.lr);
    for (const [name, want] of Object.entries(reference(config, 4)))
      expectClose(name, params.get(name)!.dataSync(), want, 2e-6);
  });

  test('returns the norm of all gradients together, before clipping', async () => {
    const optimizer = new Optimizer(variables(), trainConfig());
    const all = Object.keys(SHAPES).flatMap((name) => Array.from(gradientOf(name, 1)));
    expect((await optimizer.step(gradients(1), 1e-3)).gradNorm).toBeCloseTo(Math.hypot(...all), 3);
  });

  test('continues from its saved state as if it had not stopped', async () => {
    const whole = variables();
    const a = new Optimizer(whole, trainConfig());
    for (let step = 1; step <= 4; step++) await a.step(gradients(step), 0.01);

    const stopped = variables();
    const b = new Optimizer(stopped, trainConfig());
    for (let step = 1; step <= 2; step++) await b.step(gradients(step), 0.01);
    const c = new Optimizer(stopped, trainConfig());
    c.loadState(hostTensors(await b.state()), 'checkpoint');
    for (let step = 3; step <= 4; step++) await c.step(gradients(step), 0.01);
    for (const [name, variable] of whole) expect(stopped.get(name)!.dataSync()).toEqual(variable.dataSync());
    expect([...(await c.state())]).toEqual([...(await a.state())]);
  });

  test('rejects a state with a missing tensor or another shape, and names it', async () => {
    const optimizer = new Optimizer(variables(), trainConfig());
    const state = hostTensors(await optimizer.state());
    const without = new Map(state);
    without.delete('exp_avg_sq.A_logs');
    expect(() => optimizer.loadState(without, 'checkpoint')).toThrow(FormatError);
    expect(() => optimizer.loadState(without, 'checkpoint')).toThrow(/checkpoint.*exp_avg_sq\.A_logs/);
    state.get('exp_avg.norm.weight')!.shape = [2, 3];
    expect(() => optimizer.loadState(state, 'checkpoint')).toThrow(/exp_avg\.norm\.weight/);
  });

  test('keeps only its moments, and frees them', async () => {
    const params = variables();
    const grads = [gradients(1), gradients(2)];
    const before = tf.memory().numTensors;
    const optimizer = new Optimizer(params, trainConfig());
    for (const grad of grads) await optimizer.step(grad, 0.01);
    expect(tf.memory().numTensors).toBe(before + 2);
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
