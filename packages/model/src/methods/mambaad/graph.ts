import { familyOf } from '../../encoders/registry.js';
import { rebuilt } from '../pyramid-mamba/graph/index.js';
import { reconstructionGraph } from '../reconstruction/graph.js';
import type { MambaAdConfig } from './config.js';
import { mambaAdSizes } from './model.js';

/** `MambaAd.levels` and the method's `fuse` as ONNX nodes. */
export const mambaAdGraph = reconstructionGraph<MambaAdConfig>(
  (graph, config, weights, features) =>
    rebuilt(graph, weights, features, {
      flat: false,
      ...mambaAdSizes(config, familyOf(config.encoder).contract(config.encoder)),
    }),
  (levels) => levels ** 2,
);
