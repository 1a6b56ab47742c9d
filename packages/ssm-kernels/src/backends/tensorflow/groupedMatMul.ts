import { matMul, transpose, type Tensor } from '@tensorflow/tfjs-core';
import {
  GROUPED_MATMUL,
  GROUPED_MATMUL_GRAD_W,
  GROUPED_MATMUL_GRAD_X,
} from '../../kernels/trainingKernels.js';
import { registerNative } from './native.js';

/** (rows, g, c) to (g, rows, c), and back. */
const byGroup = (x: Tensor): Tensor => transpose(x, [1, 0, 2]);

/** x (rows, g, i), w (g, i, o), y (rows, g, o) */
export function registerGroupedMatMul(): void {
  registerNative(GROUPED_MATMUL, ({ x, w }) => byGroup(matMul(byGroup(x!), w!)));
  registerNative(GROUPED_MATMUL_GRAD_X, ({ dy, w }) => byGroup(matMul(byGroup(dy!), w!, false, true)));
  registerNative(GROUPED_MATMUL_GRAD_W, ({ x, dy }) => matMul(byGroup(x!), byGroup(dy!), true));
}
