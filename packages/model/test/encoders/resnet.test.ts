import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  BasicBlock,
  BatchNorm,
  createEncoder,
  encoderFingerprint,
  encoderWeightsFrom,
  FormatError,
  inferEncoderArch,
  ParameterStore,
  seededEncoderWeights,
  seededSource,
  type EncoderWeights,
  type HostTensor,
} from '../../src/index.js';
import { BACKENDS, expectClose, hostTensor, hostTensors, numbers, randomTensor, use } from '../kit.js';

const WIDTH = 4;
const CONFIG = { arch: 'resnet18', width: WIDTH } as const;

/** A network with torchvision's names, random weights and running statistics, not folded. */
function checkpoint(): Map<string, HostTensor> {
  const store = new ParameterStore((name, shape, init) => {
    const count = tf.util.sizeFromShape([...shape]);
    if (name.endsWith('running_var') || (shape.length === 1 && name.endsWith('weight')))
      return numbers(name, count).map((x) => 1 + 0.4 * x);
    return shape.length === 1
      ? numbers(name, count)
      : seededSource({ seed: 3, random: 2 })(name, shape, init);
  });
  store
    .scope('')
    .conv('conv1.weight', [WIDTH, 3, 7, 7], (_, shape) => numbers('stem', tf.util.sizeFromShape([...shape])));
  // the layers create their parameters in the store
  const layers: unknown[] = [new BatchNorm(store.scope('bn1.'), WIDTH)];
  let inputs = WIDTH;
  for (const [layer, outputs] of [WIDTH, 2 * WIDTH, 4 * WIDTH].entries())
    for (const i of [0, 1]) {
      layers.push(
        new BasicBlock(store.scope(`layer${layer + 1}.${i}.`), inputs, outputs, layer > 0 && i === 0 ? 2 : 1),
      );
      inputs = outputs;
    }
  const tensors = new Map<string, HostTensor>();
  for (const [name, { variable, shape, layout }] of [...store.trainable, ...store.buffers]) {
    const ordered = layout === 'conv' ? tf.transpose(variable, [3, 2, 0, 1]) : variable;
    tensors.set(name, hostTensor(shape, ordered.dataSync<'float32'>().slice()));
  }
  tensors.set('fc.weight', hostTensor([1000, 512], new Float32Array(512_000)));
  return tensors;
}

/** One value of a convolution with PyTorch's padding, summed in float64. */
function convAt(
  x: tf.Tensor4D,
  w: HostTensor,
  bias: number,
  o: number,
  y: number,
  xx: number,
  stride: number,
): number {
  const [out, inputs, k] = w.shape as [number, number, number];
  expect(o).toBeLessThan(out);
  const p = Math.floor(k / 2);
  const [, h, wd] = x.shape;
  const data = x.dataSync();
  let sum = bias;
  for (let i = 0; i < inputs; i++)
    for (let a = 0; a < k; a++)
      for (let b = 0; b < k; b++) {
        const [sy, sx] = [y * stride + a - p, xx * stride + b - p];
        if (sy >= 0 && sy < h && sx >= 0 && sx < wd)
          sum += data[(sy * wd + sx) * inputs + i]! * (w.data[((o * inputs + i) * k + a) * k + b] as number);
      }
  return sum;
}

describe.each(BACKENDS)('the encoder on %s', (backend) => {
  beforeAll(() => use(backend));

  test('with folded batch norm equals the network with batch norm', () => {
    const tensors = checkpoint();
    const store = new ParameterStore((name) => tensors.get(name)!.data as Float32Array);
    const x = randomTensor<tf.Tensor4D>('images', [2, 64, 32, 3]);
    const want = tf.tidy(() => {
      const stem = store.scope('').conv('conv1.weight', [WIDTH, 3, 7, 7], () => new Float32Array());
      const pad: [[number, number], [number, number], [number, number], [number, number]] = [
        [0, 0],
        [3, 3],
        [3, 3],
        [0, 0],
      ];
      const one: typeof pad = [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ];
      const bn = new BatchNorm(store.scope('bn1.'), WIDTH);
      let y = tf.maxPool(
        tf.relu(bn.apply(tf.conv2d(x, stem as tf.Tensor as tf.Tensor4D, 2, pad), false)),
        3,
        2,
        one,
      );
      let inputs = WIDTH;
      return [WIDTH, 2 * WIDTH, 4 * WIDTH].map((outputs, layer) => {
        for (const i of [0, 1]) {
          const block = new BasicBlock(
            store.scope(`layer${layer + 1}.${i}.`),
            inputs,
            outputs,
            layer > 0 && i === 0 ? 2 : 1,
          );
          y = block.apply(y, false);
          inputs = outputs;
        }
        return y;
      });
    });
    const got = createEncoder(CONFIG, encoderWeightsFrom(tensors, CONFIG, 'file')).encode(x);
    expect(got.map((f) => f.shape)).toEqual([
      [2, 16, 8, 4],
      [2, 8, 4, 8],
      [2, 4, 2, 16],
    ]);
    got.forEach((f, i) => expectClose(`f${i}`, f.dataSync(), want[i]!.dataSync(), 1e-5));
  });

  test('pads like PyTorch: single values of the stem equal hand-computed sums', () => {
    const weights = encoderWeightsFrom(checkpoint(), CONFIG, 'file');
    const stem = hostTensors(weights).get('conv1.weight')!;
    const bias = weights.get('conv1.bias')!.data;
    const x = randomTensor<tf.Tensor4D>('one', [1, 32, 32, 3]);
    const pooled = (o: number, y: number, xx: number): number => {
      let best = -Infinity;
      for (let a = -1; a <= 1; a++)
        for (let b = -1; b <= 1; b++) {
          const [sy, sx] = [2 * y + a, 2 * xx + b];
          if (sy >= 0 && sx >= 0 && sy < 16 && sx < 16)
            best = Math.max(best, convAt(x, stem, bias[o]!, o, sy, sx, 2), 0);
        }
      return best;
    };
    // blocks that add nothing pass the stem through: their second convolution has weight and bias 0
    const silent = new Map(weights);
    for (const [name, { shape, data }] of weights)
      if (name.startsWith('layer1') && name.includes('conv2'))
        silent.set(name, { shape, data: data.map(() => 0) });
    const f0 = createEncoder(CONFIG, silent).encode(x)[0]!.arraySync()[0]!;
    for (const [y, xx] of [
      [0, 0],
      [7, 7],
      [3, 0],
    ] as const)
      for (let o = 0; o < WIDTH; o++) expect(f0[y]![xx]![o]).toBeCloseTo(pooled(o, y, xx), 3);
  });

  test('is frozen: encode leaks no tensor, dispose frees everything', () => {
    const weights = encoderWeightsFrom(checkpoint(), CONFIG, 'file');
    const x = randomTensor<tf.Tensor4D>('images', [1, 32, 32, 3]);
    const before = tf.memory().numTensors;
    const encoder = createEncoder(CONFIG, weights);
    tf.dispose(encoder.encode(x));
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('encoder weights from a file', () => {
  beforeAll(() => use('cpu'));

  test('already folded are used unchanged', () => {
    const folded = encoderWeightsFrom(checkpoint(), CONFIG, 'file');
    expect([...encoderWeightsFrom(hostTensors(folded), CONFIG, 'again')]).toEqual([...folded]);
  });

  test('determine the architecture and the width', () => {
    expect(inferEncoderArch(checkpoint())).toEqual(CONFIG);
    const deep = checkpoint().set(
      'layer3.5.conv1.weight',
      hostTensor([16, 16, 3, 3], new Float32Array(2304)),
    );
    expect(inferEncoderArch(deep).arch).toBe('resnet34');
  });

  test.each<[string, (tensors: Map<string, HostTensor>) => unknown, RegExp]>([
    ['a missing weight', (t) => t.delete('layer2.1.conv2.weight'), /file.*layer2\.1\.conv2\.weight/],
    ['a missing running mean', (t) => t.delete('bn1.running_mean'), /bn1\.running_mean/],
    [
      'another shape',
      (t) => (t.get('layer1.0.conv1.weight')!.shape = [4, 4, 9, 1]),
      /layer1\.0\.conv1\.weight.*\(4, 4, 3, 3\).*\(4, 4, 9, 1\)/,
    ],
    [
      'a NaN',
      (t) => (t.get('layer3.0.downsample.0.weight')!.data[0] = NaN),
      /downsample\.0\.weight.*not finite/,
    ],
  ])('with %s are rejected by name', (_, spoil, message) => {
    const tensors = checkpoint();
    spoil(tensors);
    expect(() => encoderWeightsFrom(tensors, CONFIG, 'file')).toThrow(FormatError);
    expect(() => encoderWeightsFrom(tensors, CONFIG, 'file')).toThrow(message);
  });

  test('of another network are rejected', () => {
    expect(() => inferEncoderArch(new Map())).toThrow(FormatError);
    const big = checkpoint().set('layer1.0.conv3.weight', hostTensor([1], new Float32Array(1)));
    expect(() => inferEncoderArch(big)).toThrow(/bottleneck/i);
  });
});

describe('the fingerprint', () => {
  const weights = (): Map<string, { shape: number[]; data: Float32Array }> =>
    new Map([
      ['a', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ['b', { shape: [1], data: Float32Array.of(0) }],
    ]);

  test('is 16 hexadecimal digits and does not depend on the order of the names', () => {
    const print = encoderFingerprint(weights());
    expect(print).toMatch(/^[0-9a-f]{16}$/);
    expect(encoderFingerprint(new Map([...weights()].reverse()))).toBe(print);
  });

  test.each<[string, (w: ReturnType<typeof weights>) => void]>([
    ['the last bit of a number', (w) => (new Uint32Array(w.get('a')!.data.buffer)[0]! ^= 1)],
    ['the sign of a zero', (w) => (w.get('b')!.data[0] = -0)],
    ['a shape', (w) => (w.get('a')!.shape = [3, 2])],
    ['the order of two numbers', (w) => w.get('a')!.data.set([2, 1])],
    ['a name', (w) => w.delete('b') && w.set('c', { shape: [1], data: Float32Array.of(0) })],
  ])('changes with %s', (_, change) => {
    const changed = weights();
    change(changed);
    expect(encoderFingerprint(changed)).not.toBe(encoderFingerprint(weights()));
  });
});

describe.each(BACKENDS)('the seeded encoder on %s', (backend) => {
  beforeAll(() => use(backend));

  test.each(['resnet18', 'resnet34'] as const)(
    'of %s has the names and shapes of a folded checkpoint',
    async (arch) => {
      const config = { arch, width: 8 };
      const weights = await seededEncoderWeights(config, { seed: 1, random: 2 });
      expect([...encoderWeightsFrom(hostTensors(weights), config, 'seeded').keys()].sort()).toEqual(
        [...weights.keys()].sort(),
      );
      expect(inferEncoderArch(hostTensors(weights))).toEqual(config);
    },
  );

  test('depends only on the seed, and leaks no tensor', async () => {
    const config = { arch: 'resnet18', width: 8 } as const;
    const before = tf.memory().numTensors;
    const print = async (seed: number): Promise<string> =>
      encoderFingerprint(await seededEncoderWeights(config, { seed, random: 2 }));
    expect(await print(1)).toBe(await print(1));
    expect(await print(1)).not.toBe(await print(2));
    expect(tf.memory().numTensors).toBe(before);
  });

  test('has active, bounded channels at every level for pictures it was not calibrated on', async () => {
    const config = { arch: 'resnet18', width: 16 } as const;
    const encoder = createEncoder(config, await seededEncoderWeights(config, { seed: 1, random: 2 }));
    const noise = randomTensor<tf.Tensor4D>('noise', [2, 64, 64, 3]);
    for (const [level, f] of encoder.encode(tf.image.resizeBilinear(noise, [128, 128])).entries()) {
      const { mean, variance } = tf.moments(f, [0, 1, 2]);
      const means = Array.from(mean.dataSync());
      const variances = Array.from(variance.dataSync());
      expect(Math.min(...variances), `level ${level}: smallest variance of a channel`).toBeGreaterThan(1e-3);
      expect(Math.max(...variances), `level ${level}: largest variance of a channel`).toBeLessThan(100);
      expect(Math.max(...means), `level ${level}: largest mean`).toBeLessThan(30);
    }
  });
});

test('the seeded encoder agrees between the backends up to rounding', async () => {
  const config = { arch: 'resnet18', width: 8 } as const;
  const made: EncoderWeights[] = [];
  for (const backend of BACKENDS) {
    await use(backend);
    made.push(await seededEncoderWeights(config, { seed: 1, random: 2 }));
  }
  for (const [name, { data }] of made[0]!) expectClose(name, made[1]!.get(name)!.data, data, 1e-3);
});
