import type { Sources } from '../driver/nvrtc.js';

/** Kernels that are compiled together: a .cu file, and every header that it may include. */
export interface KernelSource {
  readonly file: string;
  readonly sources: Sources;
}
