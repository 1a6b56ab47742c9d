import type { Graph, Value } from '../../onnx/graph.js';
import { below, gelu, layerNorm, linear, weight, type Weights } from '../../onnx/layers.js';
import type { EncoderGraph, MapValue } from '../../onnx/types.js';
import type { HostArray } from '../../nn/params.js';
import { NORM_EPSILON, positionName } from './architecture.js';
import type { VitConfig } from './config.js';
import { positionsFor } from './positions.js';

/** `VitEncoder` as ONNX nodes. Tokens are (b, 1 + registers + patches, width). */
export const vitGraph: EncoderGraph<VitConfig> = {
  encode(graph, config, weights, images) {
    const { levels, patch, width, registers } = config;
    const [height, columns] = [images.height / patch, images.width / patch];
    const first = 1 + registers;
    const tokens = first + height * columns;
    const last = Math.max(...levels.map(([, end]) => end));
    const outputs: Value[] = [];
    let x = embedded(graph, config, weights, images);
    for (let i = 0; i <= last; i++)
      outputs.push((x = block(graph, x, below(weights, `blocks.${i}.`), config, tokens)));
    return levels.map(([start, end]) => {
      const own = outputs.slice(start, end + 1);
      const mean = own.length === 1 ? own[0]! : graph.op('Mean', own);
      const patches = graph.op('Slice', [mean, graph.list(first), graph.list(tokens), graph.list(1)]);
      const value = graph.reshape(graph.transpose(patches, 0, 2, 1), -1, width, height, columns);
      return { value, channels: width, height, width: columns };
    });
  },
  prototype(graph, features) {
    return graph.op('ReduceMean', [features.at(-1)!.value, graph.list(2, 3)], { keepdims: 0 });
  },
};

/** Class token, registers and patches with their positions. */
function embedded(graph: Graph, config: VitConfig, weights: Weights, images: MapValue): Value {
  const { patch, width, registers, interpolation } = config;
  const [rows, columns] = [images.height / patch, images.width / patch];
  const kernel = weight(weights, 'patch_embed.proj.weight');
  const bias = weight(weights, 'patch_embed.proj.bias');
  const inputs = [
    images.value,
    graph.floats(kernel.shape, kernel.data),
    graph.floats(bias.shape, bias.data),
  ] as const;
  const cells = graph.op('Conv', inputs, { kernel_shape: [patch, patch], strides: [patch, patch] });
  const listed = graph.transpose(graph.reshape(cells, -1, width, rows * columns), 0, 2, 1);
  const positions = positionsFor(weight(weights, positionName(interpolation)).data, [rows, columns], config);
  const patches = graph.op('Add', [
    listed,
    graph.floats([1, rows * columns, width], positions.subarray(width)),
  ]);
  // the registers have no position
  const first = new Float32Array((1 + registers) * width);
  first.set(weight(weights, 'cls_token').data.map((value, i) => value + positions[i]!));
  if (registers > 0) first.set(weight(weights, 'register_tokens').data, width);
  const batch = graph.op('Shape', [patches], { start: 0, end: 1 });
  const shape = graph.op('Concat', [batch, graph.list(1 + registers, width)], { axis: 0 });
  const leading = graph.op('Expand', [graph.floats([1, 1 + registers, width], first), shape]);
  return graph.op('Concat', [leading, patches], { axis: 1 });
}

function block(graph: Graph, x: Value, weights: Weights, config: VitConfig, tokens: number): Value {
  const layer = (input: Value, name: string, gamma?: string): Value => {
    const [matrix, bias] = ['weight', 'bias'].map((part) => weight(weights, `${name}.${part}`)) as [
      HostArray,
      HostArray,
    ];
    const scale = gamma === undefined ? undefined : weights.get(gamma)?.data;
    return scale
      ? linear(graph, input, rowsScaled(matrix, scale), rowsScaled(bias, scale))
      : linear(graph, input, matrix, bias);
  };
  const norm = (input: Value, name: string): Value => layerNorm(graph, input, weights, name, NORM_EPSILON);
  const attention = attended(graph, layer(norm(x, 'norm1'), 'attn.qkv'), config, tokens);
  const y = graph.op('Add', [x, layer(attention, 'attn.proj', 'ls1.gamma')]);
  const hidden = gelu(graph, layer(norm(y, 'norm2'), 'mlp.fc1'));
  return graph.op('Add', [y, layer(hidden, 'mlp.fc2', 'ls2.gamma')]);
}

/** A layer's outputs times the LayerScale that follows it. */
function rowsScaled({ shape, data }: HostArray, scale: Float32Array): HostArray {
  const each = data.length / scale.length;
  return { shape, data: data.map((value, i) => value * scale[Math.floor(i / each)]!) };
}

/** softmax(q kᵀ / √each) v per head, from (b, tokens, 3·width). */
function attended(graph: Graph, qkv: Value, { width, heads }: VitConfig, tokens: number): Value {
  const each = width / heads;
  const parts = graph.transpose(graph.reshape(qkv, -1, tokens, 3, heads, each), 2, 0, 3, 1, 4);
  const [q, k, v] = graph
    .ops('Split', [parts], { axis: 0, num_outputs: 3 }, 3)
    .map((part) => graph.op('Squeeze', [part, graph.list(0)])) as [Value, Value, Value];
  const scaled = graph.op('Mul', [q, graph.number(each ** -0.5)]);
  const products = graph.op('MatMul', [scaled, graph.transpose(k, 0, 1, 3, 2)]);
  const mixed = graph.op('MatMul', [graph.op('Softmax', [products], { axis: -1 }), v]);
  return graph.reshape(graph.transpose(mixed, 0, 2, 1, 3), -1, tokens, width);
}
