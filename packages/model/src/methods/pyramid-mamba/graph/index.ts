import { familyOf } from '../../../encoders/registry.js';
import type { Graph, Value } from '../../../onnx/graph.js';
import { below, channelsFirst, channelsLast, type Weights } from '../../../onnx/layers.js';
import type { MapValue } from '../../../onnx/types.js';
import { reconstructionGraph } from '../../reconstruction/graph.js';
import type { PyramidMambaConfig } from '../config.js';
import { studentSizes, type StudentSizes } from '../sizes.js';
import { decoderGraph } from './decoder.js';
import { flatMffGraph } from './flatMff.js';
import { mffGraph } from './mff.js';

/** The features that fusion and decoder rebuild, NCHW, fine to coarse. */
export function rebuilt(
  graph: Graph,
  weights: Weights,
  features: readonly MapValue[],
  sizes: StudentSizes,
): Value[] {
  const own = below(weights, 'mff_oce.');
  const fused = sizes.flat
    ? flatMffGraph(graph, features, own, sizes.mff)
    : mffGraph(graph, features, own, sizes.mff);
  const start = { ...fused, value: channelsLast(graph, fused.value) };
  const maps = decoderGraph(graph, start, below(weights, 'net_s.'), sizes.decoder);
  return maps.map(({ value }) => channelsFirst(graph, value));
}

/** `PyramidMamba.levels` and the method's `fuse` as ONNX nodes. */
export const pyramidMambaGraph = reconstructionGraph<PyramidMambaConfig>(
  (graph, config, weights, features) =>
    rebuilt(
      graph,
      weights,
      features,
      studentSizes(config, familyOf(config.encoder).contract(config.encoder)),
    ),
  (levels) => levels ** 2,
);
