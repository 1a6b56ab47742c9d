import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { AdamStepAllAttrs } from '../../ops/adamStepAll.js';
import { ADAM_STEP_ALL } from '../../kernels/trainingKernels.js';
import { call, kernelsOf, output, pointer, type Backend } from './module/module.js';

const BYTES = 4;

/** The L2 norm of all tensors together. */
function globalNorm(backend: Backend, tensors: readonly TensorInfo[]): number {
  const sumOfSquares = kernelsOf(backend)['sumOfSquares'] as unknown as (x: number, count: number) => number;
  let squares = 0;
  for (const tensor of tensors)
    squares += sumOfSquares(pointer(backend, tensor), util.sizeFromShape(tensor.shape));
  return Math.sqrt(squares);
}

function scalar(backend: Backend, value: number): TensorInfo {
  const tensor = output(backend, []);
  backend.typedArrayFromHeap(tensor)[0] = value;
  return tensor;
}

/** Another reference to the tensor, not a copy: kernels never write to their inputs. */
function shared(backend: Backend, { dataId, shape, dtype }: TensorInfo): TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}

export function registerAdamStepAll(): void {
  registerKernel({
    kernelName: ADAM_STEP_ALL,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const wasm = backend as Backend;
      const o = attrs as unknown as AdamStepAllAttrs;
      const { m, v } = inputs as { m: TensorInfo; v: TensorInfo };
      const indices = Array.from({ length: o.count }, (_, i) => i);
      const params = indices.map((i) => inputs[`param${i}`] as TensorInfo);
      const grads = indices.map((i) => inputs[`grad${i}`] as TensorInfo);
      const norm = globalNorm(wasm, grads);
      const old = [...params, m, v];
      if (!Number.isFinite(Math.fround(norm)))
        return [...old.map((tensor) => shared(wasm, tensor)), scalar(wasm, norm)];

      const results = old.map(({ shape }) => output(wasm, shape));
      const moments = [m, v].map((tensor) => pointer(wasm, tensor));
      const newMoments = results.slice(o.count).map((tensor) => pointer(wasm, tensor));
      const clip = o.clipNorm === null ? 1 : Math.min(1, o.clipNorm / (norm + 1e-6));
      const rate = o.lr / (1 - o.beta1 ** o.step);
      const correction = Math.sqrt(1 - o.beta2 ** o.step);
      let bytes = 0;
      params.forEach((param, i) => {
        const size = util.sizeFromShape(param.shape);
        const decay = o.decays[i] ? o.weightDecay : 0;
        call(
          wasm,
          'adamStep',
          size,
          pointer(wasm, param),
          ...moments.map((offset) => offset + bytes),
          pointer(wasm, grads[i]!),
          pointer(wasm, results[i]!),
          ...newMoments.map((offset) => offset + bytes),
          o.beta1,
          1 - o.beta1,
          o.beta2,
          1 - o.beta2,
          o.epsilon,
          rate,
          correction,
          o.decoupled ? 1 - o.lr * decay : 1,
          o.decoupled ? 0 : decay,
          clip,
        );
        bytes += BYTES * size;
      });
      return [...results, scalar(wasm, norm)];
    },
  });
}
