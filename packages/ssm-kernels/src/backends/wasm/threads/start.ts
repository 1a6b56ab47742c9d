import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { engine, env, ready, setBackend } from '@tensorflow/tfjs-core';
import { EngineError } from '../../../errors/engineError.js';
import { shareAmong, threadsOf, type WasmBackend } from '../module/module.js';
import { withSharedMemory } from './sharedMemory.js';

/** How the threaded engine starts. */
export interface WasmThreadsOptions {
  /** Threads, the calling one among them; at least 2. */
  readonly threads: number;
  /** The contents of tfjs-backend-wasm's `dist/tfjs-backend-wasm-simd.wasm`, of the version that is installed. */
  readonly binary: Uint8Array;
  /**
   * Of a page whose Content-Security-Policy allows no worker made of text: a worker whose file imports `ssm-kernels/wasm/threads/helper` and
   * nothing else.
   */
  readonly worker?: () => Worker;
  /** Share out also what is too small to gain by it, as tests want. Default false. */
  readonly eager?: boolean;
}

const NAME = 'wasm';
/** Makes the helpers' workers; undefined: of text. */
let make: (() => Worker) | undefined;
/** The address of the binary with shared memory. */
const PATCHED = 'shared memory';
/** 64 KiB each: 4 GiB, which a memory reserves and does not use. */
const MAX_PAGES = 65536;

/** Whether threads can share memory here: in Node, and in pages whose host sends the headers COOP and COEP, if the system grants the addresses. */
export function canShareMemory(): boolean {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (typeof SharedArrayBuffer !== 'function' || crossOriginIsolated === false) return false;
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true }).buffer.byteLength > 0;
  } catch {
    return false;
  }
}

/** The backend, if it has begun. */
const begun = (): WasmBackend | undefined => engine().registry[NAME] as unknown as WasmBackend | undefined;

// a page that may not share memory has no such name
const isShared = ({ wasm }: WasmBackend): boolean =>
  typeof SharedArrayBuffer === 'function' && wasm.asm.memory.buffer instanceof SharedArrayBuffer;

/**
 * Starts TensorFlow.js's backend `wasm` on memory that threads share and makes it the current one; our kernels then compute one picture on
 * several threads, with the same bits as on one. In the place of `setBackend('wasm')`, after registerWasmKernels() and, for convolutions and matrix
 * products on all threads, replaceWasmKernels(). Where the backend has begun so before, its number of threads changes: see setWasmThreads.
 *
 * @throws EngineError where threads cannot share memory (see canShareMemory), where the backend has begun with memory of its own, and where a thread does not start
 */
export async function startWasmThreads({
  threads,
  binary,
  worker,
  eager = false,
}: WasmThreadsOptions): Promise<void> {
  if (!begun()) await startShared(binary);
  else if (!(await setBackend(NAME))) throw new EngineError('wasm: the backend did not start.');
  const backend = begun()!;
  if (!isShared(backend))
    throw new EngineError(
      'wasm: the backend has begun with memory that threads cannot share: start threads before the first op.',
    );
  make = worker;
  await shareAmong(backend, threads, { eager, make });
}

async function startShared(binary: Uint8Array): Promise<void> {
  if (!canShareMemory())
    throw new EngineError(
      'wasm: threads cannot share memory here: a page needs a host that sends Cross-Origin-Opener-Policy: same-origin and ' +
        'Cross-Origin-Embedder-Policy: require-corp; use one thread.',
    );
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const names = ['', '-simd', '-threaded-simd'].map((kind) => `tfjs-backend-wasm${kind}.wasm`);
  setWasmPaths(Object.fromEntries(names.map((name) => [name, PATCHED])), true);
  const giveBack = answerFetch(withSharedMemory(binary));
  try {
    if (!(await setBackend(NAME)))
      throw new EngineError('wasm: the backend did not start; the console says why.');
    await ready();
  } finally {
    giveBack();
  }
}

/** tfjs-backend-wasm takes its binary from an address alone, and a page's policy may allow no address of changed bytes: a name that TensorFlow.js's fetch answers. */
function answerFetch(bytes: Uint8Array<ArrayBuffer>): () => void {
  const { platform } = env();
  const fetch = platform.fetch.bind(platform);
  platform.fetch = (path, init) =>
    path === PATCHED ? Promise.resolve(new Response(bytes)) : fetch(path, init);
  return () => {
    platform.fetch = fetch;
  };
}

/** Threads that compute on the backend `wasm`. */
export function wasmThreads(): number {
  const backend = begun();
  return backend ? threadsOf(backend) : 1;
}

/**
 * From now on so many threads compute, this one among them: 1 while other engines need the cores. Await it before the next op. Resolves to
 * the number that there is: always 1 where the backend was not started by startWasmThreads.
 */
export async function setWasmThreads(threads: number): Promise<number> {
  const backend = begun();
  if (!backend || !isShared(backend)) return 1;
  if (threadsOf(backend) !== threads) await shareAmong(backend, threads, { make });
  return threadsOf(backend);
}
