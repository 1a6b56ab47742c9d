// Loads from the cache, or compiles, the kernels of a GPU.
import { CudaError } from '../driver/errors.js';
import { cacheFolder, imageName, readImage, writeImage } from './imageCache.js';
import { Nvrtc } from '../driver/nvrtc.js';
import type { KernelSource } from './source.js';

/** ftz makes exp2f one instruction; states below 1e-38 count as zero. */
export const OPTIONS = ['--std=c++17', '--ftz=true'] as const;

/** The target of the kernels. */
export interface KernelTarget {
  /** Compute capability times ten: 75 is 7.5. */
  readonly architecture: number;
  /** Newest major version of CUDA that the driver supports. */
  readonly driverMajor: number;
}

export interface ImageOptions {
  /** Path of NVRTC's library. Default: searched for. */
  compiler?: string;
  /** Cache folder of compiled kernels; null: no cache. Default $XDG_CACHE_HOME/pyramid-mamba/cuda. */
  cache?: string | null;
}

/** An image that the driver can load, and its origin. */
export interface KernelImage {
  readonly image: Uint8Array<ArrayBuffer>;
  readonly target: string;
  readonly from: 'cache' | 'compiler';
}

/**
 * The kernels for a GPU: from the cache, else a cubin, else PTX of the newest architecture
 * that NVRTC supports, which the driver compiles.
 *
 * @param fresh skip the cache
 * @throws CudaError when none is possible
 */
export async function kernelImage(
  { architecture, driverMajor }: KernelTarget,
  { file, sources }: KernelSource,
  { compiler, cache = cacheFolder() }: ImageOptions = {},
  fresh = false,
): Promise<KernelImage> {
  const cubin = `sm_${architecture}`;
  if (cache !== null && !fresh) {
    const image = readImage(cache, imageName(file, sources, cubin, OPTIONS));
    if (image) return { image, target: cubin, from: 'cache' };
  }
  const nvrtc = await Nvrtc.load(compiler, driverMajor);
  const target = targetFor(architecture, nvrtc);
  const name = imageName(file, sources, target, OPTIONS);
  const known = cache !== null && !fresh ? readImage(cache, name) : undefined;
  if (known) return { image: known, target, from: 'cache' };
  const { image } = nvrtc.compile(sources, file, target, OPTIONS);
  if (cache !== null) writeImage(cache, name, image);
  return { image, target, from: 'compiler' };
}

function targetFor(architecture: number, nvrtc: Nvrtc): string {
  const known = nvrtc.architectures;
  if (known.includes(architecture)) return `sm_${architecture}`;
  const older = known.filter((a) => a < architecture).at(-1);
  if (older !== undefined) return `compute_${older}`;
  throw new CudaError(
    'architecture',
    `cuda: this GPU has compute capability ${(architecture / 10).toFixed(1)}, and NVRTC ${nvrtc.version} (${nvrtc.path}) compiles for ` +
      `${((known[0] ?? 0) / 10).toFixed(1)} and newer; install an older one, for example pip install nvidia-cuda-nvrtc-cu12.`,
  );
}
