// One call to start with: a backend of TensorFlow.js with our kernels, and the gradients of TensorFlow.js's own ops.
import '@pyramid-mamba/ssm-kernels/gradients';
import { env, ready, setBackend } from '@tensorflow/tfjs-core';

/** Backends that work without a native library. */
export type BackendName = 'cpu' | 'wasm' | 'webgpu';

export interface UseBackendOptions {
  /** wasm: also replace tfjs-backend-wasm's own kernels by faster ones, for every model; see replaceWasmKernels. Default false. */
  replaceKernels?: boolean;
}

const START: Readonly<Record<BackendName, (options: UseBackendOptions) => Promise<void>>> = {
  async cpu() {
    await loaded('@tensorflow/tfjs-backend-cpu', () => import('@tensorflow/tfjs-backend-cpu'));
    const { registerCpuKernels } = await import('./backends/cpu/index.js');
    registerCpuKernels();
    await activate('cpu');
  },
  async wasm({ replaceKernels = false }) {
    await loaded('@tensorflow/tfjs-backend-wasm', () => import('@tensorflow/tfjs-backend-wasm'));
    const { registerWasmKernels, replaceWasmKernels } = await import('./backends/wasm/index.js');
    // of TensorFlow.js's own threaded build, which it prefers in pages that may share memory, our kernels do not reach the memory
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    await activate('wasm');
    await registerWasmKernels();
    if (replaceKernels) await replaceWasmKernels();
  },
  async webgpu() {
    const { startWebGpu } = await loaded(
      '@tensorflow/tfjs-backend-webgpu',
      () => import('./backends/webgpu/index.js'),
    );
    await startWebGpu();
  },
};

/**
 * Makes a backend the current one, with our kernels and the gradients of TensorFlow.js's ops: after it every op of this package
 * can be called and differentiated. Installed beside this package must be tfjs-backend-cpu, -wasm or -webgpu, the one that is used.
 *
 * wasm: in browsers, call setWasmPaths() of tfjs-backend-wasm first, unless its files lie beside the page's script. webgpu: in
 * browsers; in Node see startWebGpuInNode of ssm-kernels/webgpu/node.
 *
 * @throws Error in one sentence when the name is unknown, its package is missing, or the backend does not start
 */
export async function useBackend(name: BackendName, options: UseBackendOptions = {}): Promise<void> {
  const start = Object.hasOwn(START, name) ? START[name] : undefined;
  if (!start)
    throw new Error(`useBackend: the backend must be ${Object.keys(START).join(', ')}, got ${String(name)}.`);
  await start(options);
}

/** A module that needs a package, which may be missing. */
async function loaded<Module>(packageName: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    throw new Error(
      `useBackend: ${packageName} does not load (${(error as Error).message.split('\n')[0]}); install it with ` +
        `\`npm install ${packageName}@4.22.0\`.`,
      { cause: error },
    );
  }
}

async function activate(name: BackendName): Promise<void> {
  if (!(await setBackend(name)))
    throw new Error(
      `useBackend: the backend ${name} did not start; the console says why, or use another backend.`,
    );
  await ready();
}
