import * as tf from '@tensorflow/tfjs-core';
import {
  lossAndGradients,
  requireFinite,
  seededTraining,
  type Features,
  type Optimizer,
  type PyramidMamba,
  type StepReport,
  type TrainConfig,
} from '@pyramid-mamba/model';

/** Values before the gradients in a block: the part's loss and number of pictures. */
const HEADER = 2;

/** Floats of one replica in shared memory: header, gradients, running statistics. */
export function blockLength(model: PyramidMamba): number {
  const sizes = [...model.trainable().values(), ...model.buffers().values()].map((v) => v.size);
  return sizes.reduce((sum, size) => sum + size, HEADER);
}

/**
 * One of several replicas that share each batch. Each computes the gradient of its pictures, all average the same values
 * in the same order and take the same step, so their weights stay bit-identical and are never sent. Batch statistics are
 * per replica, as usual in distributed training.
 */
export class Replica {
  private readonly own: Float32Array;
  private readonly all: Float32Array[];

  /** @param blocks shared memory of every replica, in order; `rank` is this replica's index */
  constructor(
    readonly model: PyramidMamba,
    readonly optimizer: Optimizer,
    private readonly train: TrainConfig,
    private readonly rank: number,
    blocks: readonly SharedArrayBuffer[],
  ) {
    this.all = blocks.map((block) => new Float32Array(block));
    this.own = this.all[rank]!;
  }

  /** Computes this replica's part of a step and publishes it; nothing without features. The model is unchanged. */
  async publish(features: Features | undefined, step: number): Promise<void> {
    this.own.fill(0);
    if (!features) return;
    const context = seededTraining(this.model.config, this.train, step, this.rank);
    const statistics = [...this.model.buffers().values()];
    const before = statistics.map((statistic) => tf.clone(statistic));
    const made: tf.Tensor[] = [];
    try {
      const { loss, grads } = lossAndGradients(this.model, features, context, this.train.lossWeight);
      made.push(loss, ...grads.values());
      this.own[0] = (await loss.data())[0]!;
      this.own[1] = features[0]!.shape[0];
      let at = HEADER;
      for (const tensor of [...grads.values(), ...statistics]) {
        this.own.set(await tensor.data<'float32'>(), at);
        at += tensor.size;
      }
    } finally {
      // the forward pass has moved the running statistics; they count once the step is taken, as the mean of all replicas'
      statistics.forEach((statistic, i) => statistic.assign(before[i]!));
      tf.dispose([...made, ...before]);
    }
  }

  /**
   * Takes the step, once all replicas have published; the running statistics become the mean of theirs.
   * @throws NumericError when loss or gradient is not finite, with weights and running statistics unchanged
   */
  async apply(lr: number): Promise<StepReport> {
    const pictures = this.all.reduce((sum, block) => sum + block[1]!, 0);
    const weights = this.all.map((block) => block[1]! / pictures);
    const loss = this.all.reduce((sum, block, r) => sum + weights[r]! * block[0]!, 0);
    let at = HEADER;
    const mean = (variable: tf.Variable): tf.Tensor => {
      const { size, shape } = variable;
      const data = new Float32Array(size);
      for (const [r, block] of this.all.entries()) {
        const weight = weights[r]!;
        if (weight > 0) for (let i = 0; i < size; i++) data[i]! += weight * block[at + i]!;
      }
      at += size;
      return tf.tensor(data, shape);
    };
    const grads = new Map([...this.model.trainable()].map(([name, variable]) => [name, mean(variable)]));
    try {
      requireFinite(loss, 0);
      // a gradient that is not finite changes nothing
      const { gradNorm } = await this.optimizer.step(grads, lr);
      requireFinite(loss, gradNorm);
      for (const buffer of this.model.buffers().values()) tf.tidy(() => buffer.assign(mean(buffer)));
      return { loss, gradNorm };
    } finally {
      tf.dispose([...grads.values()]);
    }
  }
}
