// The backend cuda: tfjs's own ops compared with tfjs-backend-cpu, and the lifetime of its tensors' memory.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { CudaBackend } from '../src/backend/backend.js';
import { packed, readStructs } from '../src/backend/structs.js';
import { startCuda } from '../src/index.js';
import { BACKEND } from '../src/kernels.js';
import { onCudaBackend } from './cudaBackend.js';
import { expectClose } from '../../ssm-kernels/test/expectClose.js';
import { uniform } from '../../ssm-kernels/test/random.js';

type Made = { shape: number[]; dtype: string; values: ArrayLike<number> };

/** The results of `op` on a backend, one or several tensors. */
async function made(backend: string, op: () => tf.Tensor | tf.Tensor[]): Promise<Made[]> {
  expect(await tf.setBackend(backend)).toBe(true);
  const tensors = tf.tidy(() => [op()].flat());
  const results = await Promise.all(
    tensors.map(async (tensor) => ({
      shape: tensor.shape,
      dtype: tensor.dtype,
      values: await tensor.data(),
    })),
  );
  tf.dispose(tensors);
  return results;
}

async function expectAsOnCpu(op: () => tf.Tensor | tf.Tensor[], tolerance = 1e-5): Promise<void> {
  const [want, got] = [await made('cpu', op), await made('cuda', op)];
  expect(got.map(({ shape, dtype }) => [shape, dtype])).toEqual(
    want.map(({ shape, dtype }) => [shape, dtype]),
  );
  got.forEach(({ values }, i) => expectClose(`output ${i}`, values, want[i]!.values, tolerance));
}

const numbers = (seed: number, shape: number[], low = -2, high = 2): tf.Tensor =>
  tf.tensor(uniform(seed, tf.util.sizeFromShape(shape), low, high), shape);
const wholes = (seed: number, shape: number[]): tf.Tensor =>
  tf.cast(tf.mul(numbers(seed, shape), 5), 'int32');
const answers = (seed: number, shape: number[]): tf.Tensor => tf.greater(numbers(seed, shape), 0);

const UNARY: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  relu: tf.relu, relu6: (x) => tf.relu6(tf.mul(x, 5)), elu: tf.elu, sigmoid: tf.sigmoid, tanh: tf.tanh, exp: tf.exp, expm1: tf.expm1,
  softplus: tf.softplus, abs: tf.abs, neg: tf.neg, square: tf.square, sign: tf.sign, step: (x) => tf.step(x, 0.5), floor: tf.floor,
  ceil: tf.ceil, round: (x) => tf.round(tf.concat([x, tf.tensor1d([0.5, 1.5, -2.5])])), erf: tf.erf, leakyRelu: (x) => tf.leakyRelu(x, 0.1),
  clipByValue: (x) => tf.clipByValue(x, -1, 0.5), log: (x) => tf.log(tf.abs(x)), log1p: (x) => tf.log1p(tf.abs(x)),
  sqrt: (x) => tf.sqrt(tf.abs(x)), rsqrt: (x) => tf.rsqrt(tf.abs(x)), reciprocal: tf.reciprocal, zerosLike: tf.zerosLike,
  onesLike: tf.onesLike, isNaN: (x) => tf.isNaN(tf.div(x, tf.relu(x))), isFinite: (x) => tf.isFinite(tf.div(1, tf.relu(x))),
  isInf: (x) => tf.isInf(tf.div(1, tf.relu(x))),
}; // prettier-ignore

const BINARY: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
  add: tf.add, sub: tf.sub, mul: tf.mul, maximum: tf.maximum, minimum: tf.minimum, squaredDifference: tf.squaredDifference, mod: tf.mod,
  div: tf.div, floorDiv: tf.floorDiv, pow: (a, b) => tf.pow(tf.abs(a), b), atan2: tf.atan2, equal: tf.equal, notEqual: tf.notEqual,
  greater: tf.greater, greaterEqual: tf.greaterEqual, less: tf.less, lessEqual: tf.lessEqual,
}; // prettier-ignore

await onCudaBackend((gpu) => {
  const backend = (): CudaBackend => tf.engine().findBackend('cuda') as CudaBackend;

  describe('equal to tfjs-backend-cpu:', () => {
    test('unary functions', async () => {
      for (const f of Object.values(UNARY)) await expectAsOnCpu(() => f(numbers(1, [67])));
      for (const f of [tf.abs, tf.neg, tf.square, tf.sign, tf.relu])
        await expectAsOnCpu(() => f(wholes(1, [67])));
      await expectAsOnCpu(() => tf.logicalNot(answers(1, [67])));
    });

    test('binary functions, with all kinds of broadcasting and types', async () => {
      for (const f of Object.values(BINARY)) {
        await expectAsOnCpu(() => f(numbers(1, [2, 3, 5]), numbers(2, [2, 3, 5])));
        await expectAsOnCpu(() => f(wholes(1, [7]), tf.add(tf.abs(wholes(2, [7])), tf.scalar(1, 'int32'))));
      }
      for (const [a, b] of [
        [
          [2, 1, 5],
          [3, 1],
        ],
        [[], [4, 3]],
        [
          [4, 1],
          [1, 3],
        ],
        [[1, 1], [1]],
        [
          [2, 1, 3, 1, 2],
          [1, 4, 1, 5, 1],
        ],
        [[0, 3], [3]],
      ] as const)
        await expectAsOnCpu(() => tf.sub(numbers(1, [...a]), numbers(2, [...b])));
      await expectAsOnCpu(() => tf.mul(wholes(1, [5]), numbers(2, [5])));
      await expectAsOnCpu(() => tf.logicalAnd(answers(1, [9]), answers(2, [9])));
      await expectAsOnCpu(() => tf.logicalOr(answers(1, [9]), answers(2, [9])));
      await expectAsOnCpu(() => tf.addN([numbers(1, [5]), numbers(2, [5]), numbers(3, [5])]));
      await expectAsOnCpu(() => tf.where(answers(1, [4, 3]), numbers(2, [4, 3]), numbers(3, [4, 3])));
      await expectAsOnCpu(() => tf.prelu(numbers(1, [4, 3]), numbers(2, [3])));
    });

    test('casts between the types', async () => {
      for (const type of ['float32', 'int32', 'bool'] as const) {
        await expectAsOnCpu(() => tf.cast(tf.mul(numbers(1, [33]), 5), type));
        await expectAsOnCpu(() => tf.cast(wholes(1, [33]), type));
        await expectAsOnCpu(() => tf.cast(answers(1, [33]), type));
      }
    });

    test('reductions over any axes', async () => {
      const shapes: [number[], (number | number[] | undefined)[]][] = [
        [[5], [0, undefined]],
        [
          [2, 3, 5],
          [0, 1, 2, [0, 2], [1, 2], [0, 1], undefined],
        ],
        [
          [300, 3],
          [0, 1],
        ],
        [
          [3, 1, 300],
          [1, 2, [0, 1]],
        ],
        [[1, 9000], [1]],
        [[0, 3], [0]],
        [[], [undefined]],
      ];
      for (const [shape, axes] of shapes)
        for (const axis of axes)
          for (const keep of [false, true]) {
            await expectAsOnCpu(() => tf.sum(numbers(1, shape), axis, keep));
            if (tf.util.sizeFromShape(shape) === 0) continue;
            await expectAsOnCpu(() => tf.mean(numbers(1, shape), axis, keep));
            await expectAsOnCpu(() => tf.max(numbers(1, shape), axis, keep));
          }
      await expectAsOnCpu(() => tf.min(numbers(1, [4, 3]), 1));
      await expectAsOnCpu(() => tf.prod(numbers(1, [4, 3]), 1));
      await expectAsOnCpu(() => tf.sum(wholes(1, [4, 3]), 0));
      await expectAsOnCpu(() => tf.sum(answers(1, [4, 3]), 1));
      await expectAsOnCpu(() => tf.max(wholes(1, [4, 3]), 0));
      await expectAsOnCpu(() => tf.all(answers(1, [4, 3]), 1));
      await expectAsOnCpu(() => tf.any(answers(1, [4, 3]), 1));
    });

    test('transposes, slices and other rearrangements', async () => {
      const x = (): tf.Tensor => numbers(1, [2, 3, 4, 5]);
      for (const perm of [
        [3, 2, 1, 0],
        [0, 3, 1, 2],
        [0, 1, 3, 2],
        [0, 1, 2, 3],
      ])
        await expectAsOnCpu(() => tf.transpose(x(), perm));
      await expectAsOnCpu(() => tf.slice(x(), [1, 0, 2, 1], [1, 3, 2, -1]));
      await expectAsOnCpu(() => tf.stridedSlice(x(), [0, 2, 1, 4], [2, 0, 4, 0], [1, -1, 2, -2]));
      await expectAsOnCpu(() => tf.reverse(x(), [1, 3]));
      await expectAsOnCpu(() => tf.pad(x(), [[0, 1], [2, 0], [0, 0], [1, 1]], 7)); // prettier-ignore
      await expectAsOnCpu(() => tf.tile(x(), [2, 1, 3, 1]));
      await expectAsOnCpu(() => tf.broadcastTo(numbers(1, [3, 1]), [2, 3, 4]));
      for (const axis of [0, 1, 3]) {
        await expectAsOnCpu(() => tf.concat([x(), tf.neg(x()), x()], axis));
        await expectAsOnCpu(() => tf.stack([x(), tf.neg(x())], axis));
        await expectAsOnCpu(() => tf.unstack(x(), axis));
      }
      await expectAsOnCpu(() => tf.concat([tf.zeros([0, 2]), numbers(1, [3, 2]), tf.zeros([0, 2])]));
      await expectAsOnCpu(() => tf.split(x(), [1, 3], 2));
      await expectAsOnCpu(() => tf.expandDims(tf.reshape(x(), [6, -1]), 1));
      await expectAsOnCpu(() => tf.range(3, 17, 4));
      await expectAsOnCpu(() => tf.concat([answers(1, [3]), answers(2, [2])]));
      await expectAsOnCpu(() => tf.fill([3, 2], -1.5));
    });

    test('gathered rows along any axis, of a batch, of every type; those out of range are 0', async () => {
      const x = (): tf.Tensor => numbers(1, [2, 3, 4, 5]);
      const at = (...indices: number[]): tf.Tensor1D => tf.tensor1d(indices, 'int32');
      for (const axis of [0, 1, 3, -1]) await expectAsOnCpu(() => tf.gather(x(), at(1, 0, 1), axis));
      await expectAsOnCpu(() => tf.gather(wholes(1, [7, 3]), tf.tensor2d([[6, 0, 2], [2, 5, 5]], [2, 3], 'int32'))); // prettier-ignore
      await expectAsOnCpu(() => tf.gather(answers(1, [70]), at(69, 0, 33)));
      const ofBatch = (): tf.Tensor2D => tf.tensor2d([[2, 0, 1, 1], [0, 2, 2, 0]], [2, 4], 'int32'); // prettier-ignore
      for (const axis of [1, 2])
        await expectAsOnCpu(() => tf.gather(tf.slice(x(), 0, [2, 3, 3, 5]), ofBatch(), axis, 1));
      await expectAsOnCpu(() => tf.gather(numbers(1, [3, 2]), tf.tensor1d([], 'int32')));
      const [{ values }] = (await made('cuda', () => tf.gather(numbers(1, [3]), at(3, -1)))) as [Made];
      expect(Array.from(values)).toEqual([0, 0]);
    });

    test('batched products, and convolutions with a bias, an activation, dilations', async () => {
      await expectAsOnCpu(() => tf.matMul(numbers(1, [3, 5, 7]), numbers(2, [3, 7, 4])));
      await expectAsOnCpu(() => tf.matMul(numbers(1, [3, 5, 7]), numbers(2, [4, 7]), false, true));
      await expectAsOnCpu(() => tf.matMul(numbers(1, [2, 2, 7, 5]), numbers(2, [2, 2, 7, 4]), true));
      const x = (): tf.Tensor4D => numbers(1, [2, 9, 8, 3]) as tf.Tensor4D;
      const filter = (last: number): tf.Tensor4D => numbers(2, [3, 3, 3, last]) as tf.Tensor4D;
      for (const activation of ['linear', 'relu', 'relu6', 'elu', 'sigmoid'] as const)
        await expectAsOnCpu(() =>
          tf.fused.conv2d({
            x: x(),
            filter: filter(5),
            strides: 2,
            pad: 'same',
            bias: numbers(3, [5]),
            activation,
          }),
        );
      await expectAsOnCpu(() =>
        tf.fused.matMul({
          a: numbers(1, [5, 7]),
          b: numbers(2, [7, 3]),
          bias: numbers(3, [3]),
          activation: 'relu',
        }),
      );
      await expectAsOnCpu(() =>
        tf.fused.depthwiseConv2d({
          x: x(),
          filter: filter(2),
          strides: 1,
          pad: 'valid',
          bias: numbers(3, [6]),
          activation: 'relu',
        }),
      );
      await expectAsOnCpu(() => tf.conv2d(x(), filter(4), 1, 'valid', 'NHWC', [2, 3]));
      await expectAsOnCpu(() => tf.depthwiseConv2d(x(), filter(2), 1, 'same', 'NHWC', 2));
      await expectAsOnCpu(() => tf.maxPool(x(), 3, 2, 1));
      await expectAsOnCpu(() => tf.avgPool(x(), 2, 2, 'same'));
    });

    test('unsupported calls are rejected with an error', async () => {
      await tf.setBackend('cuda');
      const x = tf.zeros<tf.Rank.R4>([1, 4, 4, 2]);
      expect(() => tf.conv2d(x, tf.zeros([1, 1, 4, 3]), 1, 'same', 'NCHW')).toThrow('NHWC');
      expect(() =>
        tf.fused.conv2d({
          x,
          filter: tf.zeros([1, 1, 2, 3]),
          strides: 1,
          pad: 'same',
          activation: 'leakyrelu',
        }),
      ).toThrow(
        /^cuda: FusedConv2D supports the activations linear, relu, .* got leakyrelu; call it as a separate op\.$/,
      );
      expect(() => tf.add(tf.zeros([1, 2, 1, 2, 1, 2]), tf.zeros([2, 1, 2, 1, 2, 1]))).not.toThrow();
    });
  });

  describe('memory:', () => {
    beforeEach(async () => {
      expect(await tf.setBackend('cuda')).toBe(true);
    });

    const bytes = (): number => backend().memory().numBytesInGPU;

    test('a tensor moves to the device when a kernel uses it, and leaves it when its last reference is disposed', async () => {
      const before = [bytes(), backend().numDataIds()];
      const x = tf.tensor1d([1, 2, 3]);
      expect(bytes()).toBe(before[0]);
      const y = tf.square(x);
      expect(bytes()).toBeGreaterThan(before[0]!);
      const name = tf.reshape(y, [3, 1]);
      y.dispose();
      expect([...(await name.data())]).toEqual([1, 4, 9]);
      expect([...name.dataSync()]).toEqual([1, 4, 9]);
      tf.dispose([x, name]);
      expect([bytes(), backend().numDataIds()]).toEqual(before);
    });

    test('released memory is reused without the driver', () => {
      const squares = (): void => tf.dispose(tf.tidy(() => tf.square(tf.fill([1000], 3))));
      squares();
      gpu.trace();
      squares();
      expect(gpu.trace().filter((line) => line.startsWith('cuMemAlloc'))).toEqual([]);
    });

    test('idle memory is freed when memory is short, and an allocation that does not fit is an error', async () => {
      tf.fill([2 ** 20], 1).dispose();
      expect(backend().memory().numBytesInGPUFree).toBeGreaterThanOrEqual(4 * 2 ** 20);
      gpu.fail('cuMemAlloc_v2', 2);
      const x = tf.fill([3 * 2 ** 20], 1);
      expect(backend().memory().numBytesInGPUFree).toBe(0);
      expect((await tf.sum(x).data())[0]).toBe(3 * 2 ** 20);
      x.dispose();
      expect(() => tf.fill([2 ** 30], 1)).toThrow(
        /^cuda: 4096\.0 MiB could not be allocated on Emulated GPU 0/,
      );
      expect(() => tf.fill([2 ** 16, 2 ** 15], 1)).toThrow('more than 2^31 values; use a smaller batch.');
    });

    test('a tensor disposed during a read is still read', async () => {
      const x = tf.square(tf.tensor1d([5, 6]));
      const reading = x.data();
      x.dispose();
      const others = tf.ones([2]);
      expect([...(await reading)]).toEqual([25, 36]);
      others.dispose();
    });

    test('tensors move between backends with their values and references', async () => {
      await tf.setBackend('cpu');
      const [x, flags, words] = [tf.tensor1d([1, 2]), tf.tensor1d([true, false]), tf.tensor1d(['a', 'b'])];
      await tf.setBackend('cuda');
      const y = tf.add(x, tf.cast(flags, 'float32'));
      expect(await words.data()).toEqual(['a', 'b']);
      await tf.setBackend('cpu');
      expect([...(await tf.mul(y, 2).data())]).toEqual([4, 4]);
      tf.dispose([x, y, flags, words]);
    });

    test('the device times a kernel', async () => {
      const { kernelMs } = await tf.time(() => tf.square(tf.ones([100])).dispose());
      expect(kernelMs).toBeGreaterThan(0);
    });

    test('a GPU error rejects the read', async () => {
      gpu.fail('cuStreamQuery', 700);
      const x = tf.fill([4], 1);
      await expect(x.data()).rejects.toThrow(
        /^cuda: cuStreamQuery failed with CUDA_ERROR_ILLEGAL_ADDRESS; the GPU cannot be used any more/,
      );
      x.dispose();
    });

    test('a restart opens a new device, and a missing GPU is an error', async () => {
      const options = { driver: gpu.library, compiler: gpu.library, cache: null };
      const info = await startCuda(options);
      expect([info.name, info.target]).toEqual(['Emulated GPU 0', 'sm_90']);
      expect([...(await tf.add(1, 2).data())]).toEqual([3]);
      await expect(startCuda({ ...options, device: 3 })).rejects.toThrow('there is no GPU number 3');
      await expect(startCuda({ driver: '/nowhere/libcuda.so.1' })).rejects.toThrow(
        /^cuda: NVIDIA's driver was not found/,
      );
    });
  });
});

describe("the kernels' parameters", () => {
  test('have the C++ layout, read from the header', () => {
    const structs = readStructs(
      'struct A {\n  int i;  // four bytes\n  const float* p;\n  int list[3];\n  double d;\n  float f;\n};\n',
    );
    const { fields, bytes } = structs.get('A')!;
    expect([...fields.values()].map(({ name, offset }) => `${name} ${offset}`)).toEqual([
      'i 0',
      'p 8',
      'list 16',
      'd 32',
      'f 40',
    ]);
    expect(bytes).toBe(48);
    expect(() => readStructs('struct A {\n  long x;\n};\n')).toThrow('"long x;" of A cannot be read.');
  });

  test('that a struct lacks are an error', () => {
    const { sources } = BACKEND;
    expect(packed(sources, 'FillParams', { count: 3 }).byteLength).toBe(16);
    expect(() => packed(sources, 'FillParams', { amount: 3 })).toThrow(
      'cuda: FillParams has no field amount.',
    );
    expect(() => packed(sources, 'Nothing', {})).toThrow('cuda: struct Nothing does not exist.');
  });
});
