import type { EncoderEngine } from '../encoders/engine.js';
import { encoderFamilies, familyOf } from '../encoders/registry.js';
import type { AnyEncoderConfig, EncoderWeights } from '../encoders/types.js';
import { FormatError } from '../errors.js';
import type { EncoderGraph } from '../onnx/types.js';
import { NativeEncoder } from './nativeEncoder.js';
import { boundRuntime, RUNTIME } from './runtime.js';

export interface NativeEngineOptions {
  /** Threads of onnxruntime for one picture: the cores, divided by the encoders that compute at the same time. */
  readonly threads: number;
}

/**
 * The engine that computes encoders by onnxruntime-node, for `useEncoderEngine`; families that are registered later are not known to it.
 * Rejects with a sentence where onnxruntime-node is not installed.
 */
export async function nativeEngine({ threads }: NativeEngineOptions): Promise<EncoderEngine> {
  const runtime = boundRuntime();
  const graphs = new Map<string, EncoderGraph>();
  for (const family of encoderFamilies()) {
    const graph = await family.graph?.();
    if (graph) graphs.set(family.family, graph);
  }
  return {
    name: `${RUNTIME} ${runtime.version}`,
    create<C extends AnyEncoderConfig>(config: C, weights: EncoderWeights) {
      const { family, contract } = familyOf(config);
      const graph = graphs.get(family) as EncoderGraph<C> | undefined;
      if (!graph)
        throw new FormatError(
          `the encoder ${contract(config).id} cannot be computed by onnxruntime: it has no graph; compute it with TensorFlow.js`,
        );
      return new NativeEncoder(config, weights, graph, { runtime, threads });
    },
  };
}
