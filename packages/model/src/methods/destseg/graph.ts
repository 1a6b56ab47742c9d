import { resizeHalfPixel } from '../../inference/resize.js';
import { levelMap } from '../../onnx/fuse.js';
import type { Graph, Value } from '../../onnx/graph.js';
import { below, convolution, convolutionNorm, weight, type Weights } from '../../onnx/layers.js';
import { resizeMatrix, separable } from '../../onnx/maps.js';
import { residualBlocks } from '../../onnx/residual.js';
import type { MapValue, MethodGraph } from '../../onnx/types.js';
import type { DestsegConfig } from './config.js';
import { RATES } from './segmentation.js';
import { BLOCKS } from './student.js';

/** `Destseg.levels` and the method's `fuse` as ONNX nodes. */
export const destsegGraph: MethodGraph<DestsegConfig> = {
  levels(graph, _, weights, { images, features }) {
    const rebuilt = studentGraph(graph, below(weights, 'student.'), images, features);
    const [{ height, width }] = features as [MapValue];
    const seen = features.map((teacher, i) => {
      const product = graph.op('Neg', [
        graph.op('Mul', [normalised(graph, teacher.value), normalised(graph, rebuilt[i]!)]),
      ]);
      return resized(graph, { ...teacher, value: product }, { height, width });
    });
    const joined = graph.op('Concat', seen, { axis: 1 });
    const probability = segmentationGraph(graph, below(weights, 'segmentation.'), joined);
    return [{ value: graph.op('Squeeze', [probability, graph.list(1)]), height, width }];
  },
  fuse(graph, { top, sigma }, [segmentation], frame) {
    const map = levelMap(graph, segmentation!, frame, resizeHalfPixel, sigma);
    const pixels = frame.picture.height * frame.picture.width;
    const most = graph.list(Math.min(top, pixels));
    const [largest] = graph.ops('TopK', [graph.reshape(map, -1, pixels), most], { axis: 1 }, 2);
    return { map, score: graph.op('ReduceMean', [largest!, graph.list(1)], { keepdims: 0 }) };
  },
};

/** `DenoisingStudent`: the teacher's levels rebuilt, fine to coarse. */
function studentGraph(
  graph: Graph,
  weights: Weights,
  images: MapValue,
  features: readonly MapValue[],
): Value[] {
  const own = below(weights, 'encoder.');
  const stem = graph.op('Relu', [convolutionNorm(graph, images.value, own, 'conv1', 'bn1', { stride: 2 })]);
  let y = graph.op('MaxPool', [stem], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  for (let layer = 1; layer <= 4; layer++)
    y = residualBlocks(graph, y, (i) => below(own, `layer${layer}.${i}.`), BLOCKS);
  let size = { height: images.height / 32, width: images.width / 32 };
  const outputs: Value[] = [];
  for (let layer = 4; layer >= 1; layer--) {
    const to = features[layer - 1];
    if (to) {
      y = resized(graph, { ...size, value: y }, to);
      size = to;
    }
    y = residualBlocks(graph, y, (i) => below(weights, `decoder_layer${layer}.${i}.`), BLOCKS, 1);
    if (to) outputs.unshift(y);
  }
  return outputs;
}

/** `SegmentationNet`: probabilities, (b, 1, h, w). */
function segmentationGraph(graph: Graph, weights: Weights, x: Value): Value {
  const layer = (z: Value, name: string, norm: string, dilation = 1): Value =>
    graph.op('Relu', [convolutionNorm(graph, z, weights, name, norm, { dilation })]);
  const named = (z: Value, name: string, dilation = 1): Value =>
    layer(z, `${name}.conv`, `${name}.norm`, dilation);
  const y = residualBlocks(graph, x, (i) => below(weights, `res.${i}.`), 2, 1);
  const extractors = 'head.0.aspp_feature_extractors';
  const mean = named(graph.op('ReduceMean', [y, graph.list(2, 3)], { keepdims: 1 }), `${extractors}.0.1`);
  const spread = graph.op('Expand', [mean, graph.op('Shape', [y])]);
  const dilated = RATES.map((rate, i) => named(y, `${extractors}.${i + 1}`, rate));
  const fused = named(graph.op('Concat', [spread, ...dilated], { axis: 1 }), 'head.0.aspp_fusion_layer');
  const z = layer(fused, 'head.1', 'head.2');
  const [last, bias] = ['weight', 'bias'].map((part) => weight(weights, `head.4.${part}`));
  // by its formula: `Sigmoid` of onnxruntime answers below -18 as at -18, and a map of equal values is that of a failed device
  const inverse = graph.op('Exp', [graph.op('Neg', [convolution(graph, z, last!, bias!.data)])]);
  return graph.op('Reciprocal', [graph.op('Add', [inverse, graph.number(1)])]);
}

/** As in the losses: every pixel's channels divided by their norm. */
function normalised(graph: Graph, x: Value): Value {
  const squares = graph.op('ReduceSum', [graph.op('Mul', [x, x]), graph.list(1)], { keepdims: 1 });
  return graph.op('Div', [
    x,
    graph.op('Add', [
      graph.op('Sqrt', [graph.op('Max', [squares, graph.number(1e-30)])]),
      graph.number(1e-12),
    ]),
  ]);
}

/** `resizeBilinear`. */
function resized(
  graph: Graph,
  { value, height, width }: Pick<MapValue, 'value' | 'height' | 'width'>,
  to: Pick<MapValue, 'height' | 'width'>,
): Value {
  if (height === to.height && width === to.width) return value;
  const axis = (from: number, count: number) => resizeMatrix(resizeHalfPixel, from, count);
  return separable(graph, value, axis(height, to.height), axis(width, to.width));
}
