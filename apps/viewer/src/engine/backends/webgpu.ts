import { startWebGpu } from '@pyramid-mamba/ssm-kernels/webgpu';

/** Makes WebGPU the backend; a software adapter only on request. */
export async function startGpu(allowSoftware: boolean): Promise<string> {
  if (!('gpu' in navigator)) {
    throw new Error('this browser lacks it, or allows it only on https or localhost');
  }
  const info = await startWebGpu({ allowSoftware });
  return `${info.name}${info.software ? ', on the CPU' : ''}`;
}
