import { startWebGpu } from '@pyramid-mamba/ssm-kernels/webgpu';

/** Makes WebGPU the backend; a software adapter only where that was asked for. */
export async function startGpu(allowSoftware: boolean): Promise<string> {
  if (!('gpu' in navigator)) {
    throw new Error('this browser has none, or gives it only to pages opened by https or from localhost');
  }
  const info = await startWebGpu({ allowSoftware });
  return `${info.name}${info.software ? ', computing on the CPU' : ''}`;
}
