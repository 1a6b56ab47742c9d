import * as tf from '@tensorflow/tfjs-core';
import { residual } from '@pyramid-mamba/ssm-kernels';
import { FormatError } from '../../../errors.js';
import { kaimingFanOut, zeros } from '../../../nn/initializers.js';
import { pointwise } from '../../../nn/pointwise.js';
import type { ParameterScope } from '../../../nn/params.js';
import type { TrainingContext } from '../../../training/context.js';
import { HssBlock, type HssBlockOptions } from './hssBlock.js';
import { Lec } from './lec.js';

export interface CssOptions extends HssBlockOptions {
  /** Scan blocks in sequence. */
  blocks: number;
  /** The global branch; without it the fusion takes only the local branches (2C channels). */
  pss: boolean;
  /** The local branches; without them the fusion takes only the global branch (C channels). */
  lec: boolean;
}

/**
 * Context-aware State Space module (paper III-B; the authors' LSSModule): scan blocks for the global context parallel to
 * the local convolutions, fused by a 1×1 convolution, with a residual connection (eq. (7)).
 */
export class Css {
  private readonly blocks: HssBlock[];
  private readonly lec: Lec | undefined;
  private readonly weight: tf.Variable;
  private readonly bias: tf.Variable;

  constructor(scope: ParameterScope, options: CssOptions) {
    const { channels, blocks, pss, lec } = options;
    if (!pss && !lec)
      throw new FormatError('decoder: pss and lec are both false; a CSS module needs at least one branch.');
    this.blocks = pss
      ? Array.from({ length: blocks }, (_, i) => new HssBlock(scope.scope(`smm_blocks.${i}`), options))
      : [];
    this.lec = lec ? new Lec(scope, channels) : undefined;
    const inputs = channels * ((pss ? 1 : 0) + (lec ? 2 : 0));
    this.weight = scope.plain('finalconv11.weight', [channels, inputs, 1, 1], kaimingFanOut());
    this.bias = scope.plain('finalconv11.bias', [channels], zeros);
  }

  /** (b, h, w, C) to (b, h, w, C). */
  apply(x: tf.Tensor4D, training?: TrainingContext): tf.Tensor4D {
    const branches: tf.Tensor4D[] = [];
    if (this.blocks.length > 0) branches.push(this.blocks.reduce((g, block) => block.apply(g, training), x));
    if (this.lec) branches.push(...this.lec.apply(x));
    const joined = branches.length > 1 ? tf.concat(branches, 3) : branches[0]!;
    return residual(x, pointwise(joined, this.weight, this.bias));
  }
}
