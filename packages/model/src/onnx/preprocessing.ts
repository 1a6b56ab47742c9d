import { placed, type Size } from '../inference/input.js';
import type { Graph, Value } from './graph.js';
import type { Frame, MapValue } from './types.js';

/** ImageNet's mean and deviation of red, green and blue on the scale 0 to 1, as `normalizeImageNet` of the data package has them. */
const MEAN = [0.485, 0.456, 0.406] as const;
const DEVIATION = [0.229, 0.224, 0.225] as const;

/**
 * Pictures (b, height, width, 3) of bytes at their size within the input to the network's input: normalised, NCHW, in the centre of a border of 0.
 */
export function preprocessed(
  graph: Graph,
  pictures: Value,
  input: Size,
  picture: Size,
): { images: MapValue; frame: Frame } {
  const floats = graph.op('Cast', [pictures], { to: 1 });
  const perChannel = (values: readonly number[]): Value => graph.floats([3], values);
  const centred = graph.op('Sub', [floats, perChannel(MEAN.map((mean) => 255 * mean))]);
  const scaled = graph.op('Div', [centred, perChannel(DEVIATION.map((deviation) => 255 * deviation))]);
  const own = placed(input, picture);
  const [bottom, right] = [input.height - own.top - own.height, input.width - own.left - own.width];
  const first = graph.transpose(scaled, 0, 3, 1, 2);
  const fills = own.height === input.height && own.width === input.width;
  const value = fills
    ? first
    : graph.op('Pad', [first, graph.list(0, 0, own.top, own.left, 0, 0, bottom, right)]);
  return { images: { value, channels: 3, ...input }, frame: { input, picture: own } };
}

/** Whether each picture is blank, as `isBlank` of the data package says: (b), as 0 or 1. */
export function blank(graph: Graph, pictures: Value): Value {
  const floats = graph.op('Cast', [pictures], { to: 1 });
  const [most, least] = ['ReduceMax', 'ReduceMin'].map((type) =>
    graph.op(type, [floats, graph.list(1, 2)], { keepdims: 0 }),
  ) as [Value, Value]; // (b, 3)
  const varies = graph.op('Greater', [graph.op('Sub', [most, least]), graph.number(BLANK_RANGE)]);
  const bright = graph.op('Greater', [most, graph.number(DARK)]);
  const shows = graph.op('Cast', [graph.op('And', [varies, bright])], { to: 1 });
  const any = graph.op('ReduceMax', [shows, graph.list(1)], { keepdims: 0 });
  return graph.op('Less', [any, graph.number(0.5)]);
}

/** As in `isBlank`. */
const BLANK_RANGE = 4;
const DARK = 8;
