import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import { presets } from '@pyramid-mamba/model';
import { registerCpuKernels } from '@pyramid-mamba/ssm-kernels/cpu';
import { startCuda, type CudaOptions } from '@pyramid-mamba/ssm-kernels/cuda/tfjs';
import { startWebGpuInNode } from '@pyramid-mamba/ssm-kernels/webgpu/node';
import { benchModel, checkModel } from '../bench/model.ts';

/** The engines of the network: CUDA with cuBLAS if found, CUDA with our own kernels only, WebGPU. */
export const ENGINES = ['cuda', 'cuda without cuBLAS', 'webgpu'] as const;
export type Engine = (typeof ENGINES)[number];

let current: Engine | undefined;
/** Why cuBLAS was not used. */
let withoutCublas: string | undefined;

/** Makes CUDA the current backend, with cuBLAS if found or without; returns its description. */
async function startWithProducts(engine: Exclude<Engine, 'webgpu'>, options: CudaOptions): Promise<string> {
  if (engine === 'cuda without cuBLAS' && withoutCublas !== undefined)
    throw new Error(`it equals the run on cuda (${withoutCublas})`);
  const { name, cublas } = await startCuda(engine === 'cuda' ? options : { ...options, cublas: false });
  if ('version' in cublas) return `${name}, products by cuBLAS ${cublas.version}`;
  if (engine === 'cuda') withoutCublas = cublas.missing;
  return `${name}, products by our own kernels`;
}

/** Starts an engine if it is not running; returns its backend's name. */
async function start(engine: Engine, options: CudaOptions): Promise<'cuda' | 'webgpu'> {
  const backend = engine === 'webgpu' ? 'webgpu' : 'cuda';
  if (current === engine) return backend;
  registerCpuKernels();
  const what =
    engine === 'webgpu' ? (await startWebGpuInNode()).name : await startWithProducts(engine, options);
  console.log(`${engine}: ${what}`);
  current = engine;
  return backend;
}

/**
 * Whole inference and a training step of `batch` pictures on an engine, after checking its results.
 *
 * @throws Error of one sentence if the engine does not start or differs from the reference
 */
export async function runNetwork(
  engine: Engine,
  options: CudaOptions,
  { seed, repeats, batch }: { seed: number; repeats: number; batch: number },
): Promise<void> {
  await benchModel(seed, repeats, { backend: await start(engine, options), batch });
}

/** Only the check, of the smallest preset. */
export async function checkNetwork(engine: Engine, options: CudaOptions, seed: number): Promise<string> {
  return checkModel(await start(engine, options), 'tiny', presets.tiny.model, seed);
}
