import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { SILU, SILU_GATE, SILU_GATE_GRAD, SILU_GRAD } from '../../kernels/trainingKernels.js';
import { dispatch, folded, output, runs, type Backend } from './device/dispatch.js';

const WORKGROUP = 64;

/** Registers an entry point of silu.wgsl; `inputs` and `outputs` are the bindings' numbers, the inputs by name. */
function registerElementwise(
  kernelName: string,
  entry: string,
  inputs: Readonly<Record<string, number>>,
  outputs: readonly number[],
): void {
  registerKernel({
    kernelName,
    backendName: 'webgpu',
    kernelFunc: ({ inputs: tensors, backend }) => {
      const gpu = backend as unknown as Backend;
      const { shape } = tensors['x'] as TensorInfo;
      const results = outputs.map(() => output(gpu, shape));
      const bound = [
        ...Object.entries(inputs).map(([name, binding]) => [binding, tensors[name] as TensorInfo] as const),
        ...outputs.map((binding, i) => [binding, results[i]!] as const),
      ];
      // ranges of 64 start at the binding alignment: no offsets within a binding
      const rows = Math.ceil(util.sizeFromShape(shape) / WORKGROUP);
      for (const run of runs(gpu, entry, rows, WORKGROUP)) {
        const first = run.first * WORKGROUP;
        const count = Math.min(run.count * WORKGROUP, util.sizeFromShape(shape) - first);
        const parts = Object.fromEntries(
          bound.map(([binding, tensor]) => [binding, { tensor, first, count }]),
        );
        dispatch(gpu, { shader: 'silu', entry }, parts, { at: 5, values: [count] }, folded(run.count));
      }
      return results.length === 1 ? results[0]! : results;
    },
  });
}

export function registerSilu(): void {
  registerElementwise(SILU, 'silu', { x: 0 }, [3]);
  registerElementwise(SILU_GRAD, 'siluGrad', { x: 0, dy: 2 }, [3]);
  registerElementwise(SILU_GATE, 'siluGate', { x: 0, z: 1 }, [3]);
  registerElementwise(SILU_GATE_GRAD, 'siluGateGrad', { x: 0, z: 1, dy: 2 }, [3, 4]);
}
