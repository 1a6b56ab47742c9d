// Layers as ONNX nodes. Maps are NCHW where a name says so, channels last elsewhere.
import type { HostArray } from '../nn/params.js';
import type { Graph, Value } from './graph.js';

const EPSILON = 1e-5;

/** Parameters by name. */
export type Weights = ReadonlyMap<string, HostArray>;

/** The parameter of a name. Throws an Error for one that the model lacks: its configuration has been checked before. */
export function weight(weights: Weights, name: string): HostArray {
  const found = weights.get(name);
  if (!found) throw new Error(`export: the parameter ${name} is missing.`);
  return found;
}

/** The parameters below a prefix, without it. */
export const below = (weights: Weights, prefix: string): Map<string, HostArray> =>
  new Map(
    [...weights].flatMap(([name, array]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), array] as const] : [],
    ),
  );

export interface ConvOptions {
  readonly stride?: number;
  /** Channels that are convolved apart. */
  readonly group?: number;
  /** Pixels between neighbouring values of the kernel. */
  readonly dilation?: number;
}

/** A convolution of a map in NCHW, padded by k // 2 · dilation zeros. @param kernel (out, in / group, k, k) */
export function convolution(
  graph: Graph,
  x: Value,
  kernel: HostArray,
  bias?: ArrayLike<number>,
  { stride = 1, group = 1, dilation = 1 }: ConvOptions = {},
): Value {
  const [out, , height, width] = kernel.shape as [number, number, number, number];
  const pads = [height, width].map((side) => dilation * Math.floor(side / 2));
  const inputs = [x, graph.floats(kernel.shape, kernel.data)];
  if (bias) inputs.push(graph.floats([out], bias));
  return graph.op('Conv', inputs, {
    kernel_shape: [height, width],
    strides: [stride, stride],
    dilations: [dilation, dilation],
    pads: [...pads, ...pads],
    group,
  });
}

/** A convolution of a map in NCHW and its BatchNorm with running statistics, as one convolution. @param norm prefix of the BatchNorm's parameters */
export function convolutionNorm(
  graph: Graph,
  x: Value,
  weights: Weights,
  conv: string,
  norm: string,
  options: ConvOptions = {},
): Value {
  const kernel = weight(weights, `${conv}.weight`);
  const { scale, bias } = folded(weights, conv, norm);
  const each = kernel.data.length / scale.length;
  const data = kernel.data.map((value, i) => value * scale[Math.floor(i / each)]!);
  return convolution(graph, x, { shape: kernel.shape, data }, bias, options);
}

/** The same with a transposed convolution of kernel 2 and stride 2, (in, out, 2, 2), that doubles the sides. */
export function convolutionNormUp(
  graph: Graph,
  x: Value,
  weights: Weights,
  conv: string,
  norm: string,
): Value {
  const { shape, data } = weight(weights, `${conv}.weight`);
  const { scale, bias } = folded(weights, conv, norm);
  const [, out, height, width] = shape as [number, number, number, number];
  const scaled = data.map((value, i) => value * scale[Math.floor(i / (height * width)) % out]!);
  return graph.op('ConvTranspose', [x, graph.floats(shape, scaled), graph.floats([out], bias)], {
    kernel_shape: [height, width],
    strides: [height, width],
  });
}

/** What a BatchNorm does to each channel of the convolution before it, with that one's bias if it has one. */
function folded(weights: Weights, conv: string, norm: string): { scale: Float64Array; bias: Float64Array } {
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
    (part) => weight(weights, `${norm}.${part}`).data,
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const before = weights.get(`${conv}.bias`)?.data ?? new Float32Array(gamma.length);
  const scale = Float64Array.from(gamma, (g, i) => g / Math.sqrt(variance[i]! + EPSILON));
  const bias = Float64Array.from(beta, (b, i) => b + (before[i]! - mean[i]!) * scale[i]!);
  return { scale, bias };
}

/** A linear layer over the last axis. @param matrix (out, in), or (out, in, 1, 1) */
export function linear(graph: Graph, x: Value, matrix: HostArray, bias?: HostArray): Value {
  const [outputs, inputs] = matrix.shape as [number, number];
  const transposed = new Float32Array(outputs * inputs);
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++) transposed[i * outputs + o] = matrix.data[o * inputs + i]!;
  const y = graph.op('MatMul', [x, graph.floats([inputs, outputs], transposed)]);
  return bias ? graph.op('Add', [y, graph.floats([outputs], bias.data)]) : y;
}

/** Layer normalisation over the last axis, with the parameters `weight` and `bias` below `name`. */
export function layerNorm(graph: Graph, x: Value, weights: Weights, name: string, epsilon = EPSILON): Value {
  const [gamma, beta] = ['weight', 'bias'].map((part) => weight(weights, `${name}.${part}`)) as [
    HostArray,
    HostArray,
  ];
  return graph.op(
    'LayerNormalization',
    [x, graph.floats(gamma.shape, gamma.data), graph.floats(beta.shape, beta.data)],
    { axis: -1, epsilon: { float: epsilon } },
  );
}

/** Instance normalisation of a map in NCHW without scale and shift. */
export function instanceNorm(graph: Graph, x: Value, channels: number): Value {
  const [ones, zeros] = [1, 0].map((value) =>
    graph.floats([channels], new Float32Array(channels).fill(value), `${channels} of ${value}`),
  ) as [Value, Value];
  return graph.op('InstanceNormalization', [x, ones, zeros], { epsilon: { float: EPSILON } });
}

/** x · sigmoid(x). */
export const silu = (graph: Graph, x: Value): Value => graph.op('Mul', [x, graph.op('Sigmoid', [x])]);

/** x·Φ(x) with the normal distribution's Φ, which is an operator of its own only since ONNX 1.15. */
export function gelu(graph: Graph, x: Value): Value {
  const erf = graph.op('Erf', [graph.op('Mul', [x, graph.number(Math.SQRT1_2)])]);
  const share = graph.op('Mul', [graph.op('Add', [erf, graph.number(1)]), graph.number(0.5)]);
  return graph.op('Mul', [x, share]);
}

/** NCHW to channels last. */
export const channelsLast = (graph: Graph, x: Value): Value => graph.transpose(x, 0, 2, 3, 1);

/** Channels last to NCHW. */
export const channelsFirst = (graph: Graph, x: Value): Value => graph.transpose(x, 0, 3, 1, 2);
