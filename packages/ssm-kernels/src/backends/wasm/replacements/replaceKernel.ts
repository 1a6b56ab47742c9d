import { getKernel, registerKernel, unregisterKernel, type KernelConfig } from '@tensorflow/tfjs-core';

/** Replaces the backend's own kernel, if any; registering twice would print a warning. */
export function replaceKernel(config: KernelConfig): void {
  if (getKernel(config.kernelName, config.backendName))
    unregisterKernel(config.kernelName, config.backendName);
  registerKernel(config);
}

/**
 * Wraps the backend's own kernel, which still serves every call that `takes` declines.
 *
 * @throws Error when the backend's own kernel is not registered, because its package is not imported
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
