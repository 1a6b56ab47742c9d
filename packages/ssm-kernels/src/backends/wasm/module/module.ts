import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { DataId, DataType, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { EngineError } from '../../../errors/engineError.js';
import { kernelsWasmBase64 } from '../generated/kernels.js';

/** A function of the compiled module: byte offsets and element counts in, nothing out. */
export type WasmFunction = (...args: number[]) => void;

/** The slice of tfjs-backend-wasm that the kernels use; `asm.memory` is its linear memory. */
export interface Backend extends Pick<
  BackendWasm,
  'makeOutput' | 'disposeData' | 'typedArrayFromHeap' | 'incRef'
> {
  dataIdMap: { get(dataId: DataId): { memoryOffset: number } };
  wasm: { asm: { memory: WebAssembly.Memory }; _malloc?(bytes: number): number };
}

/** Registers a kernel on a backend: tfjs's own registerKernel, or one that adapts the kernel first. */
export type Register = (config: KernelConfig) => void;

let compiled: Promise<WebAssembly.Module> | undefined;
let module: WebAssembly.Module | undefined;
const instances = new WeakMap<WebAssembly.Memory, Record<string, WasmFunction>>();

/** Compiles the kernels once. Kernels may run only after the promise resolves. */
export async function compileKernels(): Promise<void> {
  compiled ??= WebAssembly.compile(Uint8Array.from(atob(kernelsWasmBase64), (c) => c.charCodeAt(0)));
  module = await compiled;
}

/** The module's functions, bound to the linear memory of this backend. */
export function kernelsOf(backend: Backend): Record<string, WasmFunction> {
  const memory = backend.wasm.asm.memory;
  let functions = instances.get(memory);
  if (!functions) {
    if (!module) throw new Error('ssm-kernels: call and await registerWasmKernels() before running an op.');
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    functions = exports as Record<string, WasmFunction>;
    guardMemory(backend);
    instances.set(memory, functions);
  }
  return functions;
}

/** tfjs-backend-wasm takes the 0 that a failed allocation gives for an address, and would write there. */
function guardMemory({ wasm }: Backend): void {
  const allocate = wasm._malloc?.bind(wasm);
  if (!allocate) return;
  wasm._malloc = (bytes) => {
    const address = allocate(bytes);
    if (address === 0 && bytes > 0)
      throw new EngineError(
        `wasm: there is no memory for another ${(bytes / 2 ** 20).toFixed(1)} MiB (WebAssembly has 4 GiB at most): close other ` +
          'programs, or use a smaller batch (--batch-size) or smaller pictures (--input-size).',
      );
    return address;
  };
}

/** Calls one function of the module. */
export function call(backend: Backend, name: string, ...args: number[]): void {
  const f = kernelsOf(backend)[name];
  if (!f) throw new Error(`ssm-kernels: the wasm module has no function ${name}; rebuild it.`);
  f(...args);
}

/** Byte offset of a tensor's data. */
export function pointer(backend: Backend, tensor: TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}

/** A new, uninitialised tensor. */
export function output(backend: Backend, shape: number[], dtype: DataType = 'float32'): TensorInfo {
  return backend.makeOutput(shape, dtype);
}

/** Runs `use` with the byte offset of `count` uninitialised floats, freed afterwards. */
export function withScratch<T>(backend: Backend, count: number, use: (offset: number) => T): T {
  const scratch = output(backend, [Math.max(1, count)]);
  try {
    return use(pointer(backend, scratch));
  } finally {
    backend.disposeData(scratch.dataId);
  }
}
