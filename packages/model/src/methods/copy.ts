import type { EncoderWeights } from '../encoders/types.js';
import type { HostTensor } from '../files/safetensors.js';
import type { HostArray } from '../nn/params.js';
import { methodOf } from './registry.js';
import type { Detector, DetectorConfig, Origins } from './types.js';

/** A detector outside any backend, which `structuredClone` can copy: with it another thread judges as this one does, bit for bit. */
export interface DetectorCopy {
  readonly config: DetectorConfig;
  readonly encoder: EncoderWeights;
  /** What was learnt, see `Detector.stateDict`. */
  readonly learnt: ReadonlyMap<string, HostArray>;
  /** See `Detector.origins`. */
  readonly origins?: Origins | undefined;
}

/** A copy of a detector. Its numbers are in shared memory where the platform has it, so that several threads hold them once. */
export async function copyOf(model: Detector): Promise<DetectorCopy> {
  const { origins } = model;
  return {
    config: model.config,
    encoder: sharedWeights(model.encoder.weights),
    learnt: sharedWeights(await model.stateDict()),
    ...(origins && { origins }),
  };
}

/** The detector of a copy, on the current backend; the caller's to dispose. Throws a FormatError where the numbers do not fit the configuration. */
export function detectorFrom({ config, encoder, learnt, origins }: DetectorCopy): Detector {
  const tensors = new Map<string, HostTensor>();
  for (const [name, { shape, data }] of learnt) tensors.set(name, { dtype: 'F32', shape: [...shape], data });
  const model = methodOf(config).load(config, encoder, tensors, 'the copy of a model');
  if (origins) model.remember?.(origins);
  return model;
}

/** The same weights in shared memory, where the platform has it. */
export function sharedWeights(weights: ReadonlyMap<string, HostArray>): Map<string, HostArray> {
  return new Map([...weights].map(([name, { shape, data }]) => [name, { shape, data: shared(data) }]));
}

function shared(data: Float32Array): Float32Array {
  // pages have it only where they are isolated from others
  if (typeof SharedArrayBuffer === 'undefined' || data.buffer instanceof SharedArrayBuffer) return data;
  const copy = new Float32Array(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}
