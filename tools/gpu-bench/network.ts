import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import { presets } from '@pyramid-mamba/model';
import { registerCpuKernels } from '@pyramid-mamba/ssm-kernels/cpu';
import { startCuda, type CudaOptions } from '@pyramid-mamba/ssm-kernels/cuda/tfjs';
import { startWebGpuInNode } from '@pyramid-mamba/ssm-kernels/webgpu/node';
import { benchModel, checkModel } from '../bench/model.ts';

export const ENGINES = ['cuda', 'webgpu'] as const;
export type Engine = (typeof ENGINES)[number];

const started = new Set<Engine>();

async function start(engine: Engine, options: CudaOptions): Promise<void> {
  if (started.has(engine)) return;
  registerCpuKernels();
  const { name } = engine === 'cuda' ? await startCuda(options) : await startWebGpuInNode();
  console.log(`${engine}: ${name}`);
  started.add(engine);
}

/**
 * Whole inference and a training step of `batch` pictures on an engine, once what it computes has been checked.
 *
 * @throws Error in a sentence where the engine does not start, or computes something else than the reference
 */
export async function runNetwork(
  engine: Engine,
  options: CudaOptions,
  { seed, repeats, batch }: { seed: number; repeats: number; batch: number },
): Promise<void> {
  await start(engine, options);
  await benchModel(seed, repeats, { backend: engine, batch });
}

/** The check alone, of the smallest preset. */
export async function checkNetwork(engine: Engine, options: CudaOptions, seed: number): Promise<string> {
  await start(engine, options);
  return checkModel(engine, 'tiny', presets.tiny.model, seed);
}
