import * as tf from '@tensorflow/tfjs-core';
import { adamStepAll } from '@pyramid-mamba/ssm-kernels';
import type { TrainConfig } from '../config.js';
import { FormatError } from '../../errors.js';
import type { HostArray } from '../../nn/params.js';
import { floatsOf, type HostTensor } from '../../files/safetensors.js';
import { sgdStep } from './sgd.js';
import { globalNorm, stableAdamStep } from './stableAdam.js';

interface Slot {
  readonly param: tf.Variable;
  /** Offset of its moments in the flat ones. */
  readonly first: number;
  readonly decays: boolean;
}

type OptimizerConfig = Pick<
  TrainConfig,
  'optimizer' | 'amsgrad' | 'weightDecay' | 'betas' | 'eps' | 'clipNorm'
>;

/** Whether a parameter has weight decay: by the authors' rule all but vectors and names that end in ".bias". */
export function decays(name: string, shape: readonly number[]): boolean {
  return shape.length > 1 && !name.endsWith('.bias');
}

/** Added to the norm where gradients are clipped, as in PyTorch. */
const CLIP_EPSILON = 1e-6;

/**
 * Adam, AdamW, StableAdamW or SGD over named variables, with the authors' decay groups (StableAdamW and SGD: all) and clipping by the global norm.
 */
export class Optimizer {
  private readonly slots = new Map<string, Slot>();
  /** First and second moments of all parameters, concatenated; of sgd the momentum, and nothing. */
  private readonly m: tf.Variable;
  private readonly v: tf.Variable;
  /** The largest second moment so far, of stableadamw with amsgrad. */
  private readonly largest: tf.Variable | undefined;
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
    const zeros = (size = first): tf.Variable => tf.tidy(() => tf.variable(tf.zeros([size]), false));
    [this.m, this.v] = [zeros(), zeros(config.optimizer === 'sgd' ? 0 : first)];
    if (config.optimizer === 'stableadamw' && config.amsgrad) this.largest = zeros();
  }

  /**
   * One step with the gradients of all parameters. Resolves to their global norm before clipping; if that is not
   * finite, nothing was changed.
   *
   * @param rateOf of sgd alone: a factor of the learning rate by the parameter's name; without one a parameter and its momentum stay as they are,
   *   and need no gradient
   */
  async step(
    grads: ReadonlyMap<string, tf.Tensor>,
    lr: number,
    rateOf?: (name: string) => number | undefined,
  ): Promise<{ gradNorm: number }> {
    const { optimizer, weightDecay, betas, eps, clipNorm } = this.config;
    if (optimizer === 'sgd') return this.sgdStep(grads, lr, rateOf ?? (() => 1));
    if (rateOf)
      throw new FormatError(`train.parts: ${optimizer} trains all parameters at one learning rate; use sgd.`);
    const slots = [...this.slots.values()];
    const gradients = [...this.slots.keys()].map((name) => {
      const grad = grads.get(name);
      if (!grad) throw new Error(`optimizer: the gradient of ${name} is missing.`);
      return grad;
    });
    if (optimizer === 'stableadamw') return this.stableStep(slots, gradients, lr);
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

  private async stableStep(
    slots: readonly Slot[],
    gradients: readonly tf.Tensor[],
    lr: number,
  ): Promise<{ gradNorm: number }> {
    const { weightDecay, betas, eps, clipNorm } = this.config;
    const norm = tf.tidy(() => globalNorm(gradients));
    const gradNorm = (await norm.data())[0]!;
    norm.dispose();
    if (!Number.isFinite(gradNorm)) return { gradNorm };
    const scale = clipNorm === null ? 1 : Math.min(1, clipNorm / (gradNorm + CLIP_EPSILON));
    this.steps++;
    const options = { lr, betas, eps, weightDecay, step: this.steps };
    tf.tidy(() => {
      const { m, v, largest } = this;
      const next = slots.map(({ param, first }, i) => {
        const own = (flat: tf.Variable): tf.Tensor =>
          tf.reshape(tf.slice(flat as tf.Tensor, [first], [param.size]), param.shape);
        const state = { param: param as tf.Tensor, m: own(m), v: own(v), largest: largest && own(largest) };
        return stableAdamStep(state, tf.mul(gradients[i]!, scale), options);
      });
      const joined = (parts: readonly tf.Tensor[]): tf.Tensor =>
        tf.concat1d(parts.map((part) => tf.reshape(part, [part.size])));
      slots.forEach(({ param }, i) => param.assign(next[i]!.param));
      m.assign(joined(next.map((state) => state.m)));
      v.assign(joined(next.map((state) => state.v)));
      largest?.assign(joined(next.map((state) => state.largest!)));
    });
    return { gradNorm };
  }

  private async sgdStep(
    grads: ReadonlyMap<string, tf.Tensor>,
    lr: number,
    rateOf: (name: string) => number | undefined,
  ): Promise<{ gradNorm: number }> {
    const { weightDecay, betas, clipNorm } = this.config;
    const trained = [...this.slots].flatMap(([name, slot]) => {
      const [rate, grad] = [rateOf(name), grads.get(name)];
      if (rate === undefined) return [];
      if (!grad) throw new Error(`optimizer: the gradient of ${name} is missing.`);
      return [{ slot, grad, rate }];
    });
    const norm = tf.tidy(() => globalNorm(trained.map(({ grad }) => grad)));
    const gradNorm = (await norm.data())[0]!;
    norm.dispose();
    if (!Number.isFinite(gradNorm)) return { gradNorm };
    const scale = clipNorm === null ? 1 : Math.min(1, clipNorm / (gradNorm + CLIP_EPSILON));
    this.steps++;
    tf.tidy(() => {
      const next = new Map(
        trained.map(({ slot, grad, rate }) => {
          const { param, first } = slot;
          const momentum = tf.reshape(tf.slice(this.m as tf.Tensor, [first], [param.size]), param.shape);
          const options = { lr: lr * rate, mu: betas[0], weightDecay };
          return [slot, sgdStep({ param: param as tf.Tensor, momentum }, tf.mul(grad, scale), options)];
        }),
      );
      const all = [...this.slots.values()].map((slot) => {
        const own = next.get(slot)?.momentum;
        return own
          ? tf.reshape(own, [own.size])
          : tf.slice(this.m as tf.Tensor, [slot.first], [slot.param.size]);
      });
      this.m.assign(tf.concat1d(all as tf.Tensor1D[]));
      for (const [{ param }, state] of next) param.assign(state.param);
    });
    return { gradNorm };
  }

  /** The flat moments by the name that a checkpoint has before the parameter's. */
  private moments(): [name: string, flat: tf.Variable][] {
    if (this.config.optimizer === 'sgd') return [['momentum_buffer', this.m]];
    const all: [string, tf.Variable][] = [
      ['exp_avg', this.m],
      ['exp_avg_sq', this.v],
    ];
    if (this.largest) all.push(['max_exp_avg_sq', this.largest]);
    return all;
  }

  /** Moments (in memory layout) and step count, for a checkpoint: `exp_avg.NAME`, `exp_avg_sq.NAME`, with amsgrad `max_exp_avg_sq.NAME`, of sgd `momentum_buffer.NAME`, and `step`. */
  async state(): Promise<Map<string, HostArray>> {
    const moments = await Promise.all(
      this.moments().map(async ([name, flat]) => [name, await flat.data<'float32'>()] as const),
    );
    const state = new Map<string, HostArray>();
    for (const [name, { param, first }] of this.slots) {
      const { shape, size } = param;
      for (const [moment, data] of moments)
        state.set(`${moment}.${name}`, { shape, data: data.slice(first, first + size) });
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
    const moments = this.moments().map(([moment, flat]) => {
      const data = new Float32Array(flat.size);
      for (const [name, { param, first }] of this.slots)
        data.set(get(`${moment}.${name}`, param.shape), first);
      return { flat, data };
    });
    const steps = get('step', [1])[0]!;
    if (!Number.isInteger(steps) || steps < 0)
      throw new FormatError(
        `${where}: the optimiser's step must be a whole number of at least 0, got ${steps}.`,
      );
    for (const { flat, data } of moments) tf.tidy(() => flat.assign(tf.tensor1d(data)));
    this.steps = steps;
  }

  dispose(): void {
    for (const flat of [this.m, this.v, this.largest]) flat?.dispose();
    this.slots.clear();
  }
}
