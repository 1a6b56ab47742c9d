// Our own elementwise kernels.
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import {
  SCALED_SUM,
  SILU,
  SILU_GATE,
  SILU_GATE_GRAD,
  SILU_GRAD,
  type ScaledSumAttrs,
} from '../../../kernels/trainingKernels.js';
import { binary, unary } from './elementwise.js';
import { kernel } from './kernel.js';

export function registerGates(): void {
  kernel<{ x: TensorInfo }>(SILU, (backend, { x }) => unary(backend, 'silu', x));
  kernel<Record<'x' | 'dy', TensorInfo>>(SILU_GRAD, (backend, { x, dy }) =>
    binary(backend, 'siluGrad_float', x, dy, 'float32'),
  );
  kernel<Record<'x' | 'z', TensorInfo>>(SILU_GATE, (backend, { x, z }) =>
    binary(backend, 'siluGate_float', x, z, 'float32'),
  );
  kernel<Record<'x' | 'z' | 'dy', TensorInfo>>(SILU_GATE_GRAD, (backend, { x, z, dy }) => {
    const [dx, dz] = [backend.output(x.shape), backend.output(x.shape)];
    const count = util.sizeFromShape(x.shape);
    backend.each('siluGateGrad_all', 'SiluGateGradParams', count, {
      x: backend.address(x),
      z: backend.address(z),
      dy: backend.address(dy),
      dx: backend.address(dx),
      dz: backend.address(dz),
      count,
    });
    return [dx, dz];
  });
  kernel<Record<'x' | 'z', TensorInfo> & { scale?: TensorInfo }, ScaledSumAttrs>(
    SCALED_SUM,
    (backend, { x, z, scale }, { alpha, beta }) => {
      const y = backend.output(x.shape);
      const count = util.sizeFromShape(x.shape);
      backend.each('scaledSum_all', 'ScaledSumParams', count, {
        x: backend.address(x),
        z: backend.address(z),
        scale: scale && backend.address(scale),
        y: backend.address(y),
        count,
        each: count / (scale?.shape[0] ?? 1),
        alpha,
        beta,
      });
      return y;
    },
  );
}
