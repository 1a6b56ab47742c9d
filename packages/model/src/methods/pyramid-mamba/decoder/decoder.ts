import * as tf from '@tensorflow/tfjs-core';
import { FormatError } from '../../../errors.js';
import type { Features } from '../../../encoders/types.js';
import type { ParameterScope } from '../../../nn/params.js';
import type { TrainingContext } from '../../../training/context.js';
import type { PyramidMambaConfig } from '../config.js';
import { Css } from './css.js';
import { PatchExpand } from './patchExpand.js';

export interface DecoderOptions extends Omit<PyramidMambaConfig['decoder'], 'depths'> {
  depths: readonly number[];
  /** Channels of the stages, coarse to fine: each half the previous one, or the same where the map keeps its sides. */
  dims: readonly number[];
  /** Stages, counted from the last, that rebuild a level each; absent: all but the first. */
  levels?: number;
}

/** A stage of `depth` scan blocks is a sequence of modules of three blocks each, or of two if three does not divide it. */
export function modulesOf(depth: number): { modules: number; blocks: number } {
  const blocks = depth % 3 === 0 ? 3 : 2;
  if (depth < 1 || depth % blocks !== 0)
    throw new FormatError(`decoder: a stage's depth must be a multiple of 2 or of 3, got ${depth}.`);
  return { modules: depth / blocks, blocks };
}

/**
 * Drop path rate of each stage's modules: from the maximum rate at the coarse end down to 0 over all scan blocks; module i of
 * a stage takes the rate of the stage's i-th block, as in the authors' code.
 */
export function dropPathRates(depths: readonly number[], largest: number): number[][] {
  const total = depths.reduce((s, d) => s + d, 0);
  let first = 0;
  return depths.map((depth) => {
    const rates = Array.from({ length: modulesOf(depth).modules }, (_, i) =>
      total > 1 ? largest * (1 - (first + i) / (total - 1)) : largest,
    );
    first += depth;
    return rates;
  });
}

class Stage {
  private readonly modules: Css[];
  private readonly upsample: PatchExpand | undefined;

  constructor(scope: ParameterScope, options: DecoderOptions, index: number, rates: readonly number[]) {
    const { dims, depths, dState, grids, scanOrder, directions, pss, lec } = options;
    const { modules, blocks } = modulesOf(depths[index]!);
    const common = { channels: dims[index]!, blocks, dState, grids, scanOrder, directions, pss, lec };
    this.modules = Array.from(
      { length: modules },
      (_, i) => new Css(scope.scope(`blocks.${i}`), { ...common, dropPath: rates[i]! }),
    );
    const before = dims[index - 1];
    const grows = before !== undefined && before !== dims[index];
    this.upsample = grows ? new PatchExpand(scope.scope('upsample'), before) : undefined;
  }

  apply(x: tf.Tensor4D, training?: TrainingContext): tf.Tensor4D {
    const start = this.upsample ? this.upsample.apply(x) : x;
    return this.modules.reduce((y, module) => module.apply(y, training), start);
  }
}

/**
 * The Mamba decoder (paper III, figure 1): four stages of CSS modules, the last ones reconstruct the encoder's features. Between stages of as many channels
 * there is no patch expansion: for features of one resolution it is one stack of modules.
 */
export class Decoder {
  private readonly stages: Stage[];
  private readonly levels: number;

  constructor(scope: ParameterScope, options: DecoderOptions) {
    const rates = dropPathRates(options.depths, options.dropPath);
    this.stages = options.depths.map(
      (_, i) => new Stage(scope.scope(`layers_up.${i}`), options, i, rates[i]!),
    );
    this.levels = options.levels ?? options.depths.length - 1;
  }

  /**
   * (b, h, w, dims[0]) to features fine to coarse: (b, 8h, 8w, dims[3]), (b, 4h, 4w, dims[2]), (b, 2h, 2w, dims[1]) of a pyramid, all (b, h, w, dims[0])
   * of one resolution.
   */
  apply(x: tf.Tensor4D, training?: TrainingContext): Features {
    const outputs: tf.Tensor4D[] = [];
    let y = x;
    for (const stage of this.stages) {
      y = stage.apply(y, training);
      outputs.unshift(y);
    }
    return outputs.slice(0, this.levels);
  }
}
