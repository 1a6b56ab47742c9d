// Letters: b batch, p patches of a picture, q = b·p, d values of a patch, c candidates, k neighbours.
import { ownCells } from '../../inference/pictureMap.js';
import type { HostArray } from '../../nn/params.js';
import type { Graph, Value } from '../../onnx/graph.js';
import { largest, levelMap } from '../../onnx/fuse.js';
import { channelsLast, convolution, weight } from '../../onnx/layers.js';
import { resizeMatrix, separable } from '../../onnx/maps.js';
import type { LevelValue, MapValue, MethodGraph } from '../../onnx/types.js';
import { adaptiveBins } from './embedding/adaptivePool.js';
import type { PatchCoreConfig } from './config.js';
import { resizeHalfPixel } from '../../inference/resize.js';
import { BANK } from './model.js';
import { NeighbourSearch } from './neighbours.js';

/** Rows beyond the nearest k whose distances are computed exactly: products in float32 may order near ones wrongly. */
const MARGIN = 8;
/** Side of the neighbourhood of a patch. */
const SIDE = 3;

/** `PatchCore.levels` and the method's `fuse` as ONNX nodes. */
export const patchCoreGraph: MethodGraph<PatchCoreConfig> = {
  async levels(graph, config, weights, { features }) {
    const { neighbours, distance, score, reweight } = config;
    const { data, shape } = weight(weights, BANK);
    const [rows, d] = shape as [number, number];
    const { value, height, width } = embedding(graph, config, features);
    const patches = graph.reshape(channelsLast(graph, value), -1, d); // (q, d)
    const bank = graph.floats([rows, d], data);
    const { squared, indices } = nearest(graph, patches, bank, { data, rows, d }, neighbours);
    const each = distance === 'squared' ? squared : graph.op('Sqrt', [squared]); // (q, k)
    const mean = graph.op('ReduceMean', [each, graph.list(1)], { keepdims: 0 });
    const level = (x: Value): LevelValue => ({ value: graph.reshape(x, -1, height, width), height, width });
    if (score !== 'patch') return [level(mean)];
    if (reweight === null || Math.min(reweight, rows) <= 1)
      return [level(mean), level(graph.op('Sub', [graph.op('Add', [mean, graph.number(1)]), mean]))];
    const around = await tableOfRowsAround(data, d, reweight);
    const first = graph.op('Gather', [indices, graph.integers([], [0], 'first')], { axis: 1 }); // (q)
    return [level(mean), level(weightsOf(graph, patches, bank, first, around, squared))];
  },
  fuse(graph, { sigma }, levels, frame) {
    const [distances, weights] = levels as [LevelValue, LevelValue?];
    const map = levelMap(graph, distances, frame, resizeHalfPixel, sigma);
    if (!weights) return { map, score: largest(graph, map) };
    const { height, width } = distances;
    const flat = [distances, weights].map(({ value }) => graph.reshape(value, -1, height * width));
    const judged = graph.integers(
      [ownCells([height, width], frame.input, frame.picture).length],
      ownCells([height, width], frame.input, frame.picture),
    );
    const [own, share] = flat.map((x) => graph.op('Gather', [x, judged], { axis: 1 })) as [Value, Value];
    const at = graph.op('ArgMax', [own], { axis: 1, keepdims: 1 }); // (b, 1)
    const [most, its] = [own, share].map((x) => graph.op('GatherElements', [x, at], { axis: 1 })) as [
      Value,
      Value,
    ];
    return { map, score: graph.op('Squeeze', [graph.op('Mul', [most, its]), graph.list(1)]) };
  },
};

/** What `embed` makes of the features, NCHW. */
function embedding(
  graph: Graph,
  { levels, embedding: kind }: PatchCoreConfig,
  features: readonly MapValue[],
): MapValue {
  const chosen = levels.map((level) => features[level]!);
  const { height, width } = chosen[0]!;
  const resized = (x: Value, from: MapValue): Value =>
    from.height === height && from.width === width
      ? x
      : separable(
          graph,
          x,
          resizeMatrix(resizeHalfPixel, from.height, height),
          resizeMatrix(resizeHalfPixel, from.width, width),
        );
  const joined = (parts: readonly Value[]): Value =>
    parts.length > 1 ? graph.op('Concat', parts, { axis: 1 }) : parts[0]!;
  if (kind.kind === 'means') {
    const means = chosen.map((level) =>
      resized(
        graph.op('AveragePool', [level.value], {
          kernel_shape: [SIDE, SIDE],
          strides: [1, 1],
          pads: [1, 1, 1, 1],
          count_include_pad: 1,
        }),
        level,
      ),
    );
    const channels = chosen.reduce((sum, level) => sum + level.channels, 0);
    return { value: joined(means), channels, height, width };
  }
  // a pooling of the 3×3 windows' values is a convolution: bins run over channel, row and column, as kernels do
  const parts = chosen.map((level) =>
    resized(
      convolution(graph, level.value, pooling(level.channels * SIDE * SIDE, kind.perLevel, SIDE)),
      level,
    ),
  );
  const pooled = convolution(graph, joined(parts), pooling(parts.length * kind.perLevel, kind.dims, 1));
  return { value: pooled, channels: kind.dims, height, width };
}

/** `adaptivePool` of n values to m as a kernel (m, n / side², side, side). */
function pooling(n: number, m: number, side: number): HostArray {
  const data = new Float32Array(m * n);
  for (const [i, { start, end }] of adaptiveBins(n, m).entries())
    data.fill(1 / (end - start), i * n + start, i * n + end);
  return { shape: [m, n / side ** 2, side, side], data };
}

/** The squared distances of patches to their nearest rows, ascending, and those rows: (q, k) each. */
function nearest(
  graph: Graph,
  patches: Value,
  bank: Value,
  { data, rows, d }: { data: Float32Array; rows: number; d: number },
  neighbours: number,
): { squared: Value; indices: Value } {
  const k = Math.min(neighbours, rows);
  const c = Math.min(rows, k + MARGIN);
  // distances stay where a vector is subtracted from both sides, and cancellation takes fewer digits of small norms; the product with the
  // rows themselves differs by the same number for all rows, so the file has the bank once
  const mean = new Float64Array(d);
  for (let i = 0; i < data.length; i++) mean[i % d]! += data[i]! / rows;
  const centred = graph.op('Sub', [patches, graph.floats([d], mean)]);
  const norms = new Float64Array(rows);
  for (let i = 0; i < data.length; i++) norms[Math.floor(i / d)]! += (data[i]! - mean[i % d]!) ** 2;
  const product = graph.op('Gemm', [centred, bank, graph.floats([rows], norms)], {
    alpha: { float: -2 },
    transB: 1,
  }); // (q, rows)
  const [, candidates] = graph.ops(
    'TopK',
    [product, graph.list(c)],
    { axis: 1, largest: 0, sorted: 1 },
    2,
  ) as [Value, Value];
  const exact = squaredTo(graph, patches, graph.op('Gather', [bank, candidates], { axis: 0 }));
  const [squared, at] = graph.ops('TopK', [exact, graph.list(k)], { axis: 1, largest: 0, sorted: 1 }, 2) as [
    Value,
    Value,
  ];
  return { squared, indices: graph.op('GatherElements', [candidates, at], { axis: 1 }) };
}

/** Squared distances of patches (q, d) to rows of each, (q, r, d): (q, r). */
function squaredTo(graph: Graph, patches: Value, rows: Value): Value {
  const apart = graph.op('Sub', [graph.op('Unsqueeze', [patches, graph.list(1)]), rows]);
  return graph.op('ReduceSum', [graph.op('Mul', [apart, apart]), graph.list(2)], { keepdims: 0 });
}

/** The rows nearest to each row of the bank, (rows, r). */
async function tableOfRowsAround(bank: Float32Array, dims: number, count: number): Promise<HostTable> {
  const tf = await import('@tensorflow/tfjs-core');
  const search = new NeighbourSearch(bank, dims);
  const queries = tf.tensor2d(bank, [search.rows, dims]);
  try {
    const { k, indices } = await search.nearest(queries, count);
    return { rows: search.rows, width: k, data: indices };
  } finally {
    queries.dispose();
    search.dispose();
  }
}

interface HostTable {
  readonly rows: number;
  readonly width: number;
  readonly data: Int32Array;
}

/** `patchWeight` of each patch, (q). @param first its nearest row @param squared its distances, the nearest first */
function weightsOf(
  graph: Graph,
  patches: Value,
  bank: Value,
  first: Value,
  around: HostTable,
  squared: Value,
): Value {
  const table = graph.integers([around.rows, around.width], around.data);
  const rows = graph.op('Gather', [bank, graph.op('Gather', [table, first], { axis: 0 })], { axis: 0 }); // (q, r, d)
  const distances = graph.op('Sqrt', [squaredTo(graph, patches, rows)]); // (q, r)
  const own = graph.op('Sqrt', [graph.op('Slice', [squared, graph.list(0), graph.list(1), graph.list(1)])]); // (q, 1)
  const relative = graph.op('Exp', [graph.op('Sub', [distances, own])]);
  const sum = graph.op('ReduceSum', [relative, graph.list(1)], { keepdims: 0 });
  return graph.op('Sub', [graph.number(1), graph.op('Reciprocal', [sum])]);
}
