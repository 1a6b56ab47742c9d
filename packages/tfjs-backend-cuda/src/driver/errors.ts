/**
 * The type of a failure:
 * 'driver' no NVIDIA driver or device, or koffi is missing; 'compiler' no NVRTC, or a compile error; 'architecture' this GPU
 * or driver cannot run the output of this NVRTC; 'memory' out of memory; 'device' the GPU failed and cannot be used any more
 * in this process; 'usage' a call with invalid arguments, or on something closed.
 */
export type CudaFailure = 'driver' | 'compiler' | 'architecture' | 'memory' | 'device' | 'usage';

/** A failure of the GPU, its driver, its memory or a call. The message says what to do. */
export class CudaError extends Error {
  override readonly name = 'CudaError';

  constructor(
    readonly failure: CudaFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
