import type { EncoderGraph, MapValue } from '../../onnx/types.js';
import type { Graph } from '../../onnx/graph.js';
import { convolution, weight } from '../../onnx/layers.js';
import type { EncoderWeights } from '../types.js';
import { resnetLayers, resnetStem, type ResnetBlock, type ResnetConv } from './architecture.js';
import type { ResnetConfig } from './config.js';

/** `ResnetEncoder` as ONNX nodes. */
export const resnetGraph: EncoderGraph<ResnetConfig> = {
  encode(graph, config, weights, images) {
    const stem = apply(graph, weights, resnetStem(config), images, true);
    let x: MapValue = {
      ...stem,
      value: graph.op('MaxPool', [stem.value], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
      height: Math.ceil(stem.height / 2),
      width: Math.ceil(stem.width / 2),
    };
    return resnetLayers(config).map((blocks) => {
      for (const block of blocks) x = residual(graph, weights, block, x);
      return x;
    });
  },
  prototype(graph, features) {
    return graph.op('ReduceMean', [features.at(-1)!.value, graph.list(2, 3)], { keepdims: 0 });
  },
};

function residual(
  graph: Graph,
  weights: EncoderWeights,
  { convs, shortcut }: ResnetBlock,
  x: MapValue,
): MapValue {
  const y = convs.reduce((z, conv, i) => apply(graph, weights, conv, z, i < convs.length - 1), x);
  const beside = shortcut ? apply(graph, weights, shortcut, x, false) : x;
  return { ...y, value: graph.op('Relu', [graph.op('Add', [y.value, beside.value])]) };
}

function apply(
  graph: Graph,
  weights: EncoderWeights,
  { name, shape: [channels], stride }: ResnetConv,
  { value, height, width }: MapValue,
  relu: boolean,
): MapValue {
  const kernel = weight(weights, `${name}.weight`);
  const y = convolution(graph, value, kernel, weight(weights, `${name}.bias`).data, { stride });
  return {
    value: relu ? graph.op('Relu', [y]) : y,
    channels,
    height: Math.ceil(height / stride),
    width: Math.ceil(width / stride),
  };
}
