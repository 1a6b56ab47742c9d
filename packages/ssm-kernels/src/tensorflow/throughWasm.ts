import { registerKernel, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import { Arena } from './arena.js';
import { tensorOf, values, type TensorflowBackend } from './backend.js';

/** One for all kernels: they run one after the other. */
const arena = new Arena();

/**
 * Registers a wasm kernel on TensorFlow: its inputs are copied into WebAssembly memory and its outputs out of it. For kernels
 * that do much with each number, beside which the copies are small, or that TensorFlow would make of many ops.
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
