import * as tf from '@tensorflow/tfjs-core';
import { residual } from '@pyramid-mamba/ssm-kernels';
import type { Features } from '../../encoders/types.js';
import { kaimingFanOut } from '../../nn/initializers.js';
import { BatchNorm } from '../../nn/batchNorm.js';
import { dropped } from '../../nn/attention/mlp.js';
import { conv } from '../../nn/conv.js';
import { Bottleneck } from '../../nn/residual.js';
import type { ParameterScope } from '../../nn/params.js';
import type { TrainingContext } from '../../training/context.js';
import { Lateral } from './lateral.js';

/** What a decoder must learn to remove: synthetic anomalies at feature level, in training alone. */
export interface Disturbance {
  /** Standard deviation of the noise; none if absent. */
  noiseStd?: number;
  /** Share of the values that are set to 0; none if absent. */
  dropout?: number | undefined;
}

export function disturbed(
  x: tf.Tensor4D,
  { noiseStd = 0, dropout = 0 }: Disturbance,
  training?: TrainingContext,
): tf.Tensor4D {
  const noise = training?.noise(x.shape, noiseStd);
  return dropped(noise ? tf.add(x, noise) : x, dropout, training);
}

export interface MffOptions extends Disturbance {
  /** Channels of the three features, fine to coarse. */
  channels: readonly [number, number, number];
  bottlenecks: number;
  /** Inner channels of a bottleneck block. */
  bottleneckWidth: number;
  /** Channels of the result. */
  outputs: number;
}

/**
 * Multi-scale feature fusion (paper III; the authors' MFF_OCE): strided convolutions bring the three features to one
 * size; they are summed and reduced to half that size. In training, noise is added to the result: synthetic anomalies
 * at feature level that the decoder must learn to remove.
 */
export class Mff {
  private readonly blocks: Bottleneck[];
  private readonly conv1: tf.Variable;
  private readonly bn1: BatchNorm;
  private readonly conv2: tf.Variable;
  private readonly bn2: BatchNorm;
  private readonly lateral2: Lateral;
  private readonly lateral3: Lateral;
  private readonly fuse: Lateral;

  constructor(
    scope: ParameterScope,
    private readonly options: MffOptions,
  ) {
    const {
      channels: [c0, c1, c2],
      bottlenecks,
      bottleneckWidth,
      outputs,
    } = options;
    this.blocks = Array.from(
      { length: bottlenecks },
      (_, i) =>
        new Bottleneck(
          scope.scope(`bn_layer.${i}`),
          i === 0 ? c2 : outputs,
          bottleneckWidth,
          outputs,
          i === 0 ? 2 : 1,
        ),
    );
    this.conv1 = scope.conv('conv1.weight', [c1, c0, 3, 3], kaimingFanOut());
    this.bn1 = new BatchNorm(scope.scope('bn1'), c1);
    this.conv2 = scope.conv('conv2.weight', [c2, c1, 3, 3], kaimingFanOut());
    this.bn2 = new BatchNorm(scope.scope('bn2'), c2);
    this.lateral2 = new Lateral(scope, '21', c1);
    this.lateral3 = new Lateral(scope, '31', c2);
    this.fuse = new Lateral(scope, 'f', c2);
  }

  /** (b, h, w, c0), (b, h/2, w/2, c1), (b, h/4, w/4, c2) to (b, h/8, w/8, outputs). */
  apply(features: Features, training?: TrainingContext): tf.Tensor4D {
    const [f0, f1, f2] = features as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const batch = training !== undefined;
    const fine = tf.relu(this.bn1.apply(conv(f0, this.conv1, 2), batch)); // (b, h/2, w/2, c1)
    const middle = residual(fine, this.lateral2.apply(f1, batch)); // (b, h/2, w/2, c1)
    const reduced = tf.relu(this.bn2.apply(conv(middle, this.conv2, 2), batch)); // (b, h/4, w/4, c2)
    const sum = residual(reduced, this.lateral3.apply(f2, batch)); // (b, h/4, w/4, c2)
    let x = this.fuse.apply(sum, batch); // (b, h/4, w/4, c2)
    for (const block of this.blocks) x = block.apply(x, batch); // (b, h/8, w/8, outputs)
    return disturbed(x, this.options, training);
  }
}
