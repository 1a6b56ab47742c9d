import * as tf from '@tensorflow/tfjs-core';
import { adamStepAll } from '@pyramid-mamba/ssm-kernels';
import type { TrainConfig } from './config.js';
import { FormatError } from '../errors.js';
import type { HostArray } from '../nn/params.js';
import { floatsOf, type HostTensor } from '../files/safetensors.js';

interface Slot {
  readonly param: tf.Variable;
  /** Offset of its moments in the flat ones. */
  readonly first: number;
  readonly decays: boolean;
}

type OptimizerConfig = Pick<TrainConfig, 'optimizer' | 'weightDecay' | 'betas' | 'eps' | 'clipNorm'>;

/** Whether a parameter has weight decay: by the authors' rule all but vectors and names that end in ".bias". */
export function decays(name: string, shape: readonly number[]): boolean {
  return shape.length > 1 && !name.endsWith('.bias');
}

/** Adam or AdamW over named variables, with the authors' decay groups and clipping by the global norm. */
export class Optimizer {
  private readonly slots = new Map<string, Slot>();
  /** First and second moments of all parameters, concatenated. */
  private readonly m: tf.Variable;
  private readonly v: tf.Variable;
  private steps = 0;

  constructor(
    params: ReadonlyMap<string, tf.Variable>,
    private readonly config: OptimizerConfig,
  ) {
    let first = 0;
    for (const [name, param] of params) {
      this.slots.set(name, { param, first, decays: decays(name, param.shape) });
      first += param.size;
    }
    const zeros = (): tf.Variable => tf.tidy(() => tf.variable(tf.zeros([first]), false));
    [this.m, this.v] = [zeros(), zeros()];
  }

  /**
   * One step with the gradients of all parameters. Resolves to their global norm before clipping; if that is not
   * finite, nothing was changed.
   */
  async step(grads: ReadonlyMap<string, tf.Tensor>, lr: number): Promise<{ gradNorm: number }> {
    const { optimizer, weightDecay, betas, eps, clipNorm } = this.config;
    const slots = [...this.slots.values()];
    const gradients = [...this.slots.keys()].map((name) => {
      const grad = grads.get(name);
      if (!grad) throw new Error(`optimizer: the gradient of ${name} is missing.`);
      return grad;
    });
    const norm = tf.tidy(() => {
      const next = adamStepAll(
        {
          params: slots.map(({ param }) => param),
          grads: gradients,
          m: this.m as tf.Tensor as tf.Tensor1D,
          v: this.v as tf.Tensor as tf.Tensor1D,
          decays: slots.map((slot) => slot.decays),
        },
        {
          lr,
          beta1: betas[0],
          beta2: betas[1],
          epsilon: eps,
          weightDecay,
          decoupled: optimizer === 'adamw',
          step: this.steps + 1,
          clipNorm,
        },
      );
      slots.forEach(({ param }, i) => param.assign(next.params[i]!));
      this.m.assign(next.m);
      this.v.assign(next.v);
      return next.gradNorm;
    });
    const gradNorm = (await norm.data())[0]!;
    norm.dispose();
    if (Number.isFinite(gradNorm)) this.steps++;
    return { gradNorm };
  }

  /** Moments (in memory layout) and step count, for a checkpoint: `exp_avg.NAME`, `exp_avg_sq.NAME`, `step`. */
  async state(): Promise<Map<string, HostArray>> {
    const [m, v] = await Promise.all([this.m.data<'float32'>(), this.v.data<'float32'>()]);
    const state = new Map<string, HostArray>();
    for (const [name, { param, first }] of this.slots) {
      const { shape, size } = param;
      state.set(`exp_avg.${name}`, { shape, data: m.slice(first, first + size) });
      state.set(`exp_avg_sq.${name}`, { shape, data: v.slice(first, first + size) });
    }
    return state.set('step', { shape: [1], data: Float32Array.of(this.steps) });
  }

  /** @throws FormatError that names the first tensor that is missing or of another shape */
  loadState(tensors: ReadonlyMap<string, HostTensor>, where: string): void {
    const get = (name: string, shape: readonly number[]): Float32Array => {
      const tensor = tensors.get(name);
      if (!tensor || tensor.shape.length !== shape.length || tensor.shape.some((s, i) => s !== shape[i]))
        throw new FormatError(
          `${where}: ${name} must have the shape (${shape.join(', ')}), but ${tensor ? `it has (${tensor.shape.join(', ')})` : 'it is missing'}.`,
        );
      return floatsOf(tensor, `${where}: ${name}`);
    };
    const [m, v] = [this.m, this.v].map(({ size }) => new Float32Array(size)) as [Float32Array, Float32Array];
    for (const [name, { param, first }] of this.slots) {
      m.set(get(`exp_avg.${name}`, param.shape), first);
      v.set(get(`exp_avg_sq.${name}`, param.shape), first);
    }
    const steps = get('step', [1])[0]!;
    if (!Number.isInteger(steps) || steps < 0)
      throw new FormatError(
        `${where}: the optimiser's step must be a whole number of at least 0, got ${steps}.`,
      );
    tf.tidy(() => this.m.assign(tf.tensor1d(m)));
    tf.tidy(() => this.v.assign(tf.tensor1d(v)));
    this.steps = steps;
  }

  dispose(): void {
    tf.dispose([this.m, this.v]);
    this.slots.clear();
  }
}
