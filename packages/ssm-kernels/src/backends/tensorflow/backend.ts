import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';

/** The slice of the backend of `@tensorflow/tfjs-node` that the kernels use. */
export interface TensorflowBackend {
  /** A tensor's values in host memory: the array it was made from, or a copy. Do not write to it. */
  readSync(dataId: DataId): Float32Array;
  /** Makes an array a tensor and takes ownership; libtensorflow receives it with the first of its own ops that reads it. */
  write(values: Float32Array, shape: number[], dtype: 'float32'): DataId;
  incRef(dataId: DataId): void;
  /** Whether libtensorflow runs on a GPU. */
  isUsingGpuDevice: boolean;
  binding: { TF_Version: string };
}

/** A tensor's values. Do not write to them. */
export function values(backend: TensorflowBackend, { dataId }: TensorInfo): Float32Array {
  return backend.readSync(dataId);
}

/** A new tensor that owns `numbers`. */
export function tensorOf(backend: TensorflowBackend, shape: number[], numbers: Float32Array): TensorInfo {
  return { dataId: backend.write(numbers, shape, 'float32'), shape, dtype: 'float32' };
}
