import type { Graph, Value } from '../../../onnx/graph.js';
import { below, convolutionNorm, type Weights } from '../../../onnx/layers.js';
import { residualBlocks } from '../../../onnx/residual.js';
import type { MapValue } from '../../../onnx/types.js';
import type { MffOptions } from '../mff.js';

/** `Mff.apply` as ONNX nodes, NCHW. */
export function mffGraph(
  graph: Graph,
  features: readonly MapValue[],
  weights: Weights,
  { bottlenecks, outputs }: MffOptions,
): MapValue {
  const [f0, f1, f2] = features as [MapValue, MapValue, MapValue];
  const relu = (x: Value): Value => graph.op('Relu', [x]);
  const normed = (x: Value, name: string, norm: string, stride = 1): Value =>
    relu(convolutionNorm(graph, x, weights, name, norm, { stride }));
  const fine = normed(f0.value, 'conv1', 'bn1', 2);
  const middle = graph.op('Add', [fine, normed(f1.value, 'conv21', 'bn21')]);
  const reduced = normed(middle, 'conv2', 'bn2', 2);
  const sum = graph.op('Add', [reduced, normed(f2.value, 'conv31', 'bn31')]);
  const blocks = (i: number) => below(weights, `bn_layer.${i}.`);
  const value = residualBlocks(graph, normed(sum, 'convf', 'bnf'), blocks, bottlenecks);
  return { value, channels: outputs, height: f2.height / 2, width: f2.width / 2 };
}
