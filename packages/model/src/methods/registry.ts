import { FormatError } from '../errors.js';
import { discriminated } from '../files/discriminated.js';
import { memberMapsWith } from './ensemble/fuse.js';
import type { EnsembleMapConfig } from './ensemble/config.js';
import { ensembleOf } from './ensemble/method.js';
import { Ensemble } from './ensemble/model.js';
import { destseg } from './destseg/index.js';
import { mambaAd } from './mambaad/index.js';
import { patchcore } from './patchcore/index.js';
import { pyramidMamba } from './pyramid-mamba/index.js';
import { rd4ad } from './rd4ad/index.js';
import type { Detector, DetectorConfig, Method } from './types.js';

const STANDARD = 'pyramid-mamba';
const methods = new Map<string, Method>(
  [pyramidMamba, patchcore, rd4ad, mambaAd, destseg].map((method) => [method.name, method]),
);

/** Adds a method. Throws an Error if another one has its name. */
export function registerMethod(method: Method): void {
  const before = methods.get(method.name);
  if (before !== undefined && before !== method)
    throw new Error(`a method ${method.name} is registered already.`);
  methods.set(method.name, method);
}

/** All methods, in the order in which they were registered. */
export const allMethods = (): Method[] => [...methods.values()];

const unknown = (name: unknown): string =>
  `unknown method ${JSON.stringify(name)}; this program has ${[...methods.keys()].join(', ')}`;

/** The method of a configuration or a detector. Throws a FormatError where it is not registered. */
export function methodOf({ method = STANDARD }: { readonly method?: string | undefined }): Method {
  const found = methods.get(method);
  if (!found) throw new FormatError(`method: ${unknown(method)}.`);
  return found;
}

registerMethod(ensembleOf(methodOf));

/** An ensemble of detectors that have learnt, see `Ensemble.of`. */
export const ensemble = (members: readonly Detector[], combine: EnsembleMapConfig['combine']): Ensemble =>
  Ensemble.of(methodOf, members, combine);

/** A picture's map and score by each member of an ensemble alone, in units of the member's scale, from its levels, see `pictureMap`. */
export const memberMaps = memberMapsWith(methodOf);

/** A detector's configuration, discriminated by `method`; absent means `pyramid-mamba`. */
export const detectorConfigSchema = discriminated<DetectorConfig>('method', (name = STANDARD) => {
  const found = typeof name === 'string' ? methods.get(name) : undefined;
  return found?.configSchema ?? unknown(name);
});
