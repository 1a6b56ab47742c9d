import { getKernel, registerKernel, unregisterKernel, type KernelConfig } from '@tensorflow/tfjs-core';

/** Registers a kernel in the place of the backend's own, if it has one; registering twice would print a warning. */
export function replaceKernel(config: KernelConfig): void {
  if (getKernel(config.kernelName, config.backendName))
    unregisterKernel(config.kernelName, config.backendName);
  registerKernel(config);
}

/**
 * Registers a kernel in front of tfjs-backend-wasm's own, which still serves every call that `takes` declines.
 *
 * @throws Error when the backend's own kernel is not registered, that is, tfjs-backend-wasm is not imported
 */
export function precedeKernel(
  kernelName: string,
  takes: (call: Parameters<KernelConfig['kernelFunc']>[0]) => boolean,
  kernelFunc: KernelConfig['kernelFunc'],
): void {
  const own = getKernel(kernelName, 'wasm');
  if (!own)
    throw new Error(
      `ssm-kernels: tfjs-backend-wasm has not registered ${kernelName}; import it before registerWasmKernels().`,
    );
  // the backend runs setupFunc when it starts, which may be after this
  replaceKernel({ ...own, kernelFunc: (call) => (takes(call) ? kernelFunc(call) : own.kernelFunc(call)) });
}
