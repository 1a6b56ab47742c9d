// WebGPU in Node, through Dawn (npm package `webgpu`). A separate entry, so that no browser bundle includes it.
import { WebGpuError } from './device/errors.js';
import { startWebGpu, type WebGpuInfo, type WebGpuOptions } from './device/start.js';
import { dropRelativeFolders, isAbsent } from '../../system/index.js';
import { missingVulkan, plantedVulkan } from './device/vulkan.js';

export { missingVulkan } from './device/vulkan.js';
export type { WebGpuInfo } from './device/start.js';

export interface NodeWebGpuOptions extends Omit<WebGpuOptions, 'gpu'> {
  /** Part of an adapter's name as in `listAdapters`, ignoring case. Selecting by name allows a software adapter. */
  adapter?: string;
}

type Dawn = Pick<typeof import('webgpu'), 'create' | 'globals'>;

/** The results of `create`, never collected: Dawn crashes when one is collected while its device is in use. */
const kept: GPU[] = [];

async function loadDawn(): Promise<Dawn> {
  const planted = plantedVulkan();
  if (planted !== undefined) throw new WebGpuError('internal', `webgpu: ${planted}, or use another backend.`);
  dropRelativeFolders();
  let dawn: Dawn;
  try {
    dawn = await import('webgpu');
  } catch (error) {
    const absent = isAbsent(error, 'webgpu');
    const problem = absent
      ? 'is not installed'
      : `does not load on ${process.platform} ${process.arch}: ${(error as Error).message.split('\n')[0]}`;
    throw new WebGpuError(
      'internal',
      `webgpu: the npm package "webgpu" (Dawn) ${problem}; ` +
        `${absent ? 'install it' : 'install it again'} with \`npm install webgpu@0.6.2\`, or use another backend.`,
      { cause: error },
    );
  }
  Object.assign(globalThis, dawn.globals);
  return dawn;
}

function open({ create }: Dawn, flags: string[]): GPU {
  const gpu = create(flags);
  kept.push(gpu);
  return gpu;
}

/** The names of this machine's adapters, without duplicates. */
export async function listAdapters(): Promise<string[]> {
  const dawn = await loadDawn();
  try {
    // Dawn lists the names only in the error for a name that does not exist
    await open(dawn, ['adapter=?']).requestAdapter();
    return [];
  } catch (error) {
    const names = [...(error as Error).message.matchAll(/name: '([^']*)'/g)].map((match) => match[1]!);
    return [...new Set(names)];
  }
}

/**
 * As startWebGpu, on a device of Dawn. It does not keep the process alive.
 *
 * @throws WebGpuError in one sentence when Dawn does not load, or no adapter matches
 */
export async function startWebGpuInNode({
  adapter,
  ...options
}: NodeWebGpuOptions = {}): Promise<WebGpuInfo> {
  const dawn = await loadDawn();
  const names = await listAdapters();
  if (names.length === 0)
    throw new WebGpuError(
      'internal',
      `webgpu: no GPU adapter was found: ${missingVulkan() ?? 'the machine has no GPU that WebGPU can use, or its driver is too old'}; ` +
        'use the wasm backend until then.',
    );
  const flags: string[] = [];
  if (adapter !== undefined) {
    const found = names.find((name) => name.toLowerCase().includes(adapter.toLowerCase()));
    if (found === undefined)
      throw new WebGpuError(
        'internal',
        `webgpu: no adapter's name contains "${adapter}"; this machine has ${names.join(', ')}.`,
      );
    flags.push(`adapter=${found}`);
  }
  const gpu = open(dawn, flags);
  // tfjs looks it up by this name
  const navigator = (globalThis.navigator ?? {}) as Navigator;
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  if (!globalThis.navigator)
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  return startWebGpu({ ...options, gpu, allowSoftware: options.allowSoftware ?? adapter !== undefined });
}
