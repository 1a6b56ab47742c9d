import * as tf from '@tensorflow/tfjs-core';
import '@pyramid-mamba/ssm-kernels/gradients';
import { UserError } from './errors.js';

/** Engines this version of the command line can compute with. */
export const BACKENDS = ['webgpu', 'cuda', 'tensorflow', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** The name and the help of the option that chooses one. */
export const BACKEND_OPTION = [
  '--backend <name>',
  'engine: auto, webgpu, webgpu:GPU-NAME, cuda, tensorflow, wasm or cpu',
] as const;

/** An engine at work. */
export interface ChosenBackend {
  name: BackendName;
  /** What `--backend` takes to get the same again: the name, and for a GPU asked for by name that name. */
  request: string;
  /** What to tell the user. */
  line: string;
}

/** Between the engine and the GPU in `--backend webgpu:ADAPTER` and `cuda:NUMBER`. */
const SEPARATOR = ':';

/** Each starts its engine and describes it; `adapter` is what the user named, if anything. */
const STARTERS: Record<BackendName, (adapter: string | undefined) => Promise<string>> = {
  async webgpu(adapter) {
    const { startWebGpuInNode } = await import('@pyramid-mamba/ssm-kernels/webgpu/node');
    const info = await startWebGpuInNode(adapter === undefined ? {} : { adapter });
    const mib = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;
    return (
      `${info.name}${info.software ? ', computing on the CPU' : ''}; ` +
      `buffers up to ${mib(info.maxBufferBytes)}, bindings up to ${mib(info.maxBindingBytes)}, ` +
      `${info.subgroups ? 'with' : 'without'} subgroups`
    );
  },
  async cuda(number) {
    const { startCuda } = await import('@pyramid-mamba/ssm-kernels/cuda/tfjs');
    const info = await startCuda(number === undefined ? {} : { device: Number(number) });
    const gib = (info.memoryBytes / 2 ** 30).toFixed(1);
    const products = 'missing' in info.cublas ? 'kernels of our own' : `cuBLAS ${info.cublas.version}`;
    return `${info.name}, ${gib} GiB; kernels for ${info.target}, products by ${products}`;
  },
  async tensorflow() {
    const { startTensorflow } = await import('@pyramid-mamba/ssm-kernels/tensorflow');
    const info = await startTensorflow();
    const device = info.gpu ? 'on a GPU' : 'on the CPU, all cores';
    return `TensorFlow ${info.version} through ${info.package}, ${device}`;
  },
  async wasm() {
    await import('@tensorflow/tfjs-backend-wasm');
    const { registerWasmKernels } = await import('@pyramid-mamba/ssm-kernels/wasm');
    await activate('wasm');
    await registerWasmKernels();
    return 'WebAssembly with SIMD, one thread';
  },
  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu');
    const { registerCpuKernels } = await import('@pyramid-mamba/ssm-kernels/cpu');
    registerCpuKernels();
    await activate('cpu');
    return 'plain JavaScript, the slow reference';
  },
};

async function activate(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js refused the backend "${name}"`);
  await tf.ready();
}

/**
 * Makes a backend the one all tensors live on. `auto` is the first that is there of TensorFlow on a GPU, a real GPU
 * through WebGPU, TensorFlow on the CPU and wasm, and says why; `webgpu:TEXT` is the GPU whose name contains TEXT, a software one too,
 * `cuda:1` the second NVIDIA GPU. Throws a UserError for an unknown name, and
 * where the backend asked for cannot run: never another one in its place.
 */
export async function pickBackend(wanted: string): Promise<ChosenBackend> {
  // without this the cpu backend prints an advert for another package on stderr
  tf.env().set('PROD', true);
  if (wanted === 'auto') return pickAuto();
  const [name, adapter] = split(wanted);
  const known = BACKENDS.find((backend) => backend === name);
  if (!known || (adapter !== undefined && known !== 'webgpu' && known !== 'cuda')) {
    throw new UserError(
      `--backend: there is no backend "${wanted}"; choose auto, ${BACKENDS.slice(0, -1).join(', ')} or ${BACKENDS.at(-1)}, ` +
        'or webgpu:NAME for the GPU of that name',
    );
  }
  try {
    return chosen(known, wanted, await STARTERS[known](adapter));
  } catch (error) {
    throw new UserError(
      `--backend: "${wanted}" cannot run on this machine (${(error as Error).message}); choose another of ${BACKENDS.join(', ')}`,
      { cause: error },
    );
  }
}

async function pickAuto(): Promise<ChosenBackend> {
  const refused: string[] = [];
  const { isGpuTensorflowInstalled, isTensorflowInstalled } =
    await import('@pyramid-mamba/ssm-kernels/tensorflow');
  // TensorFlow for the CPU is not even loaded where a GPU works through WebGPU
  const onGpu = isGpuTensorflowInstalled();
  const early = onGpu ? await tensorflowKind(refused) : undefined;
  if (early === 'gpu') return chosen('tensorflow', 'tensorflow', await STARTERS.tensorflow(undefined));
  const { missingVulkan } = await import('@pyramid-mamba/ssm-kernels/webgpu/node');
  const missing = missingVulkan();
  if (missing === undefined) {
    try {
      const webgpu = chosen('webgpu', 'webgpu', await STARTERS.webgpu(undefined));
      if (early !== undefined) tf.removeBackend('tensorflow');
      return webgpu;
    } catch (error) {
      refused.push(`webgpu: ${reasonOf(error, 'webgpu')}`);
    }
  } else refused.push(`webgpu: ${missing}`);
  if (!isTensorflowInstalled()) refused.unshift('tensorflow: not installed');
  const started = early ?? (onGpu || !isTensorflowInstalled() ? undefined : await tensorflowKind(refused));
  const name = started === undefined ? 'wasm' : 'tensorflow';
  return chosen(name, name, `${await STARTERS[name](undefined)}; not ${refused.join('; not ')}`);
}

/** What the TensorFlow at hand computes on, which starts it; undefined, with the reason in `refused`, where it does not start. */
async function tensorflowKind(refused: string[]): Promise<'gpu' | 'cpu' | undefined> {
  const { startTensorflow } = await import('@pyramid-mamba/ssm-kernels/tensorflow');
  try {
    return (await startTensorflow()).gpu ? 'gpu' : 'cpu';
  } catch (error) {
    refused.push(`tensorflow: ${reasonOf(error, 'tensorflow')}`);
    return undefined;
  }
}

/** An error's sentence without the engine it begins with. */
function reasonOf(error: unknown, engine: string): string {
  const { message } = error as Error;
  return message.replace(`${engine}: `, '').replace(/\.$/, '');
}

function chosen(name: BackendName, request: string, description: string): ChosenBackend {
  return { name, request, line: `backend: ${name} (${description})` };
}

function split(wanted: string): [name: string, adapter: string | undefined] {
  const at = wanted.indexOf(SEPARATOR);
  return at < 0 ? [wanted, undefined] : [wanted.slice(0, at), wanted.slice(at + 1)];
}
