// Kernels for arrays of the host, whatever backend computes the tensors: WebAssembly on memory of its own.
export { RowList } from './rowList.js';
