import type { Graph } from '../../../onnx/graph.js';
import { below, convolutionNorm, type Weights } from '../../../onnx/layers.js';
import { residualBlocks } from '../../../onnx/residual.js';
import type { MapValue } from '../../../onnx/types.js';
import { lateralName, type FlatMffOptions } from '../flatMff.js';

/** `FlatMff.apply` as ONNX nodes, NCHW. */
export function flatMffGraph(
  graph: Graph,
  features: readonly MapValue[],
  weights: Weights,
  { bottlenecks }: FlatMffOptions,
): MapValue {
  const lateral = (x: MapValue, name: string): MapValue => ({
    ...x,
    value: graph.op('Relu', [convolutionNorm(graph, x.value, weights, `conv${name}`, `bn${name}`)]),
  });
  const sum = features
    .map((level, i) => lateral(level, lateralName(i)))
    .reduce((total, level) => ({ ...total, value: graph.op('Add', [total.value, level.value]) }));
  const fused = lateral(sum, 'f');
  const blocks = (i: number) => below(weights, `bn_layer.${i}.`);
  return { ...fused, value: residualBlocks(graph, fused.value, blocks, bottlenecks) };
}
