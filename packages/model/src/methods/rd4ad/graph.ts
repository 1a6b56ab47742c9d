import type { Value } from '../../onnx/graph.js';
import { below, convolutionNorm } from '../../onnx/layers.js';
import { residualBlocks } from '../../onnx/residual.js';
import type { MapValue } from '../../onnx/types.js';
import { reconstructionGraph } from '../reconstruction/graph.js';
import type { Rd4adConfig } from './config.js';

/** `Rd4ad.levels` and the method's `fuse` as ONNX nodes. */
export const rd4adGraph = reconstructionGraph<Rd4adConfig>(
  (graph, { embedding, decoder }, weights, features) => {
    const own = below(weights, 'bn.');
    const halved = (x: Value, i: number): Value =>
      graph.op('Relu', [convolutionNorm(graph, x, own, `conv${i}`, `bn${i}`, { stride: 2 })]);
    const [f0, f1, f2] = features as [MapValue, MapValue, MapValue];
    const all = [halved(halved(f0.value, 1), 2), halved(f1.value, 3), f2.value];
    const joined = graph.op('Concat', all, { axis: 1 });
    let y = residualBlocks(graph, joined, (i) => below(own, `bn_layer.${i}.`), embedding);
    const outputs: Value[] = [];
    for (const [layer, count] of decoder.entries()) {
      const blocks = (i: number) => below(weights, `decoder.layer${layer + 1}.${i}.`);
      y = residualBlocks(graph, y, blocks, count);
      outputs.unshift(y);
    }
    return outputs;
  },
  () => 1,
);
