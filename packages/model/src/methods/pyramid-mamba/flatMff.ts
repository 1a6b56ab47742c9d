import type * as tf from '@tensorflow/tfjs-core';
import { residual } from '@pyramid-mamba/ssm-kernels';
import type { Features } from '../../encoders/types.js';
import { Bottleneck } from '../../nn/residual.js';
import type { ParameterScope } from '../../nn/params.js';
import type { TrainingContext } from '../../training/context.js';
import { Lateral } from './lateral.js';
import { disturbed, type Disturbance } from './mff.js';

export interface FlatMffOptions extends Disturbance {
  /** Features that are fused. */
  levels: number;
  /** Channels of each feature and of the result. */
  channels: number;
  bottlenecks: number;
  /** Inner channels of a bottleneck block. */
  bottleneckWidth: number;
}

/** The name of a level's lateral, as those of `Mff`: `11`, `21`, … */
export const lateralName = (level: number): string => `${level + 1}1`;

/**
 * The fusion of features of one resolution, a vision transformer's: as in `Mff` each goes through a lateral, they are summed and fused, and bottleneck
 * blocks follow; no step halves the map, since the features have one size and few pixels already. The same noise in training.
 */
export class FlatMff {
  private readonly laterals: Lateral[];
  private readonly fuse: Lateral;
  private readonly blocks: Bottleneck[];

  constructor(
    scope: ParameterScope,
    private readonly options: FlatMffOptions,
  ) {
    const { levels, channels, bottlenecks, bottleneckWidth } = options;
    this.laterals = Array.from({ length: levels }, (_, i) => new Lateral(scope, lateralName(i), channels));
    this.fuse = new Lateral(scope, 'f', channels);
    this.blocks = Array.from(
      { length: bottlenecks },
      (_, i) => new Bottleneck(scope.scope(`bn_layer.${i}`), channels, bottleneckWidth, channels, 1),
    );
  }

  /** Levels of (b, h, w, channels) to (b, h, w, channels). */
  apply(features: Features, training?: TrainingContext): tf.Tensor4D {
    const batch = training !== undefined;
    const sum = features
      .map((level, i) => this.laterals[i]!.apply(level, batch))
      .reduce((total, level) => residual(total, level));
    const fused = this.fuse.apply(sum, batch);
    const x = this.blocks.reduce((y, block) => block.apply(y, batch), fused);
    return disturbed(x, this.options, training);
  }
}
