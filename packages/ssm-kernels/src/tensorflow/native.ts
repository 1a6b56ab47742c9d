import {
  registerKernel,
  tidy,
  type KernelConfig,
  type NamedAttrMap,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** A kernel's inputs, by name. */
export type Inputs = Readonly<Record<string, Tensor>>;

/** Registers a kernel on TensorFlow that is made of tfjs ops, which run on libtensorflow; what they leave behind is freed. */
export function registerNative(
  kernelName: string,
  compute: (inputs: Inputs, attrs: NamedAttrMap) => Tensor | Tensor[],
): void {
  const kernelFunc: KernelConfig['kernelFunc'] = ({ inputs, attrs }) =>
    // the engine hands kernels its tensors, not mere descriptions of them
    tidy(() => compute(inputs as unknown as Inputs, attrs ?? {}));
  registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc });
}
