import type { Kernel } from '../../kernels/table.js';
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import { call, output, pointer, type WasmBackend } from './module/module.js';

const BYTES = 4;

/** The L2 norm of all tensors together. */
function globalNorm(backend: WasmBackend, tensors: readonly TensorInfo[]): number {
  let squares = 0;
  for (const tensor of tensors)
    squares += call(backend, 'sumOfSquares', {
      x: pointer(backend, tensor),
      count: util.sizeFromShape(tensor.shape),
    });
  return Math.sqrt(squares);
}

function scalar(backend: WasmBackend, value: number): TensorInfo {
  const tensor = output(backend, []);
  backend.typedArrayFromHeap(tensor)[0] = value;
  return tensor;
}

/** Another reference to the tensor, not a copy: kernels never write to their inputs. */
function shared(backend: WasmBackend, { dataId, shape, dtype }: TensorInfo): TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}

export const adamStepAll: Kernel<WasmBackend, 'adamStepAll'> = (backend, inputs, o) => {
  const { m, v } = inputs;
  const indices = Array.from({ length: o.count }, (_, i) => i);
  const params = indices.map((i) => inputs[`param${i}`]!);
  const grads = indices.map((i) => inputs[`grad${i}`]!);
  const norm = globalNorm(backend, grads);
  const old = [...params, m, v];
  if (!Number.isFinite(Math.fround(norm)))
    return [...old.map((tensor) => shared(backend, tensor)), scalar(backend, norm)];

  const results = old.map(({ shape }) => output(backend, shape));
  const [mOut, vOut] = results.slice(o.count) as [TensorInfo, TensorInfo];
  const moments = {
    m: pointer(backend, m),
    v: pointer(backend, v),
    mOut: pointer(backend, mOut),
    vOut: pointer(backend, vOut),
  };
  const clip = o.clipNorm === null ? 1 : Math.min(1, o.clipNorm / (norm + 1e-6));
  const rate = o.lr / (1 - o.beta1 ** o.step);
  const correction = Math.sqrt(1 - o.beta2 ** o.step);
  let bytes = 0;
  params.forEach((param, i) => {
    const size = util.sizeFromShape(param.shape);
    const decay = o.decays[i] ? o.weightDecay : 0;
    call(backend, 'adamStep', {
      count: size,
      param: pointer(backend, param),
      grad: pointer(backend, grads[i]!),
      paramOut: pointer(backend, results[i]!),
      m: moments.m + bytes,
      v: moments.v + bytes,
      mOut: moments.mOut + bytes,
      vOut: moments.vOut + bytes,
      beta1: o.beta1,
      rest1: 1 - o.beta1,
      beta2: o.beta2,
      rest2: 1 - o.beta2,
      epsilon: o.epsilon,
      rate,
      correction,
      shrink: o.decoupled ? 1 - o.lr * decay : 1,
      l2: o.decoupled ? 0 : decay,
      gradScale: clip,
    });
    bytes += BYTES * size;
  });
  return [...results, scalar(backend, norm)];
};
