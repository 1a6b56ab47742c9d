import type { AdamStepAllAttrs } from '../../kernels/signatures.js';
import type { Kernel } from '../../kernels/table.js';
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import {
  copy,
  dispatch,
  folded,
  output,
  runs,
  withScratch,
  type WebGpuBackend,
  type Part,
} from './device/dispatch.js';

/** Threads of a workgroup, and elements of a block of the norm, as in adamStepAll.wgsl. */
const WIDTH = 64;
const BLOCK = 4096;

/** A range of the flat tensors. */
interface Run {
  readonly first: number;
  readonly count: number;
}

/** First elements of the parameters, then 1 for each that has weight decay, else 0. */
function segmentsOf(sizes: readonly number[], decays: readonly boolean[]): Int32Array {
  const words = new Int32Array(2 * sizes.length);
  let first = 0;
  sizes.forEach((size, i) => {
    words[i] = first;
    words[sizes.length + i] = decays[i] ? 1 : 0;
    first += size;
  });
  return words;
}

/** Concatenates the tensors. */
function gather(backend: WebGpuBackend, tensors: readonly TensorInfo[], flat: TensorInfo): void {
  let toFirst = 0;
  for (const tensor of tensors) {
    const count = util.sizeFromShape(tensor.shape);
    copy(backend, tensor, flat, { toFirst, count });
    toFirst += count;
  }
}

/** The inverse. */
function scatter(backend: WebGpuBackend, flat: TensorInfo, tensors: readonly TensorInfo[]): void {
  let fromFirst = 0;
  for (const tensor of tensors) {
    const count = util.sizeFromShape(tensor.shape);
    copy(backend, flat, tensor, { fromFirst, count });
    fromFirst += count;
  }
}

/** Parameters and gradients are in hundreds of buffers, of which eight can be bound at once: they are copied into one. */
function step(
  backend: WebGpuBackend,
  params: readonly TensorInfo[],
  grads: readonly TensorInfo[],
  m: TensorInfo,
  v: TensorInfo,
  o: AdamStepAllAttrs,
): TensorInfo[] {
  const sizes = params.map(({ shape }) => util.sizeFromShape(shape));
  const total = util.sizeFromShape(m.shape);
  const blocks = Math.ceil(total / BLOCK);
  const results = [...params, m, v].map(({ shape }) => output(backend, shape));
  const [newM, newV] = results.slice(-2) as [TensorInfo, TensorInfo];
  const norm = output(backend, []);
  const words = segmentsOf(sizes, o.decays);
  const segments = backend.makeTensorInfo([words.length], 'int32', words);
  copy(backend, m, newM, { count: total });
  copy(backend, v, newV, { count: total });
  withScratch(backend, [total, total, 2 * blocks, 4], (p, g, parts, state) => {
    gather(backend, params, p!);
    gather(backend, grads, g!);
    const all = [...runs(backend, 'adamStepAll', blocks, BLOCK)].map((run) => ({
      first: run.first * BLOCK,
      count: Math.min(run.count * BLOCK, total - run.first * BLOCK),
    }));
    const part = (tensor: TensorInfo, { first, count }: Run): Part => ({ tensor, first, count });
    const pass = (
      entry: string,
      bindings: Record<number, Part | TensorInfo>,
      run: Run,
      groups: number,
    ): void =>
      dispatch(
        backend,
        { shader: 'adamStepAll', entry },
        bindings,
        { at: 7, values: valuesOf(o, sizes.length, run, blocks) },
        folded(groups),
      );
    const whole = { first: 0, count: total };
    const blocksOf = ({ count }: Run): number => Math.ceil(count / BLOCK);
    for (const run of all) pass('largest', { 0: part(g!, run), 1: parts! }, run, blocksOf(run));
    pass('spread', { 1: parts!, 2: state! }, whole, 1);
    for (const run of all) pass('squares', { 0: part(g!, run), 1: parts!, 2: state! }, run, blocksOf(run));
    pass('norm', { 1: parts!, 2: state! }, whole, 1);
    for (const run of all) {
      const flat = { 0: part(g!, run), 3: part(p!, run), 4: part(newM, run), 5: part(newV, run) };
      pass('update', { ...flat, 2: state!, 6: segments }, run, Math.ceil(run.count / WIDTH));
    }
    copy(backend, state!, norm, { fromFirst: 1, count: 1 });
    scatter(backend, p!, results.slice(0, params.length));
  });
  backend.disposeData(segments.dataId);
  return [...results, norm];
}

/** The uniform struct of adamStepAll.wgsl. */
function valuesOf(
  o: AdamStepAllAttrs,
  segments: number,
  { first, count }: Run,
  blocks: number,
): (number | { f32: number })[] {
  const floats = [
    o.clipNorm ?? 0,
    o.beta1,
    1 - o.beta1,
    o.beta2,
    1 - o.beta2,
    o.epsilon,
    o.lr / (1 - o.beta1 ** o.step),
    Math.sqrt(1 - o.beta2 ** o.step),
    o.decoupled ? 1 - o.lr * o.weightDecay : 1,
    o.decoupled ? 0 : o.weightDecay,
  ];
  return [
    count,
    first,
    Math.ceil(count / BLOCK),
    first / BLOCK,
    blocks,
    segments,
    o.clipNorm === null ? 0 : 1,
    ...floats.map((f32) => ({ f32 })),
    0,
  ];
}

export const adamStepAll: Kernel<WebGpuBackend, 'adamStepAll'> = (backend, inputs, o) => {
  const { m, v } = inputs;
  const list = (name: string): TensorInfo[] =>
    Array.from({ length: o.count }, (_, i) => inputs[`${name}${i}`]!);
  return step(backend, list('param'), list('grad'), m, v, o);
};
