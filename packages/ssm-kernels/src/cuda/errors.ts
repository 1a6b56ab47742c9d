/**
 * What did not work:
 * 'driver' no NVIDIA driver or device, or koffi is missing; 'compiler' no NVRTC, or it refused the kernels; 'architecture' this
 * GPU or driver cannot run what this NVRTC makes; 'memory' too little of it; 'device' the GPU failed, and nothing more can be
 * computed on it in this process; 'usage' a call with wrong arguments, or on something closed.
 */
export type CudaFailure = 'driver' | 'compiler' | 'architecture' | 'memory' | 'device' | 'usage';

/** A fault of the GPU, its driver, its memory or of a call. The message says what to do. */
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
