import { EngineError } from '../../../errors/engineError.js';

/** The type of a GPU failure. After 'lost' the device cannot be read any more; after the others it stays usable. */
export type WebGpuFailure = 'lost' | 'memory' | 'validation' | 'internal';

/** A failure of the GPU, its driver or its memory. The message says what to do. */
export class WebGpuError extends EngineError {
  override readonly name = 'WebGpuError';

  constructor(
    readonly failure: WebGpuFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
