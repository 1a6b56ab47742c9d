import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';

/** The slice of tfjs-backend-cpu that the reference kernels use. */
export interface CpuBackend extends KernelBackend {
  data: { get(dataId: object): { values: ArrayLike<number> } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
}

/** A tensor's values. */
export function values(backend: CpuBackend, tensor: TensorInfo): ArrayLike<number> {
  return backend.data.get(tensor.dataId).values;
}

/** A tensor of the float64 results, rounded to float32. */
export function tensorOf(backend: CpuBackend, shape: number[], numbers: ArrayLike<number>): TensorInfo {
  return backend.makeTensorInfo(shape, 'float32', Float32Array.from(numbers));
}
