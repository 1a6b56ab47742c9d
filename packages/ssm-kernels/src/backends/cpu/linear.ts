import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { arriving, linearSizes, type LinearSizes } from '../../kernels/linearSizes.js';
import {
  LINEAR,
  LINEAR_GRAD_WEIGHT,
  LINEAR_GRAD_X,
  type LinearAttrs,
} from '../../kernels/trainingKernels.js';
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

export function registerLinear(): void {
  registerKernel({
    kernelName: LINEAR,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, weight, bias } = inputs as { x: TensorInfo; weight: TensorInfo; bias?: TensorInfo };
      const cpu = backend as CpuBackend;
      const s = linearSizes(x, weight, attrs as unknown as LinearAttrs);
      const [xs, weights] = [values(cpu, x), values(cpu, weight)];
      const biases = bias && values(cpu, bias);
      const ys = Array.from({ length: s.parts }, () =>
        Float64Array.from({ length: s.rows * s.outputs }, (_, i) => (biases ? biases[i % s.outputs]! : 0)),
      );
      forEachTerm(s, (part, xAt, weightAt, yAt) => (ys[part]![yAt]! += xs[xAt]! * weights[weightAt]!));
      const results = ys.map((y) => tensorOf(cpu, s.shape, y));
      return results.length === 1 ? results[0]! : results;
    },
  });
  registerKernel({
    kernelName: LINEAR_GRAD_X,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, weight } = inputs as { x: TensorInfo; weight: TensorInfo };
      const cpu = backend as CpuBackend;
      const s = linearSizes(x, weight, attrs as unknown as LinearAttrs);
      const dys = arriving(inputs, s.parts).map((dy) => values(cpu, dy));
      const weights = values(cpu, weight);
      const dx = new Float64Array(s.rows * s.inputs);
      forEachTerm(s, (part, xAt, weightAt, yAt) => (dx[xAt]! += dys[part]![yAt]! * weights[weightAt]!));
      return tensorOf(cpu, x.shape, dx);
    },
  });
  registerKernel({
    kernelName: LINEAR_GRAD_WEIGHT,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, weight } = inputs as { x: TensorInfo; weight: TensorInfo };
      const cpu = backend as CpuBackend;
      const linear = attrs as unknown as LinearAttrs;
      const s = linearSizes(x, weight, linear);
      const dys = arriving(inputs, s.parts).map((dy) => values(cpu, dy));
      const xs = values(cpu, x);
      const dWeight = new Float64Array(s.parts * s.outputs * s.inputs);
      forEachTerm(s, (part, xAt, weightAt, yAt) => (dWeight[weightAt]! += dys[part]![yAt]! * xs[xAt]!));
      const gradients = [tensorOf(cpu, weight.shape, dWeight)];
      if (linear.biased) {
        const dBias = new Float64Array(s.outputs);
        for (let i = 0; i < s.rows * s.outputs; i++) dBias[i % s.outputs]! += dys[0]![i]!;
        gradients.push(tensorOf(cpu, [s.outputs], dBias));
      }
      return gradients;
    },
  });
}
