import type { Kernel } from '../../kernels/table.js';
import { arriving, linearSizes, type LinearSizes } from '../../kernels/linearSizes.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

/** Visits every product of the sums: x[xAt]·weight[weightAt] contributes to element yAt of a part. */
function forEachTerm(
  { rows, inputs, outputs, parts }: LinearSizes,
  visit: (part: number, xAt: number, weightAt: number, yAt: number) => void,
): void {
  for (let r = 0; r < rows; r++)
    for (let part = 0; part < parts; part++)
      for (let o = 0; o < outputs; o++)
        for (let i = 0; i < inputs; i++)
          visit(part, r * inputs + i, (part * outputs + o) * inputs + i, r * outputs + o);
}

export const linear: Kernel<CpuBackend, 'linear'> = (backend, { x, weight, bias }, attrs) => {
  const s = linearSizes(x, weight, attrs);
  const [xs, weights] = [values(backend, x), values(backend, weight)];
  const biases = bias && values(backend, bias);
  const ys = Array.from({ length: s.parts }, () =>
    Float64Array.from({ length: s.rows * s.outputs }, (_, i) => (biases ? biases[i % s.outputs]! : 0)),
  );
  forEachTerm(s, (part, xAt, weightAt, yAt) => (ys[part]![yAt]! += xs[xAt]! * weights[weightAt]!));
  const results = ys.map((y) => tensorOf(backend, s.shape, y));
  return results.length === 1 ? results[0]! : results;
};

export const linearGradX: Kernel<CpuBackend, 'linearGradX'> = (backend, inputs, attrs) => {
  const { x, weight } = inputs;
  const s = linearSizes(x, weight, attrs);
  const dys = arriving(inputs, s.parts).map((dy) => values(backend, dy));
  const weights = values(backend, weight);
  const dx = new Float64Array(s.rows * s.inputs);
  forEachTerm(s, (part, xAt, weightAt, yAt) => (dx[xAt]! += dys[part]![yAt]! * weights[weightAt]!));
  return tensorOf(backend, x.shape, dx);
};

export const linearGradWeight: Kernel<CpuBackend, 'linearGradWeight'> = (backend, inputs, attrs) => {
  const { x, weight } = inputs;
  const linear = attrs;
  const s = linearSizes(x, weight, linear);
  const dys = arriving(inputs, s.parts).map((dy) => values(backend, dy));
  const xs = values(backend, x);
  const dWeight = new Float64Array(s.parts * s.outputs * s.inputs);
  forEachTerm(s, (part, xAt, weightAt, yAt) => (dWeight[weightAt]! += dys[part]![yAt]! * xs[xAt]!));
  const gradients = [tensorOf(backend, weight.shape, dWeight)];
  if (linear.biased) {
    const dBias = new Float64Array(s.outputs);
    for (let i = 0; i < s.rows * s.outputs; i++) dBias[i % s.outputs]! += dys[0]![i]!;
    gradients.push(tensorOf(backend, [s.outputs], dBias));
  }
  return gradients;
};
