import { Cublas } from '../device/cublas.js';
import { CudaError } from '../driver/errors.js';
import type { CudaBackend } from './backend.js';
import { multiplyByCublas } from '../ops/cublasProduct.js';
import { multiply } from '../ops/gemm.js';
import type { Matrix, Product } from '../ops/product.js';

/** cuBLAS as the backend uses it, or why it does not. */
export type CublasFound = { readonly version: string; readonly path: string } | { readonly missing: string };

/** Sizes of the product that checks a library: all different, so that swapped sizes are detected. */
const SIZES = { m: 37, n: 29, k: 53, batches: 2 };
/** Tolerance for 53 terms of values up to 1. */
const TOLERANCE = 1e-4;

/**
 * Uses cuBLAS for the backend's matrix products after a check that it agrees with the backend's own kernels: a library that
 * is too new for the driver, or not cuBLAS at all, must not corrupt a model.
 *
 * @param path the library; default: searched for
 * @throws CudaError in one sentence; the backend continues with its own kernels
 */
export async function startCublas(backend: CudaBackend, path?: string): Promise<Cublas> {
  const cublas = await Cublas.load(backend.device, path);
  try {
    await check(backend, cublas);
  } catch (error) {
    cublas.close();
    throw error;
  }
  backend.cublas = cublas;
  return cublas;
}

async function check(backend: CudaBackend, cublas: Cublas): Promise<void> {
  const { m, n, k, batches } = SIZES;
  const { device } = backend;
  const wave = (length: number, step: number): Float32Array =>
    Float32Array.from({ length }, (_, i) => Math.sin(1 + i * step));
  const a = device.upload(wave(batches * m * k, 0.37));
  const b = device.upload(wave(batches * n * k, 0.53));
  const bias = device.upload(wave(n, 0.71));
  const results = [device.allocate(batches * m * n), device.allocate(batches * m * n)] as const;
  try {
    for (const acrossA of [false, true])
      for (const acrossB of [false, true]) {
        const left: Matrix = { address: a.address, batch: m * k, row: acrossA ? 1 : k, col: acrossA ? m : 1 };
        const right: Matrix = {
          address: b.address,
          batch: n * k,
          row: acrossB ? 1 : k,
          col: acrossB ? n : 1,
        };
        const into = (i: 0 | 1): Product => ({
          address: results[i].address,
          bias: acrossA ? bias.address : undefined,
        });
        multiply(backend, SIZES, left, right, into(0));
        multiplyByCublas(backend, cublas, SIZES, left, right, into(1));
        const [own, theirs] = [await device.download(results[0]), await device.download(results[1])];
        const other = own.findIndex((value, i) => !(Math.abs(value - theirs[i]!) <= TOLERANCE));
        if (other >= 0)
          throw new CudaError(
            'device',
            `cuda: ${cublas.path} gives ${theirs[other]} instead of ${own[other]}, so it is not used; matrix products ` +
              'use our own kernels.',
          );
      }
  } finally {
    for (const array of [a, b, bias, ...results]) array.free();
  }
}
