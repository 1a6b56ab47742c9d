import { DIRECTIONS } from '@pyramid-mamba/ssm-kernels';
import type { Graph, Value } from '../../../onnx/graph.js';
import {
  below,
  channelsFirst,
  channelsLast,
  convolution,
  instanceNorm,
  layerNorm,
  linear,
  silu,
  weight,
  type Weights,
} from '../../../onnx/layers.js';
import { modulesOf, type DecoderOptions } from '../decoder/decoder.js';
import { scanGraph } from './scan.js';

/** A map in the decoder, channels last: (b, height, width, channels). */
export interface Rebuilt {
  readonly value: Value;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** `Decoder.apply` as ONNX nodes. */
export function decoderGraph(graph: Graph, x: Rebuilt, weights: Weights, options: DecoderOptions): Rebuilt[] {
  const outputs: Rebuilt[] = [];
  let y = x;
  for (const [i, depth] of options.depths.entries()) {
    const stage = below(weights, `layers_up.${i}.`);
    if (options.dims[i] !== y.channels) y = patchExpand(graph, y, below(stage, 'upsample.'));
    const { modules, blocks } = modulesOf(depth);
    for (let m = 0; m < modules; m++)
      y = { ...y, value: css(graph, y, below(stage, `blocks.${m}.`), blocks, options) };
    outputs.unshift(y);
  }
  return outputs.slice(0, options.levels ?? options.depths.length - 1);
}

function patchExpand(graph: Graph, { value, height, width, channels }: Rebuilt, weights: Weights): Rebuilt {
  const half = channels / 2;
  const wide = linear(graph, value, weight(weights, 'expand.weight'));
  const patches = graph.reshape(wide, -1, width, 2, channels); // (b·h, w, 2, 2·half)
  const rows = graph.reshape(graph.transpose(patches, 0, 2, 1, 3), -1, 2 * height, 2 * width, half);
  return {
    value: layerNorm(graph, rows, weights, 'norm'),
    height: 2 * height,
    width: 2 * width,
    channels: half,
  };
}

function css(graph: Graph, x: Rebuilt, weights: Weights, blocks: number, options: DecoderOptions): Value {
  const branches: Value[] = [];
  if (options.pss) {
    let { value } = x;
    for (let i = 0; i < blocks; i++)
      value = hssBlock(graph, { ...x, value }, below(weights, `smm_blocks.${i}.`), options);
    branches.push(value);
  }
  if (options.lec) branches.push(...localBranches(graph, x, weights));
  const joined = branches.length > 1 ? graph.op('Concat', branches, { axis: 3 }) : branches[0]!;
  const [matrix, bias] = [weight(weights, 'finalconv11.weight'), weight(weights, 'finalconv11.bias')];
  return graph.op('Add', [x.value, linear(graph, joined, matrix, bias)]);
}

/** The branches of 5×5 and of 7×7. */
function localBranches(graph: Graph, { value, channels }: Rebuilt, weights: Weights): Value[] {
  const first = channelsFirst(graph, value);
  const normed = (x: Value): Value => silu(graph, instanceNorm(graph, x, channels));
  const pointwise = (x: Value, name: string): Value =>
    normed(convolution(graph, x, weight(weights, `${name}.weight`), weight(weights, `${name}.bias`).data));
  return [5, 7].map((side) => {
    const kernel = weight(weights, `conv${side}${side}.0.weight`);
    const deep = normed(
      convolution(graph, pointwise(first, `conv1b${side}.0`), kernel, undefined, { group: channels }),
    );
    return channelsLast(graph, pointwise(deep, `conv1a${side}.0`));
  });
}

function hssBlock(graph: Graph, x: Rebuilt, weights: Weights, options: DecoderOptions): Value {
  const own = below(weights, 'self_attention.');
  const { height, width, channels } = x;
  const inner = 2 * channels;
  const projected = linear(graph, layerNorm(graph, x.value, weights, 'ln_1'), weight(own, 'in_proj.weight'));
  const [u, z] = graph.ops('Split', [projected], { axis: 3, num_outputs: 2 }, 2) as [Value, Value];
  const convolved = silu(
    graph,
    convolution(
      graph,
      channelsFirst(graph, u),
      weight(own, 'conv2d.weight'),
      weight(own, 'conv2d.bias').data,
      { group: inner },
    ),
  );
  const pixels = graph.reshape(channelsLast(graph, convolved), -1, height * width, inner);
  const scanned = scanGraph(graph, pixels, own, {
    height,
    width,
    channels: inner,
    states: options.dState,
    rank: Math.ceil(channels / 16),
    grids: options.grids,
    scanOrder: options.scanOrder ?? 'sweep',
    directions: options.directions ?? DIRECTIONS,
  });
  const map = graph.reshape(scanned, -1, height, width, inner);
  const gated = graph.op('Mul', [layerNorm(graph, map, own, 'out_norm'), silu(graph, z)]);
  return graph.op('Add', [x.value, linear(graph, gated, weight(own, 'out_proj.weight'))]);
}
