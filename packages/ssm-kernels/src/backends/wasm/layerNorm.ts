import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { LAYER_NORM, LAYER_NORM_GRAD, type LayerNormAttrs } from '../../kernels/trainingKernels.js';
import { call, output, pointer, type Backend, type Register } from './module/module.js';

export function registerLayerNorm(register: Register = registerKernel): void {
  register({
    kernelName: LAYER_NORM,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, gamma, beta } = inputs as { x: TensorInfo; gamma: TensorInfo; beta: TensorInfo };
      const { epsilon } = attrs as unknown as LayerNormAttrs;
      const wasm = backend as Backend;
      const c = gamma.shape[0]!;
      const y = output(wasm, x.shape);
      const offsets = [x, gamma, beta, y].map((tensor) => pointer(wasm, tensor));
      call(wasm, 'layerNorm', ...offsets, util.sizeFromShape(x.shape) / c, c, epsilon);
      return y;
    },
  });
  register({
    kernelName: LAYER_NORM_GRAD,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, gamma, dy } = inputs as { x: TensorInfo; gamma: TensorInfo; dy: TensorInfo };
      const { epsilon } = attrs as unknown as LayerNormAttrs;
      const wasm = backend as Backend;
      const c = gamma.shape[0]!;
      const gradients = [output(wasm, x.shape), output(wasm, [c]), output(wasm, [c])];
      const offsets = [x, gamma, dy, ...gradients].map((tensor) => pointer(wasm, tensor));
      call(wasm, 'layerNormGrad', ...offsets, util.sizeFromShape(x.shape) / c, c, epsilon);
      return gradients;
    },
  });
}
