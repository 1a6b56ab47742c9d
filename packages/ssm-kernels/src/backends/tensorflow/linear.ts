import {
  add,
  addN,
  concat,
  engine,
  matMul,
  reshape,
  slice,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { linearSizes, type LinearSizes } from '../../kernels/linearSizes.js';
import {
  COLUMN_SUMS,
  LINEAR,
  LINEAR_GRAD_WEIGHT,
  LINEAR_GRAD_X,
  type LinearAttrs,
} from '../../kernels/trainingKernels.js';
import { registerNative, type Inputs } from './native.js';

const matrix = (x: Tensor, columns: number): Tensor2D => reshape(x, [-1, columns]);

/** The rows of the weight for one part of the outputs: (outputs, inputs). */
function weightOf(weight: Tensor, { inputs, outputs, parts }: LinearSizes, part: number): Tensor2D {
  const all = matrix(weight, inputs);
  return parts === 1 ? all : slice(all, [part * outputs, 0], [outputs, inputs]);
}

const arriving = (inputs: Inputs, { outputs, parts }: LinearSizes): Tensor2D[] =>
  Array.from({ length: parts }, (_, i) => matrix(inputs[`dy${i}`]!, outputs));

export function registerLinear(): void {
  registerNative(LINEAR, ({ x, weight, bias }, attrs) => {
    const s = linearSizes(x!, weight!, attrs as unknown as LinearAttrs);
    const rows = matrix(x!, s.inputs);
    const results = Array.from({ length: s.parts }, (_, part) => {
      const product = matMul(rows, weightOf(weight!, s, part), false, true);
      return reshape(bias ? add(product, bias) : product, s.shape);
    });
    return results.length === 1 ? results[0]! : results;
  });
  registerNative(LINEAR_GRAD_X, (inputs, attrs) => {
    const { x, weight } = inputs as { x: Tensor; weight: Tensor };
    const s = linearSizes(x, weight, attrs as unknown as LinearAttrs);
    const sums = arriving(inputs, s).map((dy, part) => matMul(dy, weightOf(weight, s, part)));
    return reshape(sums.length === 1 ? sums[0]! : addN(sums), x.shape);
  });
  registerNative(LINEAR_GRAD_WEIGHT, (inputs, attrs) => {
    const { x, weight } = inputs as { x: Tensor; weight: Tensor };
    const linear = attrs as unknown as LinearAttrs;
    const s = linearSizes(x, weight, linear);
    const rows = matrix(x, s.inputs);
    const dys = arriving(inputs, s);
    const parts = dys.map((dy) => matMul(dy, rows, true));
    const dWeight = reshape(parts.length === 1 ? parts[0]! : concat(parts, 0), weight.shape);
    return linear.biased ? [dWeight, engine().runKernel<Tensor>(COLUMN_SUMS, { x: dys[0]! })] : [dWeight];
  });
}
