import { type CudaBackend, multiply, PLAIN, sumColumns } from '@pyramid-mamba/tfjs-backend-cuda/extend';
import { arriving, linearSizes } from '../../../kernels/linearSizes.js';
import type { Kernel } from '../../../kernels/table.js';

const FLOAT_BYTES = 4;

function partOf(address: bigint, part: number, size: number): bigint {
  return address + BigInt(FLOAT_BYTES * part * size);
}

export const linear: Kernel<CudaBackend, 'linear'> = (backend, { x, weight, bias }, attrs) => {
  const { rows, inputs, outputs, parts, shape } = linearSizes(x, weight, attrs);
  const results = Array.from({ length: parts }, (_, part) => {
    const y = backend.output(shape);
    multiply(
      backend,
      { m: rows, n: outputs, k: inputs },
      { address: backend.address(x), row: inputs, col: 1 },
      { address: partOf(backend.address(weight), part, outputs * inputs), row: inputs, col: 1 },
      { address: backend.address(y), bias: bias && backend.address(bias) },
    );
    return y;
  });
  return results.length === 1 ? results[0]! : results;
};

export const linearGradX: Kernel<CudaBackend, 'linearGradX'> = (backend, given, attrs) => {
  const { x, weight } = given;
  const { rows, inputs, outputs, parts } = linearSizes(x, weight, attrs);
  const dx = backend.output(x.shape);
  arriving(given, parts).forEach((dy, part) =>
    multiply(
      backend,
      { m: rows, n: inputs, k: outputs },
      { address: backend.address(dy), row: outputs, col: 1 },
      { address: partOf(backend.address(weight), part, outputs * inputs), row: 1, col: inputs },
      { address: backend.address(dx), add: part > 0 },
    ),
  );
  return dx;
};

export const linearGradWeight: Kernel<CudaBackend, 'linearGradWeight'> = (backend, given, attrs) => {
  const { x, weight } = given;
  const { rows, inputs, outputs, parts } = linearSizes(x, weight, attrs);
  const dWeight = backend.output(weight.shape);
  const dys = arriving(given, parts);
  dys.forEach((dy, part) =>
    multiply(
      backend,
      { m: outputs, n: inputs, k: rows },
      { address: backend.address(dy), row: 1, col: outputs },
      { address: backend.address(x), row: 1, col: inputs },
      { address: partOf(backend.address(dWeight), part, outputs * inputs) },
    ),
  );
  if (!attrs.biased) return [dWeight];
  const dBias = backend.output([outputs]);
  sumColumns(
    backend,
    PLAIN,
    { groups: 1, rows, channels: outputs, first: backend.address(dBias) },
    { x: backend.address(dys[0]!) },
  );
  return [dWeight, dBias];
};
