import { registered, type Kernel } from '../../kernels/table.js';
import type { WebGpuBackend } from './device/dispatch.js';
import { _FusedMatMul, Add, BatchMatMul, Concat, Slice, type TensorInfo } from '@tensorflow/tfjs-core';
import { composed, view, type Run } from '../composed/kernels.js';
import { arriving, linearSizes } from '../../kernels/linearSizes.js';

// Composed of tfjs's matrix products, which are tuned for the GPUs of all vendors.

/** The rows of the weight for one part, (1, o, i). */
function rowsOfPart(
  run: Run,
  weight: TensorInfo,
  { i, o, parts }: { i: number; o: number; parts: number },
  part: number,
): TensorInfo {
  const whole = view(weight, [parts * o, i]);
  const rows = parts === 1 ? whole : run(Slice, { x: whole }, { begin: [part * o, 0], size: [o, i] });
  return view(rows, [1, o, i]);
}

export const linear: Kernel<WebGpuBackend, 'linear'> = (backend, inputs, attrs) => {
  const { x, weight, bias } = inputs;
  const { rows, inputs: i, outputs: o, parts, shape } = linearSizes(x, weight, attrs);
  const results = composed('webgpu', backend, (run) => {
    return Array.from({ length: parts }, (_, part) =>
      run(
        _FusedMatMul,
        {
          a: view(x, [1, rows, i]),
          b: rowsOfPart(run, weight, { i, o, parts }, part),
          ...(bias && { bias }),
        },
        { transposeA: false, transposeB: true, activation: null },
      ),
    );
  }).map((y) => view(y, shape));
  return results.length === 1 ? results[0]! : results;
};

export const linearGradX: Kernel<WebGpuBackend, 'linearGradX'> = (backend, inputs, attrs) => {
  const { x, weight } = inputs;
  const { rows, inputs: i, outputs: o, parts } = linearSizes(x, weight, attrs);
  const [dx] = composed('webgpu', backend, (run) => {
    const pieces = arriving(inputs, parts).map((dy, part) =>
      run(
        BatchMatMul,
        {
          a: view(dy, [1, rows, o]),
          b: rowsOfPart(run, weight, { i, o, parts }, part),
        },
        { transposeA: false, transposeB: false },
      ),
    );
    return [pieces.reduce((a, b) => run(Add, { a, b }))];
  });
  return view(dx!, x.shape);
};

export const linearGradWeight: Kernel<WebGpuBackend, 'linearGradWeight'> = (backend, inputs, attrs) => {
  const { x, weight } = inputs;
  const linear = attrs;
  const { rows, inputs: i, outputs: o, parts } = linearSizes(x, weight, linear);
  const dys = arriving(inputs, parts);
  const [dWeight, ...others] = composed('webgpu', backend, (run) => {
    const pieces = dys.map((dy) =>
      run(
        BatchMatMul,
        { a: view(dy, [1, rows, o]), b: view(x, [1, rows, i]) },
        { transposeA: true, transposeB: false },
      ),
    );
    const joined = pieces.map((piece) => view(piece, [o, i]));
    return [
      parts === 1 ? pieces[0]! : run(Concat, joined, { axis: 0 }),
      ...(linear.biased ? [run(registered('columnSums'), { x: dys[0]! })] : []),
    ];
  });
  return [view(dWeight!, weight.shape), ...others];
};
