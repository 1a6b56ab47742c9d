import * as tf from '@tensorflow/tfjs-core';
import '@pyramid-mamba/ssm-kernels/gradients';
import { UserError } from './errors.js';

/** Engines this version of the command line can compute with. */
export const BACKENDS = ['wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

const LOADERS: Record<BackendName, () => Promise<void>> = {
  async wasm() {
    await import('@tensorflow/tfjs-backend-wasm');
    const { registerWasmKernels } = await import('@pyramid-mamba/ssm-kernels/wasm');
    await activate('wasm');
    await registerWasmKernels();
  },
  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu');
    const { registerCpuKernels } = await import('@pyramid-mamba/ssm-kernels/cpu');
    registerCpuKernels();
    await activate('cpu');
  },
};

const DESCRIPTIONS: Record<BackendName, string> = {
  wasm: 'WebAssembly with SIMD, one thread',
  cpu: 'plain JavaScript, the slow reference',
};

async function activate(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js refused the backend "${name}"`);
  await tf.ready();
}

/**
 * Makes a backend the one all tensors live on, and returns its name and a line to print. `auto` is `wasm`, the fastest that
 * needs nothing installed. Throws a UserError for an unknown name, and where the backend asked for cannot run: never
 * another one in its place.
 */
export async function pickBackend(name: string): Promise<{ name: BackendName; line: string }> {
  const wanted = name === 'auto' ? 'wasm' : name;
  const known = BACKENDS.find((backend) => backend === wanted);
  if (!known) {
    throw new UserError(`--backend: there is no backend "${name}"; choose auto, ${BACKENDS.join(' or ')}`);
  }
  // without this the cpu backend prints an advert for another package on stderr
  tf.env().set('PROD', true);
  try {
    await LOADERS[known]();
  } catch (error) {
    throw new UserError(
      `--backend: "${known}" cannot run on this machine (${(error as Error).message}); choose another of ${BACKENDS.join(', ')}`,
      { cause: error },
    );
  }
  return { name: known, line: `backend: ${known} (${DESCRIPTIONS[known]})` };
}
