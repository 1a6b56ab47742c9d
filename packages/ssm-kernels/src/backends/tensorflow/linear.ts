import { add, addN, concat, matMul, reshape, slice, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { linearSizes, type LinearSizes } from '../../kernels/linearSizes.js';
import { runKernel } from '../../kernels/run.js';
import { native, type Inputs } from './native.js';

const matrix = (x: Tensor, columns: number): Tensor2D => reshape(x, [-1, columns]);

/** The rows of the weight for one part of the outputs: (outputs, inputs). */
function weightOf(weight: Tensor, { inputs, outputs, parts }: LinearSizes, part: number): Tensor2D {
  const all = matrix(weight, inputs);
  return parts === 1 ? all : slice(all, [part * outputs, 0], [outputs, inputs]);
}

const arriving = (inputs: Inputs<'linearGradX'>, { outputs, parts }: LinearSizes): Tensor2D[] =>
  Array.from({ length: parts }, (_, i) => matrix(inputs[`dy${i}`]!, outputs));

export const linear = native<'linear'>(({ x, weight, bias }, attrs) => {
  const s = linearSizes(x, weight, attrs);
  const rows = matrix(x, s.inputs);
  const results = Array.from({ length: s.parts }, (_, part) => {
    const product = matMul(rows, weightOf(weight, s, part), false, true);
    return reshape(bias ? add(product, bias) : product, s.shape);
  });
  return results.length === 1 ? results[0]! : results;
});

export const linearGradX = native<'linearGradX'>((inputs, attrs) => {
  const { x, weight } = inputs;
  const s = linearSizes(x, weight, attrs);
  const sums = arriving(inputs, s).map((dy, part) => matMul(dy, weightOf(weight, s, part)));
  return reshape(sums.length === 1 ? sums[0]! : addN(sums), x.shape);
});

export const linearGradWeight = native<'linearGradWeight'>((inputs, attrs) => {
  const { x, weight } = inputs;
  const s = linearSizes(x, weight, attrs);
  const rows = matrix(x, s.inputs);
  const dys = arriving(inputs, s);
  const parts = dys.map((dy) => matMul(dy, rows, true));
  const dWeight = reshape(parts.length === 1 ? parts[0]! : concat(parts, 0), weight.shape);
  return attrs.biased ? [dWeight, runKernel('columnSums', { x: dys[0]! })] : [dWeight];
});
