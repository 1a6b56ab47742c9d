import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { LAYER_NORM_GATE, LAYER_NORM_GATE_GRAD, type LayerNormAttrs } from '../../kernels/trainingKernels.js';
import { call, output, pointer, withScratch, type Backend, type Register } from './module/module.js';
import { SIGMOID_CONSTANTS } from './module/sigmoidConstants.js';

/** Registers a wasm function of the inputs in the order of `names` that writes tensors of the shapes of `outputs`. */
function registerFused(
  register: Register,
  kernelName: string,
  wasmName: string,
  names: readonly string[],
  outputs: readonly string[],
): void {
  register({
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const wasm = backend as Backend;
      const shapeOf = (name: string): number[] => (inputs[name] as TensorInfo).shape;
      const results = outputs.map((name) => output(wasm, shapeOf(name)));
      const tensors = [...names.map((name) => inputs[name] as TensorInfo), ...results];
      const c = shapeOf('gamma')[0]!;
      const rows = util.sizeFromShape(shapeOf('x')) / c;
      const { epsilon } = attrs as unknown as LayerNormAttrs;
      const offsets = tensors.map((tensor) => pointer(wasm, tensor));
      withScratch(wasm, SIGMOID_CONSTANTS, (scratch) =>
        call(wasm, wasmName, ...offsets, scratch, rows, c, epsilon),
      );
      return results.length === 1 ? results[0]! : results;
    },
  });
}

export function registerLayerNormGate(register: Register = registerKernel): void {
  const names = ['x', 'gamma', 'beta', 'z'];
  registerFused(register, LAYER_NORM_GATE, 'layerNormGate', names, ['x']);
  registerFused(register, LAYER_NORM_GATE_GRAD, 'layerNormGateGrad', [...names, 'dy'], names);
}
