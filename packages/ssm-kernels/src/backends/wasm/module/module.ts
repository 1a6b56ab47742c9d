import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { EngineError } from '../../../errors/engineError.js';
import { fusedKernelsWasmBase64, kernelsWasmBase64, wasmCalls } from '../generated/kernels.js';
import type { NumberedCall } from '../threads/board.js';
import { withSharedMemory } from '../threads/sharedMemory.js';
import { Team } from '../threads/team.js';

/** A function of the compiled module. */
export type WasmFunction = keyof typeof wasmCalls;

/** Its arguments by the names that they have in the AssemblyScript source: byte offsets, sizes in elements, and numbers. */
export type WasmArguments<Name extends WasmFunction> = Parameters<(typeof wasmCalls)[Name]>[1];

type Exports = Readonly<Record<WasmFunction, (...args: number[]) => number>>;

/** The slice of tfjs-backend-wasm that the kernels use; `asm.memory` is its linear memory. */
export interface WasmBackend extends Pick<
  BackendWasm,
  'makeOutput' | 'disposeData' | 'typedArrayFromHeap' | 'incRef'
> {
  dataIdMap: { get(dataId: DataId): { memoryOffset: number } };
  wasm: { asm: { memory: WebAssembly.Memory }; _malloc?(bytes: number): number };
}

/** How the kernels of a page or a process were compiled. */
export interface WasmKernelsInfo {
  /**
   * With relaxed SIMD: a product with a sum is one fused multiply-add, with one rounding, where the processor has that instruction. Values
   * differ within float32's rounding from those without it.
   */
  readonly fused: boolean;
}

let compiling: Promise<WasmKernelsInfo> | undefined;
let module: WebAssembly.Module | undefined;
/** What `module` was compiled from. */
let binary: Uint8Array<ArrayBuffer> | undefined;
const instances = new WeakMap<WebAssembly.Memory, Exports>();
const teams = new WeakMap<WebAssembly.Memory, { team: Team; eager: boolean }>();

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

/**
 * Compiles the kernels once. Kernels may run only after the promise resolves. The first call decides whether with relaxed SIMD: with
 * `fused` where the engine has it.
 */
export function compileKernels(fused = false): Promise<WasmKernelsInfo> {
  compiling ??= compile(fused);
  return compiling;
}

async function compile(wanted: boolean): Promise<WasmKernelsInfo> {
  const bytes = bytesOf(fusedKernelsWasmBase64);
  const fused = wanted && WebAssembly.validate(bytes);
  binary = fused ? bytes : bytesOf(kernelsWasmBase64);
  module = await WebAssembly.compile(binary);
  return { fused };
}

const NAMES = Object.keys(wasmCalls) as WasmFunction[];
const NUMBERS = new Map(NAMES.map((name, number) => [name, number]));

/**
 * From now on kernels on this backend, whose memory is shared, compute with so many threads. Await it before the next op.
 *
 * @param eager also work that is too small to gain by it, so that a test sees all kernels shared out
 * @param make see Team.start, also for patience
 * @throws EngineError where a thread does not start
 */
export async function shareAmong(
  backend: WasmBackend,
  threads: number,
  {
    eager = false,
    make,
    patience,
  }: { eager?: boolean; make?: (() => Worker) | undefined; patience?: number } = {},
): Promise<void> {
  const { memory } = backend.wasm.asm;
  const shared = await sharedModule();
  if (!instances.has(memory)) bind(backend, shared);
  teams.get(memory)?.team.stop();
  teams.delete(memory);
  if (threads === 1) return;
  teams.set(memory, {
    team: await Team.start(threads, { module: shared, memory, names: NAMES }, make, patience),
    eager,
  });
}

let compilingShared: Promise<WebAssembly.Module> | undefined;

/** The kernels, compiled once for memory that threads share. */
function sharedModule(): Promise<WebAssembly.Module> {
  compilingShared ??= compileKernels().then(() => WebAssembly.compile(withSharedMemory(binary!)));
  return compilingShared;
}

/** Binds a module's functions to the linear memory of this backend. */
function bind(backend: WasmBackend, compiled: WebAssembly.Module): Exports {
  const memory = memoryOf(backend);
  const functions = new WebAssembly.Instance(compiled, { env: { memory } }).exports as Exports;
  guardMemory(backend);
  instances.set(memory, functions);
  return functions;
}

/** Threads that compute this backend's kernels. */
export function threadsOf(backend: WasmBackend): number {
  return teams.get(backend.wasm.asm.memory)?.team.size ?? 1;
}

function memoryOf({ wasm }: WasmBackend): WebAssembly.Memory {
  const memory = wasm.asm.memory as WebAssembly.Memory | undefined;
  if (memory) return memory;
  throw new EngineError(
    'wasm: TensorFlow.js started its threaded build, whose memory our kernels do not reach: set its flag WASM_HAS_MULTITHREAD_SUPPORT to false before the backend starts, or start it by startWasmThreads of ssm-kernels/wasm/threads.',
  );
}

/** The module's functions, bound to the linear memory of this backend. */
function functionsOf(backend: WasmBackend): Exports {
  const functions = instances.get(memoryOf(backend));
  if (functions) return functions;
  if (!module) throw new Error('ssm-kernels: call and await registerWasmKernels() before running an op.');
  return bind(backend, module);
}

/** tfjs-backend-wasm takes the 0 that a failed allocation gives for an address, and would write there. */
function guardMemory({ wasm }: WasmBackend): void {
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

/**
 * Calls a function of the module with its arguments by name. Returns its result, if it has one. In V8 of Node 20 an object that
 * begins with a spread takes microseconds to make, one that ends with it a tenth of one: write spreads last.
 */
export function call<Name extends WasmFunction>(
  backend: WasmBackend,
  name: Name,
  args: WasmArguments<Name>,
): number {
  // a union of functions, each of which takes its own arguments
  const caller = wasmCalls[name] as (f: Exports[Name], args: WasmArguments<Name>) => number;
  return caller(functionsOf(backend)[name], args);
}

/** A call of a function of the module. */
export type WasmCall = { [Name in WasmFunction]: readonly [Name, WasmArguments<Name>] }[WasmFunction];

/**
 * Runs tasks, each a list of calls in their order, on all threads of the backend: no task may read or write what another writes. Returns
 * when all are done.
 */
export function callAll(backend: WasmBackend, tasks: readonly (readonly WasmCall[])[]): void {
  const team = teams.get(backend.wasm.asm.memory)?.team;
  if (team && tasks.length > 1) team.run(tasks.map((task) => task.map(numbered)));
  else for (const task of tasks) for (const [name, args] of task) call(backend, name, args);
}

function numbered([name, args]: WasmCall): NumberedCall {
  let positions: number[] = [];
  const caller = wasmCalls[name] as (f: (...args: number[]) => number, args: unknown) => number;
  caller((...all) => {
    positions = all;
    return 0;
  }, args);
  return [NUMBERS.get(name)!, positions];
}

/** Cuts `total` into ranges [from, to) for the backend's threads, all multiples of `unit` but the end; one range where each would have less than `least`. */
export function shares(
  backend: WasmBackend,
  total: number,
  unit: number,
  least: number,
): { from: number; to: number }[] {
  const { team, eager } = teams.get(backend.wasm.asm.memory) ?? {};
  const worth = eager ? unit : Math.max(unit, least);
  const count = Math.max(1, Math.min(team?.size ?? 1, Math.floor(total / worth)));
  const units = Math.ceil(total / unit);
  const edge = (i: number): number => Math.min(total, unit * Math.round((units * i) / count));
  return Array.from({ length: count }, (_, i) => ({ from: edge(i), to: edge(i + 1) }));
}

/** Byte offset of a tensor's data. */
export function pointer(backend: WasmBackend, tensor: TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}

/** A new, uninitialised tensor. */
export function output(backend: WasmBackend, shape: number[], dtype: DataType = 'float32'): TensorInfo {
  return backend.makeOutput(shape, dtype);
}

/** Runs `use` with the byte offset of `count` uninitialised floats, freed afterwards. */
export function withScratch<T>(backend: WasmBackend, count: number, use: (offset: number) => T): T {
  const scratch = output(backend, [Math.max(1, count)]);
  try {
    return use(pointer(backend, scratch));
  } finally {
    backend.disposeData(scratch.dataId);
  }
}
