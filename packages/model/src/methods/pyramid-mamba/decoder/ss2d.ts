import type * as tf from '@tensorflow/tfjs-core';
import { depthwiseConvSilu, layerNormGate, linearParts } from '@pyramid-mamba/ssm-kernels';
import { kaimingFanOut, linear, ones, zeros } from '../../../nn/initializers.js';
import { pointwise } from '../../../nn/pointwise.js';
import type { ParameterScope } from '../../../nn/params.js';
import { Pss, type PssOptions } from './pss.js';

export interface Ss2dOptions extends Pick<PssOptions, 'grids' | 'scanOrder' | 'directions'> {
  /** C: channels in and out; the scan has d_inner = 2C channels and dt_rank = ⌈C/16⌉. */
  channels: number;
  dState: number;
}

/** The Mamba block in two dimensions: projection to u and gate z, 3×3 depthwise convolution, pyramid scan, norm, gate, projection. */
export class Ss2d {
  private readonly pss: Pss;
  private readonly inProj: tf.Variable;
  private readonly convWeight: tf.Variable;
  private readonly convBias: tf.Variable;
  private readonly normWeight: tf.Variable;
  private readonly normBias: tf.Variable;
  private readonly outProj: tf.Variable;

  constructor(scope: ParameterScope, { channels, dState, grids, scanOrder, directions }: Ss2dOptions) {
    const dInner = 2 * channels;
    const dtRank = Math.ceil(channels / 16);
    this.pss = new Pss(scope, { dInner, dState, dtRank, grids, scanOrder, directions });
    this.inProj = scope.plain('in_proj.weight', [2 * dInner, channels], linear);
    this.convWeight = scope.depthwise('conv2d.weight', [dInner, 1, 3, 3], kaimingFanOut(dInner));
    this.convBias = scope.plain('conv2d.bias', [dInner], zeros);
    this.normWeight = scope.plain('out_norm.weight', [dInner], ones);
    this.normBias = scope.plain('out_norm.bias', [dInner], zeros);
    this.outProj = scope.plain('out_proj.weight', [channels, dInner], linear);
  }

  /** (b, h, w, C) to (b, h, w, C). */
  apply(x: tf.Tensor4D): tf.Tensor4D {
    const [u, z] = linearParts(x, this.inProj, 2) as [tf.Tensor4D, tf.Tensor4D]; // (b, h, w, 2C) each
    const convolved = depthwiseConvSilu(
      u,
      this.convWeight as tf.Tensor as tf.Tensor4D,
      this.convBias as tf.Tensor as tf.Tensor1D,
    );
    const gated = layerNormGate(
      this.pss.apply(convolved),
      this.normWeight as tf.Tensor as tf.Tensor1D,
      this.normBias as tf.Tensor as tf.Tensor1D,
      z,
    );
    return pointwise(gated, this.outProj);
  }
}
