import {
  getKernel,
  registerKernel,
  unregisterKernel,
  type KernelConfig,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { kernelConfig } from './table.js';

/** Replaces the backend's own kernel, if any; registering twice would print a warning. */
export function replaceKernel(config: KernelConfig): void {
  if (getKernel(config.kernelName, config.backendName))
    unregisterKernel(config.kernelName, config.backendName);
  registerKernel(config);
}

/** A kernel that serves some calls of an op. */
export interface PrecedingKernel<Backend, Inputs, Attrs> {
  /** Whether it serves this call. */
  takes(inputs: Inputs, attrs: Attrs): boolean;
  run(backend: Backend, inputs: Inputs, attrs: Attrs): TensorInfo | TensorInfo[];
}

/**
 * Wraps the backend's own kernel, which still serves every call that `takes` declines.
 *
 * @throws Error when the backend's own kernel is not registered, because its package is not imported
 */
export function precedeKernel<Backend, Inputs, Attrs>(
  backendName: string,
  kernelName: string,
  { takes, run }: PrecedingKernel<Backend, Inputs, Attrs>,
): void {
  const own = getKernel(kernelName, backendName);
  if (!own)
    throw new Error(
      `ssm-kernels: the backend ${backendName} has not registered ${kernelName}; import its package before registering ours.`,
    );
  const { kernelFunc } = kernelConfig(backendName, kernelName, run);
  replaceKernel({
    // the backend runs setupFunc when it starts, which may be after this
    ...own,
    kernelFunc: (call) => {
      const { inputs, attrs } = call as unknown as { inputs: Inputs; attrs: Attrs };
      return takes(inputs, attrs) ? kernelFunc(call) : own.kernelFunc(call);
    },
  });
}
