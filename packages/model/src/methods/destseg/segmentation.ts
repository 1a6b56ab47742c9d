import * as tf from '@tensorflow/tfjs-core';
import { BatchNorm } from '../../nn/batchNorm.js';
import { conv } from '../../nn/conv.js';
import { dilatedConv } from '../../nn/dilated.js';
import { kaimingFanOut, zeros } from '../../nn/initializers.js';
import type { ParameterScope } from '../../nn/params.js';
import { pointwise } from '../../nn/pointwise.js';
import { BasicBlock } from '../../nn/residual.js';

/** Dilations of the pyramid (DeepLab's). */
export const RATES = [6, 12, 18] as const;

/** A convolution without bias, BatchNorm, ReLU. */
class ConvNorm {
  private readonly weight: tf.Variable;
  private readonly norm: BatchNorm;

  constructor(
    scope: ParameterScope,
    [outputs, inputs, kernel]: readonly [outputs: number, inputs: number, kernel: number],
    [weight, norm]: readonly [weight: string, norm: string],
    private readonly rate = 1,
  ) {
    this.weight = scope.conv(`${weight}.weight`, [outputs, inputs, kernel, kernel], kaimingFanOut());
    this.norm = new BatchNorm(scope.scope(norm), outputs);
  }

  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const y = this.rate === 1 ? conv(x, this.weight, 1) : dilatedConv(x, this.weight, this.rate);
    return tf.relu(this.norm.apply(y, training));
  }
}

const NAMES = ['conv', 'norm'] as const;

/** Atrous spatial pyramid pooling: the mean of the whole map and 3×3 convolutions of three dilations, fused by a 3×3 convolution. */
class Aspp {
  private readonly pooled: ConvNorm;
  private readonly dilated: ConvNorm[];
  private readonly fusion: ConvNorm;

  constructor(scope: ParameterScope, channels: number) {
    const extractors = scope.scope('aspp_feature_extractors');
    this.pooled = new ConvNorm(extractors.scope('0.1'), [channels, channels, 1], NAMES);
    this.dilated = RATES.map(
      (rate, i) => new ConvNorm(extractors.scope(String(i + 1)), [channels, channels, 3], NAMES, rate),
    );
    this.fusion = new ConvNorm(
      scope.scope('aspp_fusion_layer'),
      [channels, (1 + RATES.length) * channels, 3],
      NAMES,
    );
  }

  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const [, h, w] = x.shape;
    const mean = this.pooled.apply(tf.mean(x, [1, 2], true) as tf.Tensor4D, training);
    // one value resized to any size is that value
    const spread = tf.mul(mean, tf.ones([1, h, w, 1]));
    const all = [spread, ...this.dilated.map((one) => one.apply(x, training))];
    return this.fusion.apply(tf.concat(all as tf.Tensor4D[], 3), training);
  }
}

/** The segmentation network (paper, 3.3): from the products of teacher and student to the probability that a pixel is anomalous. */
export class SegmentationNet {
  private readonly res: BasicBlock[];
  private readonly aspp: Aspp;
  private readonly head: ConvNorm;
  private readonly weight: tf.Variable;
  private readonly bias: tf.Variable;

  constructor(scope: ParameterScope, inputs: number, channels: number) {
    this.res = [inputs, channels].map(
      (from, i) => new BasicBlock(scope.scope(`res.${i}`), from, channels, 1),
    );
    const head = scope.scope('head');
    this.aspp = new Aspp(head.scope('0'), channels);
    this.head = new ConvNorm(head, [channels, channels, 3], ['1', '2']);
    this.weight = head.plain('4.weight', [1, channels, 1, 1], kaimingFanOut());
    this.bias = head.plain('4.bias', [1], zeros);
  }

  /** (b, h, w, inputs) to probabilities, (b, h, w, 1). */
  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const y = this.res.reduce((z, block) => block.apply(z, training), x);
    const z = this.head.apply(this.aspp.apply(y, training), training);
    return tf.sigmoid(pointwise(z, this.weight, this.bias));
  }
}
