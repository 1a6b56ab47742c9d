import { matMul, transpose, type Tensor } from '@tensorflow/tfjs-core';
import { native } from './native.js';

// x (rows, g, i), w (g, i, o), y (rows, g, o)

/** (rows, g, c) to (g, rows, c), and back. */
const byGroup = (x: Tensor): Tensor => transpose(x, [1, 0, 2]);

export const groupedMatMul = native<'groupedMatMul'>(({ x, w }) => byGroup(matMul(byGroup(x), w)));

export const groupedMatMulGradX = native<'groupedMatMulGradX'>(({ dy, w }) =>
  byGroup(matMul(byGroup(dy), w, false, true)),
);

export const groupedMatMulGradW = native<'groupedMatMulGradW'>(({ x, dy }) =>
  matMul(byGroup(x), byGroup(dy), true),
);
