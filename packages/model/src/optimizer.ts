import * as tf from '@tensorflow/tfjs-core';
import { adamStep } from '@pyramid-mamba/ssm-kernels';
import type { TrainConfig } from './config.js';
import { FormatError } from './errors.js';
import type { HostArray } from './params.js';
import { floatsOf, type HostTensor } from './safetensors.js';

interface Slot {
  readonly param: tf.Variable;
  readonly m: tf.Variable;
  readonly v: tf.Variable;
  readonly decays: boolean;
}

type OptimizerConfig = Pick<TrainConfig, 'optimizer' | 'weightDecay' | 'betas' | 'eps' | 'clipNorm'>;

/** Keeps clip_grad_norm_ from dividing by zero, as in PyTorch. */
const CLIP_EPSILON = 1e-6;

/** Whether a parameter decays: the authors' rule spares vectors and names that end in ".bias", and nothing else. */
export function decays(name: string, shape: readonly number[]): boolean {
  return shape.length > 1 && !name.endsWith('.bias');
}

/** Adam or AdamW over named variables, with the authors' decay groups and clipping by the global norm. */
export class Optimizer {
  private readonly slots = new Map<string, Slot>();
  private steps = 0;

  constructor(
    params: ReadonlyMap<string, tf.Variable>,
    private readonly config: OptimizerConfig,
  ) {
    for (const [name, param] of params)
      this.slots.set(name, {
        param,
        m: tf.tidy(() => tf.variable(tf.zerosLike(param), false)),
        v: tf.tidy(() => tf.variable(tf.zerosLike(param), false)),
        decays: decays(name, param.shape),
      });
  }

  /** Global L2 norm of the gradients. */
  static norm(grads: ReadonlyMap<string, tf.Tensor>): number {
    return tf.tidy(() => {
      const squares = [...grads.values()].map((g) => tf.sum(tf.square(g)));
      // summed on the host in float64: 337 terms of very different size
      return Math.sqrt((tf.stack(squares).dataSync() as Float32Array).reduce((s, x) => s + x, 0));
    });
  }

  /** One step with the gradients of all parameters. Returns the global norm before clipping. */
  step(grads: ReadonlyMap<string, tf.Tensor>, lr: number): { gradNorm: number } {
    const gradNorm = Optimizer.norm(grads);
    this.apply(grads, lr, gradNorm);
    return { gradNorm };
  }

  /** As step, with the norm already known. */
  apply(grads: ReadonlyMap<string, tf.Tensor>, lr: number, gradNorm: number): void {
    const { optimizer, weightDecay, betas, eps, clipNorm } = this.config;
    const gradScale = clipNorm === null ? 1 : Math.min(1, clipNorm / (gradNorm + CLIP_EPSILON));
    this.steps++;
    for (const [name, slot] of this.slots) {
      const grad = grads.get(name);
      if (!grad) throw new Error(`optimizer: there is no gradient of ${name}.`);
      tf.tidy(() => {
        const next = adamStep(slot.param, slot.m, slot.v, grad, {
          lr,
          beta1: betas[0],
          beta2: betas[1],
          epsilon: eps,
          weightDecay: slot.decays ? weightDecay : 0,
          decoupled: optimizer === 'adamw',
          step: this.steps,
          gradScale,
        });
        slot.param.assign(next.param);
        slot.m.assign(next.m);
        slot.v.assign(next.v);
      });
    }
  }

  /** Moments (in memory layout) and step count, for a checkpoint: `exp_avg.NAME`, `exp_avg_sq.NAME`, `step`. */
  state(): Map<string, HostArray> {
    const state = new Map<string, HostArray>();
    for (const [name, { m, v }] of this.slots) {
      state.set(`exp_avg.${name}`, { shape: m.shape, data: m.dataSync<'float32'>().slice() });
      state.set(`exp_avg_sq.${name}`, { shape: v.shape, data: v.dataSync<'float32'>().slice() });
    }
    return state.set('step', { shape: [1], data: Float32Array.of(this.steps) });
  }

  /** @throws FormatError that names the first tensor that is missing or of another shape */
  loadState(tensors: ReadonlyMap<string, HostTensor>, where: string): void {
    const get = (name: string, shape: readonly number[]): Float32Array => {
      const tensor = tensors.get(name);
      if (!tensor || tensor.shape.length !== shape.length || tensor.shape.some((s, i) => s !== shape[i]))
        throw new FormatError(
          `${where}: ${name} of shape (${shape.join(', ')}) is wanted, but ${tensor ? `it has (${tensor.shape.join(', ')})` : 'it is missing'}.`,
        );
      return floatsOf(tensor, `${where}: ${name}`);
    };
    const loaded = [...this.slots].flatMap(([name, { m, v }]) => [
      [m, get(`exp_avg.${name}`, m.shape)] as const,
      [v, get(`exp_avg_sq.${name}`, v.shape)] as const,
    ]);
    const steps = get('step', [1])[0]!;
    for (const [variable, data] of loaded) tf.tidy(() => variable.assign(tf.tensor(data, variable.shape)));
    this.steps = steps;
  }

  dispose(): void {
    for (const { m, v } of this.slots.values()) tf.dispose([m, v]);
    this.slots.clear();
  }
}
