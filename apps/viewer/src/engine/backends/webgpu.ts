import { startWebGpu } from '@pyramid-mamba/ssm-kernels/webgpu';

/** Makes WebGPU the backend; a software adapter only where that was asked for. */
export async function startGpu(allowSoftware: boolean): Promise<string> {
  const info = await startWebGpu({ allowSoftware });
  return `${info.name}${info.software ? ', computing on the CPU' : ''}`;
}
