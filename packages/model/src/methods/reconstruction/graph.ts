import { resizeAlignCorners } from '../../inference/resize.js';
import { largest, levelMap } from '../../onnx/fuse.js';
import type { Graph, Value } from '../../onnx/graph.js';
import type { Weights } from '../../onnx/layers.js';
import type { MapValue, MethodGraph } from '../../onnx/types.js';
import type { DetectorConfig } from '../types.js';
import type { Centring } from './centring.js';

/** As in `cosineLevels`. */
const EPSILON = 1e-8;

/** As `centred`, NCHW. */
const centred = (graph: Graph, features: readonly MapValue[], { centre }: Centring): readonly MapValue[] =>
  centre === undefined
    ? features
    : features.map((map) => ({
        ...map,
        value: graph.op('Sub', [
          map.value,
          graph.op('ReduceMean', [map.value, graph.list(2, 3)], { keepdims: 1 }),
        ]),
      }));

/** The rebuilt features, NCHW, in the order of the encoder's. */
export type StudentGraph<C> = (
  graph: Graph,
  config: C,
  weights: Weights,
  features: readonly MapValue[],
) => Value[];

/**
 * `cosineLevels` of features and their reconstruction, and the map of their sum, as ONNX nodes.
 * @param divisor of the sum of so many levels
 */
export const reconstructionGraph = <C extends DetectorConfig & Centring>(
  student: StudentGraph<C>,
  divisor: (levels: number) => number,
): MethodGraph<C> => ({
  levels(graph, config, weights, seen) {
    const features = centred(graph, seen.features, config);
    const rebuilt = student(graph, config, weights, features);
    const sum = (x: Value): Value => graph.op('ReduceSum', [x, graph.list(1)], { keepdims: 0 });
    return features.map(({ value: teacher, height, width }, i) => {
      const pair = [teacher, rebuilt[i]!];
      const dot = sum(graph.op('Mul', pair));
      const squares = pair.map((x) => sum(graph.op('Mul', [x, x])));
      const norms = graph.op('Max', [graph.op('Sqrt', [graph.op('Mul', squares)]), graph.number(EPSILON)]);
      return { value: graph.op('Sub', [graph.number(1), graph.op('Div', [dot, norms])]), height, width };
    });
  },
  fuse(graph, { sigma }, levels, frame) {
    const maps = levels.map((level) => levelMap(graph, level, frame, resizeAlignCorners, sigma));
    const map = graph.op('Div', [graph.op('Sum', maps), graph.number(divisor(levels.length))]);
    return { map, score: largest(graph, map) };
  },
});
