import { availableParallelism } from 'node:os';
import { useEncoderEngine } from '@pyramid-mamba/model';
import { readTfjsWasm } from '@pyramid-mamba/ssm-kernels/system';
import * as tf from '@tensorflow/tfjs-core';
import '@pyramid-mamba/ssm-kernels/gradients';
import { UserError } from './errors.js';
import { joined } from './mpi/joined.js';

/** The backends of this version of the command line. */
export const BACKENDS = ['webgpu', 'cuda', 'tensorflow', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** The name and the help of the option that selects one. */
export const BACKEND_OPTION = [
  '--backend <name>',
  'backend: auto, webgpu, webgpu:GPU-NAME, cuda, tensorflow, wasm, wasm+onnx, cpu',
] as const;

/** A running backend. */
export interface ChosenBackend {
  name: BackendName;
  /** The `--backend` value for the same backend: the name, the GPU's name if it was given, and `+onnx` for an encoder in onnxruntime. */
  request: string;
  /** What computes the encoder where it is not the backend, with its version. */
  encoder?: string;
  /** The description for the user. */
  line: string;
}

/** The separator of backend and GPU in `--backend webgpu:ADAPTER` and `cuda:NUMBER`. */
const SEPARATOR = ':';
/** The end of `--backend wasm+onnx`: the encoder is computed by onnxruntime, the rest by the backend. */
const NATIVE = '+onnx';
/** Backends whose tensors are in this process's memory, or near it: a GPU computes the encoder itself. */
const WITH_NATIVE: readonly BackendName[] = ['tensorflow', 'wasm', 'cpu'];

/** Each starts its backend and describes it; `adapter` is the user's adapter name, if any. */
const STARTERS: Record<BackendName, (adapter: string | undefined, threads: number) => Promise<string>> = {
  async webgpu(adapter) {
    const { startWebGpuInNode } = await import('@pyramid-mamba/ssm-kernels/webgpu/node');
    const info = await startWebGpuInNode(adapter === undefined ? {} : { adapter });
    const mib = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;
    return (
      `${info.name}${info.software ? ', on the CPU' : ''}; ` +
      `buffers up to ${mib(info.maxBufferBytes)}, bindings up to ${mib(info.maxBindingBytes)}, ` +
      `${info.subgroups ? 'with' : 'without'} subgroups`
    );
  },
  async cuda(number) {
    const { startCuda } = await import('@pyramid-mamba/ssm-kernels/cuda/tfjs');
    const info = await startCuda(number === undefined ? {} : { device: Number(number) });
    const gib = (info.memoryBytes / 2 ** 30).toFixed(1);
    const products = 'missing' in info.cublas ? 'our own kernels' : `cuBLAS ${info.cublas.version}`;
    return `${info.name}, ${gib} GiB; kernels for ${info.target}, products by ${products}`;
  },
  async tensorflow() {
    const { startTensorflow } = await import('@pyramid-mamba/ssm-kernels/tensorflow');
    const info = await startTensorflow();
    const device = info.gpu ? 'on a GPU' : 'on the CPU, all cores';
    return `TensorFlow ${info.version} through ${info.package}, ${device}`;
  },
  async wasm(_, threads) {
    await import('@tensorflow/tfjs-backend-wasm');
    const { registerWasmKernels, replaceWasmKernels } = await import('@pyramid-mamba/ssm-kernels/wasm');
    await registerWasmKernels();
    await replaceWasmKernels();
    const count = await startWasm(Math.min(threads, MOST_THREADS));
    return `WebAssembly with SIMD, ${count === 1 ? 'one thread' : `${count} threads`}`;
  },
  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu');
    const { registerCpuKernels } = await import('@pyramid-mamba/ssm-kernels/cpu');
    registerCpuKernels();
    await activate('cpu');
    return 'plain JavaScript, the slow reference';
  },
};

/** Threads that still gain: the parts of a picture's work become too small for more. */
const MOST_THREADS = 8;

/** Starts WebAssembly with so many threads, where the system and what has begun before allow, and returns their number. */
async function startWasm(threads: number): Promise<number> {
  const { canShareMemory, setWasmThreads, startWasmThreads, wasmThreads } =
    await import('@pyramid-mamba/ssm-kernels/wasm/threads');
  if (threads > 1 && canShareMemory() && !('wasm' in tf.engine().registry))
    await startWasmThreads({ threads, binary: readTfjsWasm() }).catch(computeAlone);
  else {
    await activate('wasm');
    await setWasmThreads(threads).catch(computeAlone);
  }
  return wasmThreads();
}

/** Where a helping thread does not start, the backend computes alone, and its description says so. */
function computeAlone(error: unknown): void {
  if (tf.getBackend() !== 'wasm') throw error;
}

/** WebAssembly has one thread until the answer is called: other engines need the cores. */
export async function takeOneThread(): Promise<() => Promise<void>> {
  if (current?.name !== 'wasm') return () => Promise.resolve();
  const { setWasmThreads, wasmThreads } = await import('@pyramid-mamba/ssm-kernels/wasm/threads');
  const before = wasmThreads();
  await setWasmThreads(1);
  return async () => void (await setWasmThreads(before));
}

/** Runs work whose time is told as that of one thread. */
export async function withOneThread<T>(work: () => Promise<T>): Promise<T> {
  const giveBack = await takeOneThread();
  try {
    return await work();
  } finally {
    await giveBack();
  }
}

async function activate(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js refused the backend "${name}"`);
  await tf.ready();
}

/**
 * Makes a backend the current one. `auto` is the first available of TensorFlow on a GPU, a hardware GPU through WebGPU,
 * TensorFlow on the CPU and wasm, with the reason; `webgpu:TEXT` is the GPU whose name contains TEXT, also a software one,
 * `cuda:1` the second NVIDIA GPU. Throws a UserError for an unknown name, and if the requested backend cannot run: there is
 * no silent fallback. With `+onnx` at its end, encoders that are created from now on are computed by onnxruntime.
 *
 * @param threads of WebAssembly and onnxruntime for one picture: fewer than all cores where others judge at the same time
 */
export async function pickBackend(
  wanted: string,
  // the other processes of an MPI job need the cores
  threads = joined.job ? 1 : availableParallelism(),
): Promise<ChosenBackend> {
  // without this the cpu backend prints an advertisement for another package to stderr
  tf.env().set('PROD', true);
  useEncoderEngine(undefined);
  const native = wanted.endsWith(NATIVE);
  const picked = native
    ? await withNative(await pick(wanted.slice(0, -NATIVE.length), threads), wanted, threads)
    : await pick(wanted, threads);
  current = picked;
  return picked;
}

/** The backend with encoders in onnxruntime. Throws a UserError where they cannot be. */
async function withNative(backend: ChosenBackend, wanted: string, threads: number): Promise<ChosenBackend> {
  const { name, request, line } = backend;
  if (!WITH_NATIVE.includes(name))
    throw new UserError(
      `--backend: "${wanted}" has its encoder in onnxruntime on the CPU, and ${name} computes it on a GPU: use --backend ${request}, or wasm${NATIVE}`,
    );
  const { nativeEngine } = await import('@pyramid-mamba/model/node');
  const engine = await nativeEngine({ threads }).catch((error: Error) => {
    throw new UserError(
      `--backend: "${wanted}" cannot run on this machine (${error.message}); without it use --backend ${request}`,
      { cause: error },
    );
  });
  useEncoderEngine(engine);
  return {
    name,
    request: request + NATIVE,
    encoder: engine.name,
    line: `${line.replace(/\)$/, '')}; encoder: ${engine.name}, threads: ${threads})`,
  };
}

let current: ChosenBackend | undefined;

/** The backend that `pickBackend` started last; undefined before. */
export const currentBackend = (): ChosenBackend | undefined => current;

async function pick(wanted: string, threads: number): Promise<ChosenBackend> {
  if (wanted === 'auto') return pickAuto(threads);
  const [name, adapter] = split(wanted);
  const known = BACKENDS.find((backend) => backend === name);
  if (!known || (adapter !== undefined && known !== 'webgpu' && known !== 'cuda')) {
    throw new UserError(
      `--backend: unknown backend "${wanted}"; choose auto, ${BACKENDS.slice(0, -1).join(', ')} or ${BACKENDS.at(-1)}, ` +
        'or webgpu:NAME for the GPU of that name, or wasm+onnx for an encoder in onnxruntime',
    );
  }
  try {
    return chosen(known, wanted, await STARTERS[known](adapter, threads));
  } catch (error) {
    throw new UserError(
      `--backend: "${wanted}" cannot run on this machine (${(error as Error).message}); choose another of ${BACKENDS.join(', ')}`,
      { cause: error },
    );
  }
}

async function pickAuto(threads: number): Promise<ChosenBackend> {
  const refused: string[] = [];
  const { isGpuTensorflowInstalled, isTensorflowInstalled } =
    await import('@pyramid-mamba/ssm-kernels/tensorflow');
  // TensorFlow for the CPU is not even loaded where a GPU works through WebGPU
  const onGpu = isGpuTensorflowInstalled();
  const early = onGpu ? await tensorflowKind(refused) : undefined;
  if (early === 'gpu')
    return chosen('tensorflow', 'tensorflow', await STARTERS.tensorflow(undefined, threads));
  const { missingVulkan } = await import('@pyramid-mamba/ssm-kernels/webgpu/node');
  const missing = missingVulkan();
  if (missing === undefined) {
    try {
      const webgpu = chosen('webgpu', 'webgpu', await STARTERS.webgpu(undefined, threads));
      if (early !== undefined) tf.removeBackend('tensorflow');
      return webgpu;
    } catch (error) {
      refused.push(`webgpu: ${reasonOf(error, 'webgpu')}`);
    }
  } else refused.push(`webgpu: ${missing}`);
  if (!isTensorflowInstalled()) refused.unshift('tensorflow: not installed');
  const started = early ?? (onGpu || !isTensorflowInstalled() ? undefined : await tensorflowKind(refused));
  const name = started === undefined ? 'wasm' : 'tensorflow';
  return chosen(name, name, `${await STARTERS[name](undefined, threads)}; not ${refused.join('; not ')}`);
}

/** What the TensorFlow at hand computes on, which starts it; undefined, with the reason in `refused`, where it does not start. */
async function tensorflowKind(refused: string[]): Promise<'gpu' | 'cpu' | undefined> {
  const { startTensorflow } = await import('@pyramid-mamba/ssm-kernels/tensorflow');
  try {
    return (await startTensorflow()).gpu ? 'gpu' : 'cpu';
  } catch (error) {
    refused.push(`tensorflow: ${reasonOf(error, 'tensorflow')}`);
    return undefined;
  }
}

/** An error's sentence without its leading backend name. */
function reasonOf(error: unknown, engine: string): string {
  const { message } = error as Error;
  return message.replace(`${engine}: `, '').replace(/\.$/, '');
}

function chosen(name: BackendName, request: string, description: string): ChosenBackend {
  return { name, request, line: `backend: ${name} (${description})` };
}

function split(wanted: string): [name: string, adapter: string | undefined] {
  const at = wanted.indexOf(SEPARATOR);
  return at < 0 ? [wanted, undefined] : [wanted.slice(0, at), wanted.slice(at + 1)];
}
