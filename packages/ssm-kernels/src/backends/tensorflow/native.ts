import {
  registerKernel,
  tidy,
  type KernelConfig,
  type NamedAttrMap,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** A kernel's inputs, by name. */
export type Inputs = Readonly<Record<string, Tensor>>;

/** Registers a kernel on TensorFlow composed of tfjs ops, which run on libtensorflow; intermediate tensors are freed. */
export function registerNative(
  kernelName: string,
  compute: (inputs: Inputs, attrs: NamedAttrMap) => Tensor | Tensor[],
): void {
  const kernelFunc: KernelConfig['kernelFunc'] = ({ inputs, attrs }) =>
    // the engine passes kernels its tensors, not only TensorInfo
    tidy(() => compute(inputs as unknown as Inputs, attrs ?? {}));
  registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc });
}
