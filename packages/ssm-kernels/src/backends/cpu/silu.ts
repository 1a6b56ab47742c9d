import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { SILU, SILU_GATE, SILU_GATE_GRAD, SILU_GRAD } from '../../kernels/trainingKernels.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export const siluOf = (x: number): number => x * sigmoid(x);

/** d silu / dx */
export const siluSlope = (x: number): number => sigmoid(x) * (1 + x * (1 - sigmoid(x)));

/** Registers a kernel each of whose outputs is a function of one element of each input, in the order of `names`. */
function registerElementwise(
  kernelName: string,
  names: readonly string[],
  ...outputs: ((...element: number[]) => number)[]
): void {
  registerKernel({
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend }) => {
      const cpu = backend as CpuBackend;
      const arrays = names.map((name) => values(cpu, inputs[name] as TensorInfo));
      const { shape } = inputs['x'] as TensorInfo;
      const results = outputs.map((f) =>
        tensorOf(
          cpu,
          shape,
          Float64Array.from({ length: arrays[0]!.length }, (_, i) => f(...arrays.map((a) => a[i]!))),
        ),
      );
      return results.length === 1 ? results[0]! : results;
    },
  });
}

export function registerSilu(): void {
  registerElementwise(SILU, ['x'], (x) => siluOf(x!));
  registerElementwise(SILU_GRAD, ['x', 'dy'], (x, dy) => dy! * siluSlope(x!));
  registerElementwise(SILU_GATE, ['x', 'z'], (x, z) => x! * siluOf(z!));
  registerElementwise(
    SILU_GATE_GRAD,
    ['x', 'z', 'dy'],
    (_, z, dy) => dy! * siluOf(z!),
    (x, z, dy) => dy! * x! * siluSlope(z!),
  );
}
