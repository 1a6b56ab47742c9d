import * as tf from '@tensorflow/tfjs-core';
import { DIRECTIONS, groupedMatMul, pyramidScan } from '@pyramid-mamba/ssm-kernels';
import { aLogs, dtBias, dtProjection, ones, xProjection } from '../initializers.js';
import type { ParameterScope } from '../params.js';

/** Letters: b batch, h×w map, d = d_inner channels, k = 4 directions, n = d_state, r = dt_rank. */
export interface PssOptions {
  dInner: number;
  dState: number;
  dtRank: number;
  grids: readonly number[];
}

/** Pyramidal Scanning Strategy (paper III-C): projections once a pixel and direction, then one scan for all levels. */
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
    const { dInner: d, dState: n, dtRank: r } = options;
    this.xProj = scope.plain('x_proj_weight', [DIRECTIONS, r + 2 * n, d], xProjection);
    this.dtProj = scope.plain('dt_projs_weight', [DIRECTIONS, d, r], dtProjection);
    this.dtBias = scope.plain('dt_projs_bias', [DIRECTIONS, d], dtBias);
    this.aLogs = scope.plain('A_logs', [DIRECTIONS * d, n], aLogs);
    this.skip = scope.plain('Ds', [DIRECTIONS * d], ones);
  }

  /** (b, h, w, d) to (b, h, w, d); `grids` replaces the configured pyramid. */
  apply(u: tf.Tensor4D, grids: readonly number[] = this.options.grids): tf.Tensor4D {
    const { dInner: d, dState: n, dtRank: r } = this.options;
    const [b, h, w] = u.shape;
    const k = DIRECTIONS;
    const pixels = b * h * w;
    const rows = tf.reshape(u, [pixels, d]);
    // Three products rather than one that is then split: cutting the weights costs next to nothing, cutting the result does.
    const [low, B, C] = (
      [
        [0, r],
        [r, n],
        [r + n, n],
      ] as const
    ).map(([first, size]) => {
      const weight = tf.reshape(tf.slice(this.xProj, [0, first, 0], [k, size, d]), [k * size, d]);
      return tf.reshape(tf.matMul(rows, weight, false, true), [pixels, k, size]);
    }) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D]; // (bhw, k, r), (bhw, k, n), (bhw, k, n)
    const delta = groupedMatMul(low, tf.transpose(this.dtProj, [0, 2, 1]) as tf.Tensor3D); // (bhw, k, d)
    return pyramidScan(
      u,
      tf.reshape(delta, [b, h, w, k, d]),
      tf.reshape(tf.neg(tf.exp(this.aLogs)), [k, d, n]),
      tf.reshape(B, [b, h, w, k, n]),
      tf.reshape(C, [b, h, w, k, n]),
      tf.reshape(this.skip, [k, d]),
      this.dtBias as tf.Tensor as tf.Tensor2D,
      { grids },
    );
  }

  /**
   * The third level of the authors' code, which it runs only for maps wider than 64: the second level's outputs are cut once
   * more and scanned anew, with projections made from them, and the three levels are averaged. Unused by our models.
   */
  applyCascade(u: tf.Tensor4D): tf.Tensor4D {
    const whole = this.apply(u, [1]);
    const quadrants = this.apply(u, [2]);
    const sixteenths = this.apply(quadrants, [4]);
    return tf.div(tf.addN([whole, quadrants, sixteenths]), 3);
  }
}
