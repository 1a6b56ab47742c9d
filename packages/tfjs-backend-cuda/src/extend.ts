// For packages that add kernels to the backend `cuda`.
export type { CudaBackend, Launch } from './backend/backend.js';
export { CUDA, kernel, typeOf } from './backend/kernel.js';
export type { Fields } from './backend/structs.js';
export type { KernelSource } from './device/source.js';
export { BACKEND } from './kernels.js';
export { PLAIN, sumColumns, type ColumnSums, type ColumnTerm } from './ops/columns.js';
export { convolutionInfo, depthwise, depthwiseGradFilter, pixelsOf } from './ops/convolution.js';
export { multiply } from './ops/gemm.js';
export type { Matrix, Product, ProductSizes } from './ops/product.js';
