// Matrix products by cuBLAS, which the emulated GPU provides.
import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { CudaBackend } from '../../tfjs-backend-cuda/src/backend/backend.js';
import { startCuda } from '../src/backends/cuda/tfjs/index.js';
import { registerCpuKernels } from '../src/backends/cpu/index.js';
import { onCudaBackend } from './cudaBackend.js';
import { expectClose } from './expectClose.js';
import { evaluate, type GradientCase } from './gradientCase.js';
import { uniform } from './random.js';
import { convolutionCases, matMulCases, opCases } from './trainingCases.js';

registerCpuKernels();

const cases: GradientCase[] = [...matMulCases, ...convolutionCases, ...opCases].filter(({ title }) =>
  /^(matMul|conv2d|linear|groupedMatMul)/.test(title),
);

await onCudaBackend(
  (gpu) => {
    const products = (): string[] =>
      gpu.trace().filter((line) => line.startsWith('cublasSgemmStridedBatched'));
    const use = async (backend: string): Promise<void> => {
      expect(await tf.setBackend(backend)).toBe(true);
    };
    const both = async (op: () => tf.Tensor): Promise<[ArrayLike<number>, ArrayLike<number>]> => {
      const values: ArrayLike<number>[] = [];
      for (const backend of ['cpu', 'cuda']) {
        await use(backend);
        const y = tf.tidy(op);
        values.push(await y.data());
        y.dispose();
      }
      return values as [ArrayLike<number>, ArrayLike<number>];
    };
    const numbers = (seed: number, shape: number[]): tf.Tensor =>
      tf.tensor(uniform(seed, tf.util.sizeFromShape(shape), -2, 2), shape);

    describe('with cuBLAS the value and the gradients of', () => {
      test.each(cases.map((c) => [c.title, c] as const))('%s equal the reference', async (_, c) => {
        await use('cpu');
        const want = await evaluate(c);
        await use('cuda');
        const got = await evaluate(c);
        expectClose('y', got.y, want.y, 1e-5);
        got.gradients.forEach((g, i) => expectClose(`gradient of input ${i}`, g, want.gradients[i]!, 1e-5));
      });
    });

    test('cuBLAS computes products, also with a bias, in batches and with one matrix for a whole batch', async () => {
      gpu.trace();
      const [want, got] = await both(() =>
        tf.fused.matMul({ a: numbers(1, [5, 7]), b: numbers(2, [7, 6]), bias: numbers(3, [6]) }),
      );
      expectClose('biased', got, want, 1e-5);
      const [wanted, shared] = await both(() => tf.matMul(numbers(4, [3, 5, 7]), numbers(5, [1, 7, 4])));
      expectClose('batch', shared, wanted, 1e-5);
      expect(products()).toEqual([
        'cublasSgemmStridedBatched 6 5 7 × 1',
        'cublasSgemmStridedBatched 4 5 7 × 3',
      ]);
    });

    test('the kernels compute products with an activation, of empty tensors and over no terms', async () => {
      gpu.trace();
      const [want, got] = await both(() =>
        tf.fused.matMul({ a: numbers(1, [5, 7]), b: numbers(2, [7, 6]), activation: 'relu' }),
      );
      expectClose('activated', got, want, 1e-5);
      expect([...(await tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])).data())]).toEqual([0, 0, 0, 0, 0, 0]);
      expect(tf.matMul(tf.zeros([0, 2]), tf.zeros([2, 3])).shape).toEqual([0, 3]);
      expect(products()).toEqual([]);
    });

    test('startCuda returns which one is in use; failures are errors of one sentence', async () => {
      const options = { driver: gpu.library, compiler: gpu.library, cache: null };
      const info = await startCuda({ ...options, cublas: gpu.library });
      expect(info.cublas).toEqual({ version: '13.1.1', path: gpu.library });
      expect((tf.backend() as CudaBackend).cublas?.version).toBe('13.1.1');

      await expect(startCuda({ ...options, cublas: '/nowhere/libcublas.so.13' })).rejects.toThrow(
        /^cuda: cuBLAS was not found .* matrix products use our own kernels; install it with pip install/,
      );
      await expect(startCuda({ ...options, cublas: 'libm.so.6' })).rejects.toThrow(
        /^cuda: libm\.so\.6 is not a cuBLAS of CUDA 11 or newer \(.*\); install a newer one/,
      );
      gpu.fail('cublasCreate_v2', 1);
      await expect(startCuda({ ...options, cublas: gpu.library })).rejects.toThrow(
        /^cuda: cublasCreate_v2 of .* failed with NOT_INITIALIZED; start without cuBLAS/,
      );
      gpu.fail('cublasCreate_v2', 3);
      await expect(startCuda({ ...options, cublas: gpu.library })).rejects.toThrow(/ran out of memory/);

      const without = await startCuda({ ...options, cublas: false });
      expect(without.cublas).toEqual({ missing: 'cuda: cuBLAS is disabled.' });
      // of the previous devices
      expect(gpu.trace()).toContain('cublasDestroy_v2');
      expect([...(await tf.matMul(tf.ones([1, 3]), tf.ones([3, 1])).data())]).toEqual([3]);
      expect(products()).toEqual([]);
    });

    test('a cuBLAS with wrong results is not used', async () => {
      const options = { driver: gpu.library, compiler: gpu.library, cache: null, cublas: gpu.library };
      // the second of the compared products has an error of a hundredth
      gpu.fail('cublasWrong', 1, 1);
      await expect(startCuda(options)).rejects.toThrow(
        /^cuda: .* gives [-.\d]+ instead of [-.\d]+, so it is not used; matrix products use our own kernels\.$/,
      );
    });
  },
  (gpu) => ({ cublas: gpu.library }),
);
