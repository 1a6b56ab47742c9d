import type { Graph, Value } from '../../onnx/graph.js';
import { below, weight } from '../../onnx/layers.js';
import { largest } from '../../onnx/fuse.js';
import type { LevelValue, MethodGraph } from '../../onnx/types.js';
import { methodGraph } from '../graphOf.js';
import type { DetectorConfig } from '../types.js';
import { isStretched, memberConfigs, type EnsembleConfig, type Methods } from './config.js';
import { memberPrefix } from './model.js';
import { PROTOTYPES, SCALES } from './scales.js';

/** `Ensemble.levels` and the method's `fuse` as ONNX nodes. */
export async function ensembleGraph(
  methodOf: Methods,
  config: EnsembleConfig,
): Promise<MethodGraph<EnsembleConfig>> {
  const graphs = new Map<string, MethodGraph<DetectorConfig>>();
  for (const member of memberConfigs(config))
    graphs.set(member.method!, await methodGraph(methodOf(member), member));
  return {
    async levels(graph, config, weights, seen) {
      const scales = scalesOf(graph, weights, seen.prototype); // (b, members)
      const all: LevelValue[] = [];
      for (const [i, member] of memberConfigs(config).entries()) {
        const own = below(weights, memberPrefix(i));
        const levels = await graphs.get(member.method!)!.levels(graph, member, own, seen);
        const scale = graph.reshape(graph.op('Gather', [scales, graph.list(i)], { axis: 1 }), -1, 1, 1);
        for (const level of levels) all.push({ ...level, value: graph.op('Div', [level.value, scale]) });
      }
      return all;
    },
    fuse(graph, { combine, members }, levels, frame) {
      let from = 0;
      const each = members.map(({ method, levels: count, map }) => {
        const own = levels.slice(from, (from += count));
        return graphs.get(method)!.fuse(graph, map, own, frame);
      });
      const maps = each.map(({ map }) => map);
      const map = graph.op(combine === 'largest' ? 'Max' : 'Mean', maps);
      if (!isStretched({ combine })) return { map, score: largest(graph, map) };
      return stretched(graph, map, each[0]!.score, combine === 'stretched-square');
    },
  };
}

/** `stretched` of the method's `fuse`: each map, (b, height, width), or its square, multiplied so that its maximum is its score, (b). */
function stretched(graph: Graph, map: Value, score: Value, squared: boolean): { map: Value; score: Value } {
  const maximum = largest(graph, map);
  const none = graph.op('Equal', [maximum, graph.number(0)]);
  const divisor = graph.op('Where', [none, graph.number(1), maximum]);
  const factor = graph.op('Where', [none, graph.number(1), graph.op('Div', [score, divisor])]);
  const inMaps = (value: Value): Value => graph.reshape(value, -1, 1, 1);
  const wanted = squared ? graph.op('Mul', [graph.op('Div', [map, inMaps(divisor)]), map]) : map;
  const out = graph.op('Mul', [wanted, inMaps(factor)]);
  return { map: out, score: largest(graph, out) };
}

/** The scales of the class whose prototype is nearest, (b, members). */
function scalesOf(graph: Graph, weights: Parameters<typeof weight>[0], prototype: Value): Value {
  const [prototypes, scales] = [weight(weights, PROTOTYPES), weight(weights, SCALES)];
  const apart = graph.op('Sub', [
    graph.op('Unsqueeze', [prototype, graph.list(1)]),
    graph.floats(prototypes.shape, prototypes.data),
  ]); // (b, classes, values)
  const squared = graph.op('ReduceSum', [graph.op('Mul', [apart, apart]), graph.list(2)], { keepdims: 0 });
  const nearest = graph.op('ArgMin', [squared], { axis: 1, keepdims: 0 });
  return graph.op('Gather', [graph.floats(scales.shape, scales.data), nearest], { axis: 0 });
}
