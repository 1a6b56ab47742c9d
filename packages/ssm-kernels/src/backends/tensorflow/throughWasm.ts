import type { TensorInfo } from '@tensorflow/tfjs-core';
import { named } from '../../kernels/named.js';
import type { KernelInputs, KernelName } from '../../kernels/signatures.js';
import type { Kernel } from '../../kernels/table.js';
import type { WasmBackend } from '../wasm/module/module.js';
import { Arena } from './arena.js';
import { tensorOf, values, type TensorflowBackend } from './backend.js';

/** Shared by all kernels: they run one after the other. */
const arena = new Arena();

/**
 * A wasm kernel on TensorFlow: inputs are copied into WebAssembly memory, outputs out of it. For kernels that do much work per
 * value, so that the copies cost little, or for which TensorFlow would need many ops.
 */
export function throughWasm<Name extends KernelName>(
  kernel: Kernel<WasmBackend, Name>,
): Kernel<TensorflowBackend, Name> {
  return (backend, inputs, attrs) => {
    const tensors = inputs as Readonly<Record<string, TensorInfo>>;
    try {
      const copies = named(Object.keys(tensors), (name) =>
        arena.copyOf(values(backend, tensors[name]!), tensors[name]!.shape),
      );
      const results = kernel(arena, copies as unknown as KernelInputs<Name>, attrs);
      const out = (result: TensorInfo): TensorInfo =>
        tensorOf(backend, result.shape, arena.typedArrayFromHeap(result).slice());
      return Array.isArray(results) ? results.map(out) : out(results);
    } finally {
      arena.clear();
    }
  };
}
