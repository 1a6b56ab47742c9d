import * as tf from '@tensorflow/tfjs-core';
import { DIRECTIONS, projectedScan, type ScanDirections, type ScanOrder } from '@pyramid-mamba/ssm-kernels';
import { aLogs, dtBias, dtProjection, ones, xProjection } from '../../../nn/initializers.js';
import type { ParameterScope } from '../../../nn/params.js';

/** Letters: b batch, h×w map, d = d_inner channels, k directions, n = d_state, r = dt_rank. */
export interface PssOptions {
  dInner: number;
  dState: number;
  dtRank: number;
  grids: readonly number[];
  /** The curve that each direction follows; absent: `sweep`. */
  scanOrder?: ScanOrder | undefined;
  /** k; absent: 4. */
  directions?: ScanDirections | undefined;
}

/** Pyramidal Scanning Strategy (paper III-C): projections once per pixel and direction, then one scan for all levels. */
export class Pss {
  private readonly xProj: tf.Variable;
  private readonly dtProj: tf.Variable;
  private readonly dtBias: tf.Variable;
  private readonly aLogs: tf.Variable;
  private readonly skip: tf.Variable;

  constructor(
    scope: ParameterScope,
    private readonly options: PssOptions,
  ) {
    const { dInner: d, dState: n, dtRank: r, directions: k = DIRECTIONS } = options;
    this.xProj = scope.plain('x_proj_weight', [k, r + 2 * n, d], xProjection);
    this.dtProj = scope.plain('dt_projs_weight', [k, d, r], dtProjection);
    this.dtBias = scope.plain('dt_projs_bias', [k, d], dtBias);
    this.aLogs = scope.plain('A_logs', [k * d, n], aLogs);
    this.skip = scope.plain('Ds', [k * d], ones);
  }

  /** (b, h, w, d) to (b, h, w, d); `grids` replaces the configured pyramid. */
  apply(u: tf.Tensor4D, grids: readonly number[] = this.options.grids): tf.Tensor4D {
    const { scanOrder, directions } = this.options;
    return projectedScan(
      u,
      {
        xProj: this.xProj as tf.Tensor as tf.Tensor3D,
        dtProj: this.dtProj as tf.Tensor as tf.Tensor3D,
        dtBias: this.dtBias as tf.Tensor as tf.Tensor2D,
        aLogs: this.aLogs as tf.Tensor as tf.Tensor2D,
        D: this.skip as tf.Tensor as tf.Tensor1D,
      },
      { grids, ...(scanOrder && { scanOrder }), ...(directions && { directions }) },
    );
  }
}
