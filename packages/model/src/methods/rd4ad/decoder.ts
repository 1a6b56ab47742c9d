import type * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../../encoders/types.js';
import type { ParameterScope } from '../../nn/params.js';
import { layerOf, through, type Block } from './block.js';
import type { Rd4adConfig } from './config.js';

export interface ReversedResnetOptions {
  /** Channels of the three features that are rebuilt, fine to coarse. */
  channels: readonly [number, number, number];
  /** Channels of the embedding. */
  inputs: number;
  block: Rd4adConfig['block'];
  /** Residual blocks of the three layers, coarse to fine. */
  layers: readonly [number, number, number];
}

/** The encoder mirrored (paper, 3.2; the authors' de_resnet): three layers, each of which doubles the map's sides in its first block. */
export class ReversedResnet {
  private readonly layers: Block[][];

  constructor(scope: ParameterScope, { channels, inputs, block, layers }: ReversedResnetOptions) {
    const coarseFirst = [...channels].reverse();
    this.layers = layers.map((count, i) => {
      const from = i === 0 ? inputs : coarseFirst[i - 1]!;
      return layerOf(scope.scope(`layer${i + 1}`), block, from, coarseFirst[i]!, count, 'up');
    });
  }

  /** (b, h, w, inputs) to features fine to coarse: (b, 8h, 8w, c0), (b, 4h, 4w, c1), (b, 2h, 2w, c2). */
  apply(x: tf.Tensor4D, training: boolean): Features {
    const outputs: Features = [];
    let y = x;
    for (const layer of this.layers) {
      y = through(layer, y, training);
      outputs.unshift(y);
    }
    return outputs;
  }
}
