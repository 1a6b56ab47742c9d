import type { Kernel } from '../../kernels/table.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { tensorOf, values, type TensorflowBackend } from './backend.js';

/** The L2 norm of all gradients together. */
function globalNorm(grads: readonly Float32Array[]): number {
  let squares = 0;
  for (const grad of grads) for (let i = 0; i < grad.length; i++) squares += grad[i]! * grad[i]!;
  return Math.sqrt(squares);
}

/** Parameters of an update, as in wasm/assembly/adam.ts. */
interface Update {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly rate: number;
  readonly correction: number;
  readonly shrink: number;
  readonly l2: number;
  readonly clip: number;
}

/** Writes the new values of one parameter, whose moments begin at `first`. */
function step(
  o: Update,
  first: number,
  old: { p: Float32Array; g: Float32Array; m: Float32Array; v: Float32Array },
  next: { p: Float32Array; m: Float32Array; v: Float32Array },
): void {
  const { beta1, beta2, epsilon, rate, correction, shrink, l2, clip } = o;
  const { p, g, m, v } = old;
  const rest1 = 1 - beta1;
  const rest2 = 1 - beta2;
  for (let i = 0, at = first; i < p.length; i++, at++) {
    const grad = g[i]! * clip + p[i]! * l2;
    const m1 = beta1 * m[at]! + rest1 * grad;
    const v1 = beta2 * v[at]! + rest2 * grad * grad;
    next.m[at] = m1;
    next.v[at] = v1;
    next.p[i] = p[i]! * shrink - (rate * m1) / (Math.sqrt(v1) / correction + epsilon);
  }
}

/**
 * In host memory: one pass, where TensorFlow's ops would need twelve and as many arrays. The moments, which nothing else
 * reads, stay there.
 */
export const adamStepAll: Kernel<TensorflowBackend, 'adamStepAll'> = (backend, inputs, o) => {
  const named = (name: string): TensorInfo[] =>
    Array.from({ length: o.count }, (_, i) => inputs[`${name}${i}`]!);
  const params = named('param');
  const { m, v } = inputs;
  const grads = named('grad').map((grad) => values(backend, grad));
  const norm = globalNorm(grads);
  const gradNorm = (): TensorInfo => tensorOf(backend, [], Float32Array.of(norm));
  if (!Number.isFinite(Math.fround(norm)))
    return [...[...params, m, v].map((tensor) => shared(backend, tensor)), gradNorm()];

  const moments = { m: values(backend, m), v: values(backend, v) };
  const next = { m: new Float32Array(moments.m.length), v: new Float32Array(moments.v.length) };
  const update = {
    beta1: o.beta1,
    beta2: o.beta2,
    epsilon: o.epsilon,
    rate: o.lr / (1 - o.beta1 ** o.step),
    correction: Math.sqrt(1 - o.beta2 ** o.step),
    clip: o.clipNorm === null ? 1 : Math.min(1, o.clipNorm / (norm + 1e-6)),
  };
  let first = 0;
  const results = params.map((param, i) => {
    const p = values(backend, param);
    const written = new Float32Array(p.length);
    const decay = o.decays[i] ? o.weightDecay : 0;
    const decays = { shrink: o.decoupled ? 1 - o.lr * decay : 1, l2: o.decoupled ? 0 : decay };
    step({ ...update, ...decays }, first, { p, g: grads[i]!, ...moments }, { p: written, ...next });
    first += p.length;
    return tensorOf(backend, param.shape, written);
  });
  return [...results, tensorOf(backend, m.shape, next.m), tensorOf(backend, v.shape, next.v), gradNorm()];
};

/** Another reference to the tensor, not a copy: kernels never write to their inputs. */
function shared(backend: TensorflowBackend, { dataId, shape, dtype }: TensorInfo): TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}
