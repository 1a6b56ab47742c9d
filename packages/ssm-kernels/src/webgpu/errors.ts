/** What a GPU did not do. After 'lost' nothing more can be read from its device; after the others it goes on. */
export type WebGpuFailure = 'lost' | 'memory' | 'validation' | 'internal';

/** A fault of the GPU, its driver or its memory. The message says what to do. */
export class WebGpuError extends Error {
  override readonly name = 'WebGpuError';

  constructor(
    readonly failure: WebGpuFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
