import type * as tf from '@tensorflow/tfjs-core';
import { BasicBlock, Bottleneck, type Resampling } from '../../nn/residual.js';
import type { ParameterScope } from '../../nn/params.js';
import type { Rd4adConfig } from './config.js';

/** A bottleneck block has a quarter of its outputs inside, times `inner`. */
const EXPANSION = 4;

export interface Block {
  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D;
}

/** A layer: `count` residual blocks `0`, `1`, …, of which the first resamples. */
export function layerOf(
  scope: ParameterScope,
  block: Rd4adConfig['block'],
  inputs: number,
  outputs: number,
  count: number,
  resampling: Resampling,
): Block[] {
  return Array.from({ length: count }, (_, i) => {
    const own = scope.scope(String(i));
    const from = i === 0 ? inputs : outputs;
    const step = i === 0 ? resampling : 1;
    if (block.kind === 'basic') return new BasicBlock(own, from, outputs, step);
    return new Bottleneck(own, from, (outputs / EXPANSION) * block.inner, outputs, step);
  });
}

/** The blocks one after the other. */
export const through = (blocks: readonly Block[], x: tf.Tensor4D, training: boolean): tf.Tensor4D =>
  blocks.reduce((y, block) => block.apply(y, training), x);
