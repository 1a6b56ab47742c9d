import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import { registerCpuKernels } from '@pyramid-mamba/ssm-kernels/cpu';
import { startWebGpuInNode } from '@pyramid-mamba/ssm-kernels/webgpu/node';
import { benchModel } from '../bench/model.ts';

let started = false;

/** Whole inference and a training step of `batch` pictures on WebGPU; throws where there is no hardware adapter. */
export async function runNetwork(seed: number, repeats: number, batch: number): Promise<void> {
  if (!started) {
    registerCpuKernels();
    const { name } = await startWebGpuInNode();
    console.log(`webgpu: ${name}`);
    started = true;
  }
  await benchModel(seed, repeats, { backend: 'webgpu', batch });
}
