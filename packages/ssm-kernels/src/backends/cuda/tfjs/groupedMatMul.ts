import { type CudaBackend, multiply } from '@pyramid-mamba/tfjs-backend-cuda/extend';
import type { Kernel } from '../../../kernels/table.js';

export const groupedMatMul: Kernel<CudaBackend, 'groupedMatMul'> = (backend, { x, w }) => {
  const [rows, groups, i] = x.shape as [number, number, number];
  const o = w.shape[2]!;
  const y = backend.output([rows, groups, o]);
  multiply(
    backend,
    { m: rows, n: o, k: i, batches: groups },
    { address: backend.address(x), batch: i, row: groups * i, col: 1 },
    { address: backend.address(w), batch: i * o, row: 1, col: o },
    { address: backend.address(y), batch: o, row: groups * o },
  );
  return y;
};

export const groupedMatMulGradX: Kernel<CudaBackend, 'groupedMatMulGradX'> = (backend, { dy, w }) => {
  const [rows, groups, o] = dy.shape as [number, number, number];
  const i = w.shape[1]!;
  const dx = backend.output([rows, groups, i]);
  multiply(
    backend,
    { m: rows, n: i, k: o, batches: groups },
    { address: backend.address(dy), batch: o, row: groups * o, col: 1 },
    { address: backend.address(w), batch: i * o, row: o, col: 1 },
    { address: backend.address(dx), batch: i, row: groups * i },
  );
  return dx;
};

export const groupedMatMulGradW: Kernel<CudaBackend, 'groupedMatMulGradW'> = (backend, { x, dy }) => {
  const [rows, groups, i] = x.shape as [number, number, number];
  const o = dy.shape[2]!;
  const dw = backend.output([groups, i, o]);
  multiply(
    backend,
    { m: i, n: o, k: rows, batches: groups },
    { address: backend.address(x), batch: i, row: 1, col: groups * i },
    { address: backend.address(dy), batch: o, row: 1, col: groups * o },
    { address: backend.address(dw) },
  );
  return dw;
};
