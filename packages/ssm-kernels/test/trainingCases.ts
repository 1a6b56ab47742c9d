// Our own ops compared with the same function in plain tfjs ops, on awkward shapes.
import * as tf from '@tensorflow/tfjs-core';
import {
  batchNormTrain,
  depthwiseConvSilu,
  groupedMatMul,
  instanceNorm,
  layerNorm,
  layerNormGate,
  linear,
} from '../src/index.js';
import { blockCases } from './blockCases.js';
import type { GradientCase, OpCase } from './gradientCase.js';

const plainSilu = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.sigmoid(x));

/** silu as the fused kernel computes it: after a convolution with one weight, 1. */
const fusedSilu = (x: tf.Tensor): tf.Tensor =>
  tf.reshape(
    depthwiseConvSilu(tf.reshape(x, [1, 1, x.size, 1]), tf.ones([1, 1, 1, 1]), tf.zeros([1])),
    x.shape,
  );

const plainNormal = (x: tf.Tensor, axes: number[], epsilon: number): tf.Tensor => {
  const centred = tf.sub(x, tf.mean(x, axes, true));
  return tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), axes, true), epsilon)));
};

const grouped: OpCase[] = [
  [1, 1, 1, 1],
  [5, 4, 3, 7],
  [33, 2, 9, 1],
  [70, 4, 17, 24],
  [300, 2, 5, 11],
].map(([rows, g, i, o]) => ({
  title: `groupedMatMul of (${rows}, ${g}, ${i}) and (${g}, ${i}, ${o})`,
  shapes: [
    [rows!, g!, i!],
    [g!, i!, o!],
  ],
  op: (x, w) => groupedMatMul(x as tf.Tensor3D, w as tf.Tensor3D),
  plain: (x, w) => tf.transpose(tf.matMul(tf.transpose(x, [1, 0, 2]), w), [1, 0, 2]),
}));

const layers: OpCase[] = [[3, 1], [1, 7], [2, 3, 4], [5], [4, 1, 3, 33], [129, 64]].flatMap((shape) =>
  [1e-5, 0.1].map((epsilon) => ({
    title: `layerNorm of (${shape.join(', ')}) with epsilon ${epsilon}`,
    shapes: [shape, [shape.at(-1)!], [shape.at(-1)!]],
    op: (x, gamma, beta) => layerNorm(x!, gamma as tf.Tensor1D, beta as tf.Tensor1D, epsilon),
    plain: (x, gamma, beta) => tf.add(tf.mul(plainNormal(x!, [shape.length - 1], epsilon), gamma!), beta!),
  })),
);

const biases: OpCase[] = [
  [3, 1],
  [1, 7],
  [2, 3, 4],
  [4, 1, 3, 33],
  [150, 5],
].map((shape) => ({
  title: `linear's bias added to (${shape.join(', ')})`,
  shapes: [shape, [shape.at(-1)!]],
  op: (x, bias) => linear(x!, tf.eye(shape.at(-1)!), bias as tf.Tensor1D),
  plain: (x, bias) => tf.add(x!, bias!),
}));

const batches: OpCase[] = [
  [1, 3],
  [5, 1],
  [2, 3, 5, 7],
  [3, 4, 4, 12],
  [150, 5],
].map((shape) => ({
  title: `batchNormTrain of (${shape.join(', ')})`,
  shapes: [shape, [shape.at(-1)!], [shape.at(-1)!]],
  op: (x, gamma, beta) => batchNormTrain(x!, gamma as tf.Tensor1D, beta as tf.Tensor1D, 1e-3).y,
  plain: (x, gamma, beta) => {
    const axes = shape.slice(1).map((_, i) => i);
    return tf.add(tf.mul(plainNormal(x!, axes, 1e-3), gamma!), beta!);
  },
}));

const instances: OpCase[] = [
  [1, 1, 1, 3],
  [1, 1, 3, 1],
  [2, 3, 5, 7],
  [3, 4, 4, 8],
  [1, 9, 2, 13],
  [2, 9, 11, 3],
].flatMap((shape) =>
  (['none', 'silu'] as const).map((activation) => ({
    title: `instanceNorm of (${shape.join(', ')}) with activation ${activation}`,
    shapes: [shape],
    op: (x) => instanceNorm(x as tf.Tensor4D, { activation, epsilon: 1e-3 }),
    plain: (x) => {
      const n = plainNormal(x!, [1, 2], 1e-3);
      return activation === 'silu' ? plainSilu(n) : n;
    },
  })),
);

const gates: OpCase[] = [[1], [3], [4], [2, 5, 3], [33, 7]].flatMap((shape) => [
  {
    title: `depthwiseConvSilu of (${shape.join(', ')}) by a kernel of one weight`,
    shapes: [shape],
    scale: 6,
    op: (x) => fusedSilu(x!),
    plain: (x) => plainSilu(x!),
  },
  {
    title: `layerNormGate of constant rows (${shape.join(', ')})`,
    shapes: [shape, shape],
    scale: 6,
    op: (x, z) => {
      const c = shape.at(-1)!;
      return tf.add(layerNormGate(tf.zerosLike(z!), tf.ones([c]), tf.ones([c]), z!), x!);
    },
    plain: (x, z) => tf.add(x!, plainSilu(z!)),
  },
]);

const gatedLayers: OpCase[] = [[3, 1], [1, 7], [2, 3, 4], [5], [4, 1, 3, 33], [129, 64]].map((shape) => ({
  title: `layerNormGate of (${shape.join(', ')})`,
  shapes: [shape, [shape.at(-1)!], [shape.at(-1)!], shape],
  scale: 3,
  op: (x, gamma, beta, z) => layerNormGate(x!, gamma as tf.Tensor1D, beta as tf.Tensor1D, z!, 1e-2),
  plain: (x, gamma, beta, z) =>
    tf.mul(tf.add(tf.mul(plainNormal(x!, [shape.length - 1], 1e-2), gamma!), beta!), plainSilu(z!)),
}));

/** b, h, w, c and the kernel; some maps are smaller than the kernel. */
const activated: OpCase[] = [
  [1, 1, 1, 1, 3],
  [3, 1, 1, 33, 7],
  [2, 3, 5, 7, 3],
  [1, 6, 9, 33, 3],
  [1, 5, 4, 1, 5],
  [2, 4, 10, 8, 5],
  [1, 9, 2, 13, 7],
  [2, 2, 12, 7, 7],
  [1, 17, 16, 40, 3],
  [3, 8, 9, 5, 3],
].map(([b, h, w, c, k]) => ({
  title: `depthwiseConvSilu of (${[b, h, w, c].join(', ')}), kernel ${k}×${k}`,
  shapes: [[b!, h!, w!, c!], [k!, k!, c!, 1], [c!]],
  op: (x, filter, bias) => depthwiseConvSilu(x as tf.Tensor4D, filter as tf.Tensor4D, bias as tf.Tensor1D),
  plain: (x, filter, bias) =>
    plainSilu(tf.add(tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'), bias!)),
}));

export const opCases: OpCase[] = [
  ...grouped,
  ...layers,
  ...biases,
  ...batches,
  ...instances,
  ...gates,
  ...gatedLayers,
  ...activated,
  ...blockCases,
];

type Pad = 'same' | 'valid' | number | [number, number, number, number];

/** h, w, c of the pictures, kernel, output channels, strides, padding (four numbers: top, bottom, left, right), batch. */
const convolutions: [number[], number[], number, [number, number], Pad, number][] = [
  [[1, 1, 1], [1, 1], 1, [1, 1], 'valid', 1],
  [[4, 5, 3], [1, 1], 7, [1, 1], 'same', 2],
  [[5, 4, 6], [1, 1], 5, [2, 2], 'valid', 2],
  [[4, 6, 5], [3, 3], 4, [1, 1], 'same', 3],
  [[7, 5, 4], [3, 3], 6, [2, 2], [1, 1, 1, 1], 2],
  [[8, 7, 2], [3, 3], 3, [2, 2], 'same', 1],
  [[9, 11, 3], [7, 7], 2, [2, 2], [3, 3, 3, 3], 1],
  [[6, 7, 3], [2, 3], 5, [1, 2], 'valid', 2],
  [[2, 3, 4], [5, 5], 3, [1, 1], 'same', 1],
  [[6, 6, 1], [3, 3], 2, [1, 1], 1, 1],
  [[5, 6, 2], [3, 2], 3, [2, 1], [2, 0, 0, 1], 1],
  [[17, 16, 2], [3, 3], 3, [1, 1], 'same', 2],
  [[3, 3, 60], [3, 3], 3, [1, 1], 'same', 1],
];

const explicit = (pad: Pad): 'same' | 'valid' | number | tf.backend_util.ExplicitPadding =>
  Array.isArray(pad)
    ? [
        [0, 0],
        [pad[0], pad[1]],
        [pad[2], pad[3]],
        [0, 0],
      ]
    : pad;

export const convolutionCases: GradientCase[] = convolutions.flatMap(
  ([[h, w, c], [kh, kw], o, strides, pad, batch]) => {
    const what = `(${batch}, ${h}, ${w}, ${c}), kernel ${kh}×${kw}, strides ${strides.join('×')}, pad ${String(pad)}`;
    return [
      {
        title: `conv2d of ${what}, to ${o} channels`,
        shapes: [
          [batch, h!, w!, c!],
          [kh!, kw!, c!, o],
        ],
        op: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, explicit(pad)),
      },
      {
        title: `depthwiseConv2d of ${what}`,
        shapes: [
          [batch, h!, w!, c!],
          [kh!, kw!, c!, 1],
        ],
        op: (x, filter) =>
          tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, explicit(pad)),
      },
    ] satisfies GradientCase[];
  },
);

/** m, n, k; from one element to more than a block in each direction. */
const products = [
  [1, 1, 1],
  [3, 5, 7],
  [4, 8, 4],
  [17, 33, 300],
  [98, 9, 257],
  [6, 520, 3],
  [5, 1, 600],
];

export const matMulCases: GradientCase[] = products.flatMap(([m, n, k]) =>
  [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({
      title: `matMul ${m}×${k}×${n}, transposeA ${transposeA}, transposeB ${transposeB}`,
      shapes: [transposeA ? [k!, m!] : [m!, k!], transposeB ? [n!, k!] : [k!, n!]],
      op: (a, b) => tf.matMul(a!, b!, transposeA, transposeB),
    })),
  ),
);
