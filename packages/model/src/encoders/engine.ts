import type { AnyEncoderConfig, Encoder, EncoderWeights } from './types.js';

/** What computes encoders in place of TensorFlow.js. Its features have the same shapes and agree up to rounding. */
export interface EncoderEngine {
  /** With its version: features of two names may differ in the last digits. */
  readonly name: string;
  create<C extends AnyEncoderConfig>(config: C, weights: EncoderWeights): Encoder<C>;
}

let current: EncoderEngine | undefined;

/** All encoders that are created from now on are computed by this engine; undefined is TensorFlow.js. Encoders that exist stay as they are. */
export function useEncoderEngine(engine: EncoderEngine | undefined): void {
  current = engine;
}

/** The engine of new encoders; undefined is TensorFlow.js. */
export const encoderEngine = (): EncoderEngine | undefined => current;
