import { registerKernel, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import { Arena } from './arena.js';
import { tensorOf, values, type TensorflowBackend } from './backend.js';

/** Shared by all kernels: they run one after the other. */
const arena = new Arena();

/**
 * Registers a wasm kernel on TensorFlow: inputs are copied into WebAssembly memory, outputs out of it. For kernels that do
 * much work per value, so that the copies cost little, or for which TensorFlow would need many ops.
 */
export function registerThroughWasm(config: KernelConfig): void {
  registerKernel({
    ...config,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const tensorflow = backend as TensorflowBackend;
      try {
        const copies = Object.fromEntries(
          Object.entries(inputs).map(([name, tensor]) => [
            name,
            arena.copyOf(values(tensorflow, tensor as TensorInfo), (tensor as TensorInfo).shape),
          ]),
        );
        const results = config.kernelFunc({ inputs: copies, backend: arena, ...(attrs && { attrs }) });
        const out = (result: TensorInfo): TensorInfo =>
          tensorOf(tensorflow, result.shape, arena.typedArrayFromHeap(result).slice());
        return Array.isArray(results) ? results.map(out) : out(results);
      } finally {
        arena.clear();
      }
    },
  });
}
