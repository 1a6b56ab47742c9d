import '@pyramid-mamba/ssm-kernels/gradients';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BatchNorm,
  Css,
  ParameterStore,
  seededSource,
  type CssOptions,
  type TrainingContext,
} from '../../../src/index.js';
import { dropPathRates, modulesOf } from '../../../src/methods/pyramid-mamba/decoder/decoder.js';
import { BACKENDS, expectClose, numbers, randomTensor, use } from '../../kit.js';

const OPTIONS: CssOptions = {
  channels: 4,
  blocks: 2,
  dState: 3,
  grids: [1, 2],
  pss: true,
  lec: true,
  dropPath: 0,
};
const QUIET: TrainingContext = {
  noise: () => null,
  dropPathKeep: (batch) => tf.ones([batch]),
  dropout: (shape) => tf.ones(shape),
};

describe('the stages of the decoder', () => {
  test('have modules of three blocks if the depth allows, else of two', () => {
    expect([3, 4, 6, 2, 9, 8].map(modulesOf)).toEqual([
      { modules: 1, blocks: 3 },
      { modules: 2, blocks: 2 },
      { modules: 2, blocks: 3 },
      { modules: 1, blocks: 2 },
      { modules: 3, blocks: 3 },
      { modules: 4, blocks: 2 },
    ]);
    expect(() => modulesOf(5)).toThrow('5');
  });

  test('drop paths at the rates of the authors’ code', () => {
    const rates = dropPathRates([3, 4, 6, 3], 0.2);
    const want = [[0.2], [0.16, 0.146667], [0.106667, 0.093333], [0.026667]];
    expect(rates.map((r) => r.length)).toEqual(want.map((r) => r.length));
    expectClose('rates', rates.flat(), want.flat(), 1e-5);
  });
});

describe.each(BACKENDS)('batch normalisation on %s', (backend) => {
  beforeAll(() => use(backend));
  const x = (): tf.Tensor4D => tf.add(tf.mul(randomTensor('x', [2, 3, 2, 2]), 3), 5) as tf.Tensor4D;

  test('in training uses the batch and updates the running statistics by a tenth, with the unbiased variance', () => {
    const store = new ParameterStore(seededSource({ seed: 0, random: 2 }));
    const norm = new BatchNorm(store.scope('bn.'), 2);
    const y = norm.apply(x(), true);
    const values = Array.from(x().dataSync());
    for (const c of [0, 1]) {
      const own = values.filter((_, i) => i % 2 === c);
      const mean = own.reduce((a, b) => a + b, 0) / own.length;
      const squares = own.reduce((a, b) => a + (b - mean) ** 2, 0);
      const out = Array.from(y.dataSync()).filter((_, i) => i % 2 === c);
      expectClose(
        'y',
        out,
        own.map((v) => (v - mean) / Math.sqrt(squares / own.length + 1e-5)),
        1e-5,
      );
      expect(store.buffers.get('bn.running_mean')!.variable.dataSync()[c]).toBeCloseTo(0.1 * mean, 5);
      expect(store.buffers.get('bn.running_var')!.variable.dataSync()[c]).toBeCloseTo(
        0.9 + (0.1 * squares) / (own.length - 1),
        4,
      );
    }
  });

  test('in evaluation uses the running statistics and does not update them', () => {
    const values: Record<string, number[]> = {
      weight: [2, 3],
      bias: [1, -1],
      running_mean: [4, 6],
      running_var: [0.25, 4],
    };
    const store = new ParameterStore((name) => Float32Array.from(values[name.split('.').pop()!]!));
    const norm = new BatchNorm(store.scope('bn.'), 2);
    const got = norm.apply(x(), false).dataSync();
    const want = Array.from(x().dataSync(), (v, i) => {
      const c = i % 2;
      const { weight, bias, running_mean, running_var } = values as Record<string, [number, number]>;
      return ((v - running_mean![c]!) / Math.sqrt(running_var![c]! + 1e-5)) * weight![c]! + bias![c]!;
    });
    expectClose('y', got, want, 1e-5);
    expect(Array.from(store.buffers.get('bn.running_mean')!.variable.dataSync())).toEqual([4, 6]);
  });
});

/** A CSS module with seeded weights, larger than its initial ones so that every part has an effect. */
function cssModule(change: Partial<CssOptions> = {}) {
  const store = new ParameterStore((name, shape, init) => {
    if (name.endsWith('A_logs') || name.endsWith('Ds'))
      return init({ uniform: () => 0.5, normals: (count) => new Float32Array(count) }, shape);
    // short steps, so that the scan remembers across the map
    if (name.endsWith('dt_projs_bias'))
      return numbers(name, tf.util.sizeFromShape([...shape])).map((x) => x - 4);
    const scale = name.includes('norm') || name.includes('ln_1') ? 1 : 0.5;
    const shift = scale === 1 && name.endsWith('weight') ? 1 : 0;
    return numbers(name, tf.util.sizeFromShape([...shape])).map((x) => shift + (shift ? 0.2 : scale) * x);
  });
  return { store, module: new Css(store.scope(''), { ...OPTIONS, ...change }) };
}

describe.each(BACKENDS)('a CSS module on %s', (backend) => {
  beforeAll(() => use(backend));
  const shape = [2, 2, 4, 4] as const;

  test.each<[string, Partial<CssOptions>]>([
    ['both branches', {}],
    ['only the global branch', { lec: false }],
    ['only the local branches', { pss: false }],
  ])('has gradients equal to finite differences, on a map that is not square: %s', (_, change) => {
    const { store, module } = cssModule(change);
    const x = randomTensor<tf.Tensor4D>('x', shape);
    const dy = randomTensor<tf.Tensor4D>('dy', shape);
    const loss = (): tf.Scalar => tf.sum(tf.mul(module.apply(x), dy));
    const list = [...store.trainable];
    const { grads } = tf.variableGrads(
      loss,
      list.map(([, p]) => p.variable),
    );
    const weights = dy.dataSync();
    const sum = (): number =>
      tf.tidy(() =>
        module
          .apply(x)
          .dataSync<'float32'>()
          .reduce((s, v, i) => s + v * weights[i]!, 0),
      );
    const largest = Math.max(
      ...list.map(([, p]) => Math.max(...grads[p.variable.name]!.dataSync().map(Math.abs))),
    );
    for (const [name, { variable }] of list) {
      const grad = grads[variable.name]!.dataSync();
      const values = variable.dataSync().slice();
      const at = Math.floor(values.length / 2);
      const slope = [1, -1].map((sign) => {
        const moved = values.slice();
        moved[at]! += sign * 5e-3;
        tf.tidy(() => variable.assign(tf.tensor(moved, variable.shape)));
        return sum();
      });
      tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
      const numeric = (slope[0]! - slope[1]!) / 1e-2;
      expect(
        Math.abs(grad[at]! - numeric),
        `${name}[${at}]: ${grad[at]} by gradient, ${numeric} by differences`,
      ).toBeLessThan(0.02 * Math.abs(numeric) + 2e-4 * largest);
    }
  });

  test('without the global branch has no blocks and fuses two inputs, without the local ones fuses one', () => {
    const full = cssModule().store.trainable;
    const local = cssModule({ pss: false }).store.trainable;
    const global = cssModule({ lec: false }).store.trainable;
    const fused = (params: typeof full): number => params.get('finalconv11.weight')!.shape[1]!;
    expect([full, local, global].map(fused)).toEqual([12, 8, 4]);
    const names = (params: typeof full, part: RegExp): number =>
      [...params.keys()].filter((n) => part.test(n)).length;
    expect(names(local, /smm_blocks/)).toBe(0);
    expect(names(global, /^conv/)).toBe(0);
    expect(names(full, /smm_blocks/)).toBe(names(global, /smm_blocks/));
  });

  test('needs at least one of the two', () =>
    expect(() => cssModule({ pss: false, lec: false })).toThrow(/branch/));

  test('propagates a change in one corner of the map to the other through the scan', () => {
    const { module } = cssModule({ lec: false });
    const last = (x: Float32Array): Float32Array =>
      module
        .apply(tf.tensor4d(x, [1, 4, 4, 4]))
        .dataSync<'float32'>()
        .slice(-4);
    const before = numbers('map', 64);
    const after = before.slice();
    after[0]! += 1;
    expect(Math.max(...last(after).map((v, i) => Math.abs(v - last(before)[i]!)))).toBeGreaterThan(1e-5);
  });

  test('differs between grids [1] and [1, 2]: the pyramid is scanned', () => {
    const x = randomTensor<tf.Tensor4D>('x', [1, 4, 4, 4]);
    const [one, two] = [[1], [1, 2]].map((grids) => cssModule({ grids }).module.apply(x).dataSync());
    expect(Math.max(...one!.map((v, i) => Math.abs(v - two![i]!)))).toBeGreaterThan(1e-4);
  });

  test('in training drops whole residuals of the pictures in its mask, and scales the kept ones', () => {
    const { module } = cssModule({ dropPath: 0.5, lec: false });
    const x = randomTensor<tf.Tensor4D>('x', shape);
    const masked = (mask: number[]): Float32Array =>
      module.apply(x, { ...QUIET, dropPathKeep: () => tf.tensor1d(mask) }).dataSync<'float32'>();
    const half = shape[1] * shape[2] * shape[3];
    const [none, first] = [masked([0, 0]), masked([1, 0])];
    expect(first.slice(half)).toEqual(none.slice(half));
    expect(Math.max(...first.slice(0, half).map((v, i) => Math.abs(v - none[i]!)))).toBeGreaterThan(1e-3);
  });
});
