import {
  getKernel,
  type KernelBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/** Runs a kernel of the backend at hand; its outputs are freed at the end unless they are results. */
export type Run = <T extends TensorInfo | TensorInfo[] = TensorInfo>(
  kernelName: string,
  inputs: Readonly<Record<string, TensorInfo>> | readonly TensorInfo[],
  attrs?: Readonly<Record<string, unknown>>,
) => T;

/**
 * A kernel made of a backend's other kernels, called directly: tfjs's engine, which would record and copy the name of each
 * tensor in between, sees one kernel. Frees every tensor made on the way that is not among the results.
 *
 * @throws Error when the backend lacks a kernel that is asked for
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

/** The same numbers in another shape, for use as an input; it is not counted, so it lives as long as the tensor. */
export function view(tensor: TensorInfo, shape: number[]): TensorInfo {
  return { ...tensor, shape };
}
