import {
  getKernel,
  type KernelBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/** Runs a kernel of the current backend; its outputs are freed at the end unless they are results. */
export type Run = <T extends TensorInfo | TensorInfo[] = TensorInfo>(
  kernelName: string,
  inputs: Readonly<Record<string, TensorInfo>> | readonly TensorInfo[],
  attrs?: object,
) => T;

/**
 * A kernel composed of a backend's other kernels, called directly: tfjs's engine, which would record and clone each
 * intermediate tensor, sees one kernel. Frees all intermediate tensors that are not among the results.
 *
 * @throws Error when the backend lacks a requested kernel
 */
export function composed(
  backendName: string,
  backend: object,
  use: (run: Run) => TensorInfo[],
): TensorInfo[] {
  const made: TensorInfo[] = [];
  const run = (kernelName: string, inputs: unknown, attrs: unknown = {}): TensorInfo | TensorInfo[] => {
    const kernel = getKernel(kernelName, backendName);
    if (!kernel)
      throw new Error(
        `ssm-kernels: the backend ${backendName} has no kernel ${kernelName}; import tfjs-backend-${backendName} first.`,
      );
    const outputs = kernel.kernelFunc({
      inputs: inputs as NamedTensorInfoMap,
      attrs: attrs as NamedAttrMap,
      backend,
    });
    made.push(...(Array.isArray(outputs) ? outputs : [outputs]));
    return outputs;
  };
  let results: TensorInfo[] = [];
  try {
    results = use(run as Run);
    return results;
  } finally {
    const kept = new Set(results.map(({ dataId }) => dataId));
    for (const { dataId } of made) if (!kept.has(dataId)) (backend as KernelBackend).disposeData(dataId);
  }
}

/** The same data in another shape, for use as an input; it has no reference count of its own and is valid as long as the tensor. */
export function view(tensor: TensorInfo, shape: number[]): TensorInfo {
  return { ...tensor, shape };
}
