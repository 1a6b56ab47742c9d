import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { CudaBackend } from './backend.js';

/** The backend's name in TensorFlow.js. */
export const CUDA = 'cuda';

/** Registers a kernel of the backend; its inputs and attributes are those of tfjs-core or of our op. */
export function kernel<Inputs, Attrs = object>(
  kernelName: string,
  run: (backend: CudaBackend, inputs: Inputs, attrs: Attrs) => TensorInfo | TensorInfo[],
): void {
  registerKernel({
    kernelName,
    backendName: CUDA,
    kernelFunc: ({ inputs, backend, attrs }) =>
      run(backend as CudaBackend, inputs as unknown as Inputs, attrs as unknown as Attrs),
  });
}

/** The type in which a kernel reads a tensor. Booleans are integers, 0 or 1. */
export function typeOf({ dtype }: TensorInfo): 'float' | 'int' {
  return dtype === 'float32' ? 'float' : 'int';
}
