import { getKernel, registerKernel, unregisterKernel, type KernelConfig } from '@tensorflow/tfjs-core';

/** Registers a kernel in the place of the backend's own, if it has one; registering twice would print a warning. */
export function replaceKernel(config: KernelConfig): void {
  if (getKernel(config.kernelName, config.backendName))
    unregisterKernel(config.kernelName, config.backendName);
  registerKernel(config);
}

/**
 * Registers a kernel in front of the backend's own, which still serves every call that `takes` declines.
 *
 * @throws Error when the backend's own kernel is not registered, that is, its package is not imported
 */
export function precedeKernel(
  kernelName: string,
  takes: (call: Parameters<KernelConfig['kernelFunc']>[0]) => boolean,
  kernelFunc: KernelConfig['kernelFunc'],
  backendName = 'wasm',
): void {
  const own = getKernel(kernelName, backendName);
  if (!own)
    throw new Error(
      `ssm-kernels: the backend ${backendName} has not registered ${kernelName}; import its package before registering ours.`,
    );
  // the backend runs setupFunc when it starts, which may be after this
  replaceKernel({ ...own, kernelFunc: (call) => (takes(call) ? kernelFunc(call) : own.kernelFunc(call)) });
}
