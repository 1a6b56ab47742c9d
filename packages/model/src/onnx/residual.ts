import type { Graph, Value } from './graph.js';
import { convolutionNorm, convolutionNormUp, type Weights } from './layers.js';

/**
 * A residual block with BatchNorm of running statistics, NCHW: `Bottleneck` where it has a third convolution, else `BasicBlock`. It doubles the sides where it has
 * an `upsample`, and divides them by `stride` where it has a `downsample`.
 */
export function residualBlock(graph: Graph, x: Value, weights: Weights, stride = 2): Value {
  const up = weights.has('upsample.0.weight');
  const down = weights.has('downsample.0.weight');
  const relu = (y: Value): Value => graph.op('Relu', [y]);
  const plain = (y: Value, i: number): Value => convolutionNorm(graph, y, weights, `conv${i}`, `bn${i}`);
  const resampled = (y: Value, conv: string, norm: string): Value =>
    up
      ? convolutionNormUp(graph, y, weights, conv, norm)
      : convolutionNorm(graph, y, weights, conv, norm, { stride: down ? stride : 1 });
  const inside = weights.has('conv3.weight')
    ? plain(relu(resampled(relu(plain(x, 1)), 'conv2', 'bn2')), 3)
    : plain(relu(resampled(x, 'conv1', 'bn1')), 2);
  const name = up ? 'upsample' : 'downsample';
  const beside = up || down ? resampled(x, `${name}.0`, `${name}.1`) : x;
  return relu(graph.op('Add', [beside, inside]));
}

/** Blocks `0`, `1`, … one after the other. @param stride of those with a `downsample` */
export function residualBlocks(
  graph: Graph,
  x: Value,
  blocks: (index: number) => Weights,
  count: number,
  stride = 2,
): Value {
  let y = x;
  for (let i = 0; i < count; i++) y = residualBlock(graph, y, blocks(i), stride);
  return y;
}
