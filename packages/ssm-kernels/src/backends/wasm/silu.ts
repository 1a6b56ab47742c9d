import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { SILU, SILU_GATE, SILU_GATE_GRAD, SILU_GRAD } from '../../kernels/trainingKernels.js';
import { call, output, pointer, type Backend } from './module/module.js';

/** Registers a wasm function of the inputs in the order of `names` that writes `outputs` tensors of the shape of x. */
function registerElementwise(
  kernelName: string,
  wasmName: string,
  names: readonly string[],
  outputs = 1,
): void {
  registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => {
      const wasm = backend as Backend;
      const { shape } = inputs['x'] as TensorInfo;
      const results = Array.from({ length: outputs }, () => output(wasm, shape));
      const tensors = [...names.map((name) => inputs[name] as TensorInfo), ...results];
      call(wasm, wasmName, ...tensors.map((tensor) => pointer(wasm, tensor)), util.sizeFromShape(shape));
      return outputs === 1 ? results[0]! : results;
    },
  });
}

export function registerSilu(): void {
  registerElementwise(SILU, 'silu', ['x']);
  registerElementwise(SILU_GRAD, 'siluGrad', ['x', 'dy']);
  registerElementwise(SILU_GATE, 'siluGate', ['x', 'z']);
  registerElementwise(SILU_GATE_GRAD, 'siluGateGrad', ['x', 'z', 'dy'], 2);
}
