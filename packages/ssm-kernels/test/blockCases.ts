// The fused ops compared with the same steps in plain tfjs ops, on awkward shapes.
import * as tf from '@tensorflow/tfjs-core';
import { linear, linearParts, projectedScan, pyramidScan, residual } from '../src/index.js';
import type { OpCase } from './gradientCase.js';

const matrix = (weight: tf.Tensor): tf.Tensor2D =>
  tf.reshape(weight, [weight.shape[0]!, weight.shape[1]!]) as tf.Tensor2D;

const lastRows = (weight: tf.Tensor, count: number): tf.Tensor =>
  tf.slice(weight, [weight.shape[0]! - count], [count]);

const plainLinear = (x: tf.Tensor, weight: tf.Tensor): tf.Tensor =>
  tf.reshape(tf.matMul(tf.reshape(x, [-1, x.shape.at(-1)!]), matrix(weight), false, true), [
    ...x.shape.slice(0, -1),
    weight.shape[0]!,
  ]);

/** x, and the weight. */
const layers: [number[], number[]][] = [
  [
    [1, 1],
    [1, 1],
  ],
  [
    [5, 3],
    [7, 3, 1, 1],
  ],
  [
    [2, 3, 5, 9],
    [33, 9],
  ],
  [
    [3, 1, 7, 1],
    [4, 1],
  ],
  [
    [2, 4, 5, 40],
    [1, 40, 1, 1],
  ],
  [
    [1, 9, 11, 17],
    [130, 17],
  ],
  [
    [1200, 3],
    [6, 3],
  ],
];

const linears: OpCase[] = layers.flatMap(([x, weight]) => [
  {
    title: `linear of (${x.join(', ')}) by (${weight.join(', ')})`,
    shapes: [x, weight],
    op: (a, w) => linear(a!, w!),
    plain: (a, w) => plainLinear(a!, w!),
  },
  {
    title: `linear of (${x.join(', ')}) by (${weight.join(', ')}) with a bias`,
    shapes: [x, weight, [weight[0]!]],
    op: (a, w, bias) => linear(a!, w!, bias as tf.Tensor1D),
    plain: (a, w, bias) => tf.add(plainLinear(a!, w!), bias!),
  },
]);

/** x, the weight and the parts. */
const splits: [number[], number[], number][] = [
  [[1, 1], [2, 1], 2],
  [[2, 3, 5, 9], [34, 9], 2],
  [[7, 4], [9, 4, 1, 1], 3],
  [[4, 5, 6], [8, 6], 1],
  [[70, 33], [260, 33], 4],
];

const parts: OpCase[] = splits.flatMap(([x, weight, count]) => {
  const what = `linearParts of (${x.join(', ')}) by (${weight.join(', ')}) in ${count}`;
  const shapes = [x, weight];
  return [
    {
      title: what,
      shapes,
      op: (a, w) => tf.concat(linearParts(a!, w!, count), -1),
      plain: (a, w) => plainLinear(a!, w!),
    },
    {
      title: `${what}, of which the last alone is used,`,
      shapes,
      op: (a, w) => linearParts(a!, w!, count).at(-1)!,
      plain: (a, w) => plainLinear(a!, lastRows(w!, w!.shape[0]! / count)),
    },
  ] satisfies OpCase[];
});

const residuals: OpCase[] = [[1], [3, 1], [2, 3, 5, 7], [3, 4, 4, 8], [5, 67]].flatMap((shape) => {
  const draw = (): tf.Tensor1D => tf.tensor1d(Array.from({ length: shape[0]! }, (_, i) => (i % 2 ? 0 : 1.5)));
  const ones = shape.slice(1).map(() => 1);
  return [
    {
      title: `residual of (${shape.join(', ')})`,
      shapes: [shape, shape],
      op: (x, branch) => residual(x!, branch!),
      plain: (x, branch) => tf.add(x!, branch!),
    },
    {
      title: `residual of (${shape.join(', ')}) with a scale and a factor`,
      shapes: [shape, shape],
      op: (x, branch) => residual(x!, branch!, { scale: draw(), factor: 1.25 }),
      plain: (x, branch) =>
        tf.add(x!, tf.mul(tf.mul(branch!, 1.25), tf.reshape(draw(), [shape[0]!, ...ones]))),
    },
    {
      title: `residual of (${shape.join(', ')}) with itself, twice,`,
      shapes: [shape],
      op: (x) => residual(x!, residual(x!, tf.square(x!), { factor: 0.5 })),
      plain: (x) => tf.add(x!, tf.add(x!, tf.mul(tf.square(x!), 0.5))),
    },
  ] satisfies OpCase[];
});

/** b, h, w, d, n, r and the grids. */
const maps: [number, number, number, number, number, number, number[]][] = [
  [1, 1, 1, 1, 1, 1, [1]],
  [2, 3, 5, 7, 5, 2, [1, 2]],
  [1, 6, 4, 33, 3, 3, [1, 2, 4]],
  [3, 4, 4, 8, 16, 1, [2]],
];

const scans: OpCase[] = maps.map(([b, h, w, d, n, r, grids]) => {
  const k = 4;
  return {
    title: `projectedScan of (${[b, h, w, d].join(', ')}), n ${n}, r ${r}, grids ${grids.join(', ')}`,
    shapes: [[b, h, w, d], [k, r + 2 * n, d], [k, d, r], [k, d], [k * d, n], [k * d]],
    op: (u, xProj, dtProj, dtBias, aLogs, D) =>
      projectedScan(
        u as tf.Tensor4D,
        {
          xProj: xProj as tf.Tensor3D,
          dtProj: dtProj as tf.Tensor3D,
          dtBias: dtBias as tf.Tensor2D,
          aLogs: aLogs as tf.Tensor2D,
          D: D as tf.Tensor1D,
        },
        { grids },
      ),
    plain: (u, xProj, dtProj, dtBias, aLogs, D) => {
      const project = (first: number, size: number): tf.Tensor =>
        plainLinear(u!, tf.reshape(tf.slice(xProj!, [0, first, 0], [k, size, d]), [k * size, d]));
      const low = tf.transpose(tf.reshape(project(0, r), [b * h * w, k, r]), [1, 0, 2]);
      const delta = tf.transpose(tf.matMul(low, dtProj!, false, true), [1, 0, 2]);
      return pyramidScan(
        u as tf.Tensor4D,
        tf.reshape(delta, [b, h, w, k, d]),
        tf.reshape(tf.neg(tf.exp(aLogs!)), [k, d, n]),
        tf.reshape(project(r, n), [b, h, w, k, n]),
        tf.reshape(project(r + n, n), [b, h, w, k, n]),
        tf.reshape(D!, [k, d]),
        dtBias as tf.Tensor2D,
        { grids },
      );
    },
  };
});

export const blockCases: OpCase[] = [...linears, ...parts, ...residuals, ...scans];
