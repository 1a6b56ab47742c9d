import type { CudaBackend } from '@pyramid-mamba/tfjs-backend-cuda/extend';
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../../kernels/table.js';
import { TRAINING } from '../sources.js';

/** Values of one tensor per block (ADAM_RUN of adamStepAll.cuh). */
const RUN = 2048;
const THREADS = 256;
/** 32-bit words of AdamTensor. */
const WORDS = 10;
const DOUBLE = 2;

interface Parameter {
  readonly param: TensorInfo;
  readonly grad: TensorInfo;
  readonly result: TensorInfo;
  readonly first: number;
  readonly size: number;
  readonly decays: boolean;
}

/** AdamTensor of adamStepAll.cuh, one per parameter, then for each block its tensor and its first value. */
function tables(
  backend: CudaBackend,
  parameters: readonly Parameter[],
): { words: Int32Array; blocks: number } {
  const runs = parameters.flatMap(({ size }, i) =>
    Array.from({ length: Math.ceil(size / RUN) }, (_, run) => [i, run * RUN]),
  );
  const words = new Int32Array(WORDS * parameters.length + 2 * runs.length);
  const view = new DataView(words.buffer);
  parameters.forEach(({ param, grad, result, first, size, decays }, i) => {
    const at = 4 * WORDS * i;
    [param, grad, result].forEach((tensor, j) =>
      view.setBigUint64(at + 8 * j, backend.address(tensor), true),
    );
    [first, size, decays ? 1 : 0].forEach((number, j) => view.setInt32(at + 24 + 4 * j, number, true));
  });
  words.set(runs.flat(), WORDS * parameters.length);
  return { words, blocks: runs.length };
}

export const adamStepAll: Kernel<CudaBackend, 'adamStepAll'> = (backend, inputs, o) => {
  let total = 0;
  const parameters = Array.from({ length: o.count }, (_, i): Parameter => {
    const param = inputs[`param${i}`]!;
    const first = total;
    const size = util.sizeFromShape(param.shape);
    total += size;
    return {
      param,
      grad: inputs[`grad${i}`]!,
      result: backend.output(param.shape),
      first,
      size,
      decays: o.decays[i]!,
    };
  });
  const [m, v, norm] = [backend.output([total]), backend.output([total]), backend.output([])];
  const { words, blocks } = tables(backend, parameters);
  const { stream } = backend.device;
  backend.withScratch(words.length, (table) =>
    backend.withScratch(DOUBLE * blocks, (squares) => {
      stream.upload(words, table);
      const decay = o.decoupled ? 1 - o.lr * o.weightDecay : 1;
      const fields = {
        tensors: table.address,
        runs: table.address + BigInt(4 * WORDS * o.count),
        squares: squares.address,
        norm: backend.address(norm),
        m: backend.address(inputs.m),
        v: backend.address(inputs.v),
        newM: backend.address(m),
        newV: backend.address(v),
        blocks,
        clipNorm: o.clipNorm ?? 0,
        beta1: o.beta1,
        beta2: o.beta2,
        rest1: 1 - o.beta1,
        rest2: 1 - o.beta2,
        rate: o.lr / (1 - o.beta1 ** o.step),
        correction: 1 / Math.sqrt(1 - o.beta2 ** o.step),
        epsilon: o.epsilon,
        shrink: decay,
        l2: o.decoupled ? 0 : o.weightDecay,
      };
      const shared = 8 * THREADS;
      const source = TRAINING;
      backend.launch('adam_squares', 'AdamParams', { grid: [blocks], shared, source }, fields);
      backend.launch('adam_norm', 'AdamParams', { grid: [1], shared, source }, fields);
      backend.launch('adam_update', 'AdamParams', { grid: [blocks], source }, fields);
    }),
  );
  return [...parameters.map(({ result }) => result), m, v, norm];
};
