import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../../encoders/types.js';
import { BatchNorm } from '../../nn/batchNorm.js';
import { conv } from '../../nn/conv.js';
import { kaimingFanOut } from '../../nn/initializers.js';
import type { ParameterScope } from '../../nn/params.js';
import { BasicBlock } from '../../nn/residual.js';
import { resizeBilinear } from '../../nn/resize.js';

/** Residual blocks of a layer, of the encoder (ResNet18) and of the decoder. */
export const BLOCKS = 2;

/** Two basic blocks, of which the first may change the channels and the size. */
class Layer {
  private readonly blocks: BasicBlock[];

  /** `fresh`: each block starts as its shortcut. */
  constructor(scope: ParameterScope, inputs: number, outputs: number, stride: number, fresh: boolean) {
    this.blocks = Array.from({ length: BLOCKS }, (_, i) => {
      const from = i === 0 ? inputs : outputs;
      return new BasicBlock(scope.scope(String(i)), from, outputs, i === 0 ? stride : 1, fresh);
    });
  }

  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    return this.blocks.reduce((y, block) => block.apply(y, training), x);
  }
}

/**
 * Maximum over 3×3 pixels with stride 2 and padding 1 of a map without negative values, with a gradient on every backend.
 *
 * @param x (b, h, w, c), h and w even
 */
function maxPool3(x: tf.Tensor4D): tf.Tensor4D {
  const [b, h, w, c] = x.shape;
  // rows 2i, 2i + 1 and 2i − 1; above the map are zeros, which are no larger than any value
  const along = (y: tf.Tensor, outer: number, n: number, rest: number): tf.Tensor => {
    const pairs = tf.reshape(y, [outer, n, 2, rest]);
    const even = tf.slice(pairs, [0, 0, 0, 0], [outer, n, 1, rest]);
    const odd = tf.slice(pairs, [0, 0, 1, 0], [outer, n, 1, rest]);
    const before = tf.pad(tf.slice(odd, [0, 0, 0, 0], [outer, n - 1, 1, rest]), [
      [0, 0],
      [1, 0],
      [0, 0],
      [0, 0],
    ]);
    return tf.maximum(tf.maximum(even, odd), before);
  };
  const rows = along(x, b, h / 2, w * c); // (b, h/2, 1, w·c)
  return tf.reshape(along(rows, (b * h) / 2, w / 2, c), [b, h / 2, w / 2, c]) as tf.Tensor4D;
}

/**
 * The denoising student (paper, 3.2): a ResNet18 that is trained from scratch, and a decoder without skip connections that rebuilds the teacher's
 * features of the clean picture. Names as in the authors' state dict.
 */
export class DenoisingStudent {
  private readonly stem: tf.Variable;
  private readonly norm: BatchNorm;
  private readonly encoder: Layer[];
  /** Coarse to fine: to 8, 4, 2 and 1 times the width. */
  private readonly decoder: Layer[];

  /** @param width channels of the finest features */
  constructor(scope: ParameterScope, width: number) {
    const own = scope.scope('encoder');
    this.stem = own.conv('conv1.weight', [width, 3, 7, 7], kaimingFanOut());
    this.norm = new BatchNorm(own.scope('bn1'), width);
    this.encoder = [1, 2, 4, 8].map((factor, i) => {
      const from = i === 0 ? width : (factor / 2) * width;
      return new Layer(own.scope(`layer${i + 1}`), from, factor * width, i === 0 ? 1 : 2, true);
    });
    this.decoder = [8, 4, 2, 1].map((factor, i) => {
      const from = i === 0 ? 8 * width : 2 * factor * width;
      return new Layer(scope.scope(`decoder_layer${4 - i}`), from, factor * width, 1, false);
    });
  }

  /**
   * @param x ImageNet-normalised RGB, (b, h, w, 3), sides multiples of 32
   * @returns the teacher's levels rebuilt, fine to coarse: (b, h/4, w/4, W), (b, h/8, w/8, 2W), (b, h/16, w/16, 4W)
   */
  apply(x: tf.Tensor4D, training: boolean): Features {
    let y = maxPool3(tf.relu(this.norm.apply(conv(x, this.stem, 2), training)));
    const sizes: [number, number][] = [];
    for (const layer of this.encoder) {
      y = layer.apply(y, training);
      sizes.push([y.shape[1], y.shape[2]]);
    }
    const outputs: Features = [];
    for (const [i, layer] of this.decoder.entries()) {
      if (i > 0) y = resizeBilinear(y, ...sizes[3 - i]!);
      y = layer.apply(y, training);
      if (i > 0) outputs.unshift(y);
    }
    return outputs;
  }
}
