// Reads model files. Loaded when one is opened: the registry of methods brings all networks and TensorFlow.js.
import {
  inputOf,
  methodOf,
  readModelInfo,
  tileOf,
  type DetectorConfig,
  type ModelInfo,
} from '@pyramid-mamba/model';
import { MAX_CLASSES, MAX_NAME, MAX_SIGMA, MAX_SIZE, MAX_TILED_SIZE } from '@pyramid-mamba/runs';

export { withThresholds } from '@pyramid-mamba/inspect';
export { readModelInfo, withModelInfo } from '@pyramid-mamba/model';

/**
 * The metadata of a model file, checked against the page's limits: a config is a few numbers, and each of them can request any
 * amount of memory or time. Throws one sentence for any error in it; `where` names it.
 */
export function openableModel(bytes: Uint8Array, where: string): { config: DetectorConfig; info: ModelInfo } {
  const read = readModelInfo(bytes, where);
  const { map } = read.config;
  const { width, height } = inputOf(read.config);
  const { classes } = read.info;
  const most = (what: string, value: number, limit: number) => {
    if (value <= limit) return;
    throw new Error(
      `${where}: its ${what} is ${value}, and this page supports at most ${limit}; open a model that pyramid-mamba trained`,
    );
  };
  const tile = tileOf(read.config);
  most('input size', Math.max(width, height), read.config.tiles ? MAX_TILED_SIZE : MAX_SIZE);
  most('tile size', Math.max(tile.width, tile.height), MAX_SIZE);
  most('map’s sigma', map.sigma, MAX_SIGMA);
  for (const extent of methodOf(read.config).extents(read.config))
    most(extent.what, extent.value, extent.most);
  most('number of classes', classes.length, MAX_CLASSES);
  for (const name of classes) most('longest class name', name.length, MAX_NAME);
  return read;
}

/** What the views of results need of a model file. Throws one sentence for any error in it. */
export function traitsOf(bytes: Uint8Array, where: string) {
  const { config } = openableModel(bytes, where);
  const { width, height, fit } = inputOf(config);
  return {
    config,
    input: { width, height, fit },
    sigma: config.map.sigma,
    largestScore: methodOf(config).largestScore(config),
  };
}
export type ModelTraits = ReturnType<typeof traitsOf>;
