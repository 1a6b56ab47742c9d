// Matrix products, and ops that are matrix products: gemm.cuh.
import type { CudaBackend } from '../backend/backend.js';
import { MOST_BLOCKS } from './columns.js';
import { multiplyByCublas } from './cublasProduct.js';
import { CudaError } from '../driver/errors.js';
import type { Matrix, Product, ProductSizes } from './product.js';
import type { Fields } from '../backend/structs.js';

/** Side of a tile, and its rows in shared memory including padding (gemm.cuh). */
const SIDE = 64;
const DEPTH = 16;
const PITCH = SIDE + 4;
const SHARED = 4 * 2 * DEPTH * PITCH;
/** Minimum terms per block before more blocks share a sum. */
const LEAST_TERMS = 256;
/** Total blocks per multiprocessor, if the sums are long enough. */
const BLOCKS_OF_MULTIPROCESSOR = 2;

/** Activations in the order of activation.cuh. */
export const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid'] as const;

/** Starts a kernel of gemm.cuh; `fields` are the inputs of its operands. */
export function runProduct(
  backend: CudaBackend,
  kernelName: string,
  { m, n, k, batches = 1 }: ProductSizes,
  y: Product,
  fields: Fields,
): void {
  const tiles = [Math.ceil(m / SIDE), Math.ceil(n / SIDE)] as const;
  if (batches > MOST_BLOCKS)
    throw new CudaError(
      'usage',
      `cuda: a product of ${batches} matrices at once is too large; the maximum is ${MOST_BLOCKS}.`,
    );
  const wanted =
    (BLOCKS_OF_MULTIPROCESSOR * backend.device.info.multiprocessors) / (tiles[0] * tiles[1] * batches);
  const most = Math.min(Math.floor(k / LEAST_TERMS), Math.floor(MOST_BLOCKS / batches));
  const parts = Math.max(1, Math.min(Math.ceil(wanted), most));
  const kOfSplit = Math.max(1, Math.ceil(k / parts / DEPTH)) * DEPTH;
  const splits = Math.max(1, Math.ceil(k / kOfSplit));
  const all: Fields = {
    ...fields,
    y: y.address,
    bias: y.bias,
    m,
    n,
    k,
    batches,
    splits,
    kOfSplit,
    yBatch: y.batch ?? m * n,
    yM: y.row ?? n,
    add: y.add ? 1 : 0,
    activation: y.activation ?? 0,
  };
  const launch = { grid: [...tiles, batches * splits] as const, shared: SHARED };
  if (splits === 1) return backend.launch(kernelName, 'GemmParams', launch, all);
  backend.withScratch(splits * batches * m * n, (partial) => {
    const withPartial = { ...all, partial: partial.address };
    backend.launch(kernelName, 'GemmParams', launch, withPartial);
    backend.each('sumSplits_all', 'GemmParams', batches * m * n, withPartial);
  });
}

/** y[m, n] = Σ over k of a[m, k]·b[n, k], for each matrix of a batch; by cuBLAS if the backend has it. */
export function multiply(backend: CudaBackend, sizes: ProductSizes, a: Matrix, b: Matrix, y: Product): void {
  if (sizes.m * sizes.n * (sizes.batches ?? 1) === 0) return;
  if (backend.cublas && multiplyByCublas(backend, backend.cublas, sizes, a, b, y)) return;
  const kernelName = `matMul_${a.col === 1 ? 'k' : 'm'}${b.col === 1 ? 'k' : 'n'}`;
  runProduct(backend, kernelName, sizes, y, {
    a: a.address,
    aBatch: a.batch ?? 0,
    aM: a.row,
    aK: a.col,
    b: b.address,
    bBatch: b.batch ?? 0,
    bN: b.row,
    bK: b.col,
  });
}
