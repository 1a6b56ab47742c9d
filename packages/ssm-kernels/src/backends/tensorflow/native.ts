import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { KernelAttrs, KernelInputs, KernelName } from '../../kernels/signatures.js';
import type { Kernel } from '../../kernels/table.js';
import type { TensorflowBackend } from './backend.js';

/** A kernel's inputs as tensors. */
export type Inputs<Name extends KernelName> = {
  readonly [Key in keyof KernelInputs<Name>]: Tensor;
};

/** A kernel on TensorFlow composed of tfjs ops, which run on libtensorflow; intermediate tensors are freed. */
export function native<Name extends KernelName>(
  compute: (inputs: Inputs<Name>, attrs: KernelAttrs<Name>) => Tensor | Tensor[],
): Kernel<TensorflowBackend, Name> {
  return (_backend, inputs, attrs) =>
    // the engine passes kernels its tensors, not only TensorInfo
    tidy(() => compute(inputs as unknown as Inputs<Name>, attrs));
}
