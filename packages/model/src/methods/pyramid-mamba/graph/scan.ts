// Letters: b batch, p pixels of the map, d channels, k directions, n states, r rank of the step sizes; s = k · grids sequences.
import {
  directionOrders,
  ordersOfRegions,
  regionOfPixels,
  type ScanDirections,
  type ScanOrder,
} from '@pyramid-mamba/ssm-kernels';
import type { Graph, Value } from '../../../onnx/graph.js';
import { weight, type Weights } from '../../../onnx/layers.js';

export interface ScanSizes {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly states: number;
  readonly rank: number;
  readonly grids: readonly number[];
  readonly scanOrder: ScanOrder;
  readonly directions: ScanDirections;
}

/**
 * A projected pyramid scan (`projectedScan`), with ONNX's operator `Scan`: each direction at each grid is one sequence of all pixels, region
 * after region, whose state is forgotten where a region begins. All sequences advance together, one pixel per step.
 *
 * @param u (b, p, d)
 * @returns y, (b, p, d)
 */
export function scanGraph(graph: Graph, u: Value, weights: Weights, sizes: ScanSizes): Value {
  const { height, width, channels: d, states: n, rank: r, grids, directions: k } = sizes;
  const p = height * width;
  const s = k * grids.length;
  const { steps, back, keep } = sequences(sizes);
  const projected = projections(graph, u, weights, sizes); // (b, k, p, r + 2n)
  const part = (from: number, to: number): Value =>
    graph.op('Slice', [projected, graph.list(from), graph.list(to), graph.list(3)]);
  const dt = stepSizes(graph, part(0, r), weights, sizes); // (b, k, p, d)
  const dtu = graph.op('Mul', [dt, graph.op('Unsqueeze', [u, graph.list(1)])]);
  // (b, k, p, c) in the order of the steps: (p, b, s, c)
  const ordered = (x: Value, c: number): Value => {
    const gathered = graph.op('Gather', [graph.reshape(x, -1, k * p, c), steps], { axis: 1 }); // (b, p, s, c)
    return graph.transpose(gathered, 1, 0, 2, 3);
  };
  const asColumn = (x: Value): Value => graph.op('Unsqueeze', [x, graph.list(4)]);
  const scanned = scanNode(graph, stateMatrix(graph, weights, sizes), startState(graph, u, [s, d, n]), [
    asColumn(ordered(dt, d)), // (p, b, s, d, 1)
    asColumn(ordered(dtu, d)),
    graph.op('Unsqueeze', [ordered(part(r, r + n), n), graph.list(3)]), // (p, b, s, 1, n)
    asColumn(ordered(part(r + n, r + 2 * n), n)), // (p, b, s, n, 1)
    keep,
  ]); // (p, b, s, d, 1)
  const sequencesFirst = graph.transpose(graph.reshape(scanned, p, -1, s, d), 1, 2, 0, 3); // (b, s, p, d)
  const placed = graph.op('Gather', [graph.reshape(sequencesFirst, -1, s * p, d), back], { axis: 1 }); // (b, s, p, d)
  const sum = graph.op('ReduceSum', [placed, graph.list(1)], { keepdims: 0 });
  const y = graph.op('Mul', [sum, graph.number(1 / grids.length)]); // the mean of the grids
  const skips = weight(weights, 'Ds').data;
  const skip = Float64Array.from({ length: d }, (_, i) => {
    let sum = 0;
    for (let direction = 0; direction < k; direction++) sum += skips[direction * d + i]!;
    return sum;
  });
  return graph.op('Add', [y, graph.op('Mul', [u, graph.floats([d], skip)])]);

  /** For every step the pixel of each sequence among those of its direction, (p, s); back again, (s, p); 0 where a state begins, (p, 1, s, 1, 1). */
  function sequences(of: ScanSizes): { steps: Value; back: Value; keep: Value } {
    const key = `${of.height} ${of.width} ${of.grids.join()} ${of.scanOrder} ${of.directions}`;
    const orders: Int32Array[] = [];
    const starts = new Float32Array(p * s).fill(1);
    for (const curve of directionOrders(height, width, of))
      for (const grid of grids) {
        const order = new Int32Array(p);
        let at = 0;
        for (const own of ordersOfRegions(curve, regionOfPixels(height, width, grid))) {
          starts[at * s + orders.length] = 0;
          order.set(own, at);
          at += own.length;
        }
        orders.push(order);
      }
    const forth = new Int32Array(p * s);
    const home = new Int32Array(s * p);
    for (const [i, order] of orders.entries()) {
      const direction = Math.floor(i / grids.length);
      for (const [step, pixel] of order.entries()) {
        forth[step * s + i] = direction * p + pixel;
        home[i * p + pixel] = i * p + step;
      }
    }
    return {
      steps: graph.integers([p, s], forth, `steps ${key}`),
      back: graph.integers([s, p], home, `back ${key}`),
      keep: graph.floats([p, 1, s, 1, 1], starts, `keep ${key}`),
    };
  }
}

/** What each direction reads of a pixel, (b, p, d) to (b, k, p, r + 2n). */
function projections(
  graph: Graph,
  u: Value,
  weights: Weights,
  { channels, states, rank, height, width, directions }: ScanSizes,
): Value {
  const rows = directions * (rank + 2 * states);
  const { data } = weight(weights, 'x_proj_weight'); // (k, r + 2n, d)
  const matrix = new Float32Array(channels * rows);
  for (let row = 0; row < rows; row++)
    for (let c = 0; c < channels; c++) matrix[c * rows + row] = data[row * channels + c]!;
  const all = graph.op('MatMul', [u, graph.floats([channels, rows], matrix)]);
  return graph.transpose(graph.reshape(all, -1, height * width, directions, rank + 2 * states), 0, 2, 1, 3);
}

/** softplus of the projected step sizes and their bias, (b, k, p, r) to (b, k, p, d). */
function stepSizes(
  graph: Graph,
  x: Value,
  weights: Weights,
  { channels: d, rank: r, directions }: ScanSizes,
): Value {
  const { data } = weight(weights, 'dt_projs_weight'); // (k, d, r)
  const matrix = new Float32Array(data.length);
  for (let k = 0; k < directions; k++)
    for (let c = 0; c < d; c++)
      for (let i = 0; i < r; i++) matrix[(k * r + i) * d + c] = data[(k * d + c) * r + i]!;
  const steps = graph.op('MatMul', [x, graph.floats([directions, r, d], matrix)]);
  const bias = graph.floats([directions, 1, d], weight(weights, 'dt_projs_bias').data);
  return graph.op('Softplus', [graph.op('Add', [steps, bias])]);
}

/** A = −exp(aLogs), repeated for each grid: (s, d, n). */
function stateMatrix(
  graph: Graph,
  weights: Weights,
  { channels: d, states: n, grids, directions }: ScanSizes,
): Value {
  const { data } = weight(weights, 'A_logs'); // (k·d, n)
  const sequences = directions * grids.length;
  const A = Float64Array.from({ length: sequences * d * n }, (_, i) => {
    const direction = Math.floor(i / (d * n * grids.length));
    return -Math.exp(data[direction * d * n + (i % (d * n))]!);
  });
  return graph.floats([sequences, d, n], A);
}

/** Zeros, (b, ...sizes). */
function startState(graph: Graph, u: Value, sizes: readonly number[]): Value {
  const batch = graph.op('Shape', [u], { start: 0, end: 1 });
  const shape = graph.op('Concat', [batch, graph.list(...sizes)], { axis: 0 });
  return graph.op('Expand', [graph.number(0), shape]);
}

/** h ← exp(dt·A)·h + dt·u·B, y = C·h. @returns y of every step */
function scanNode(graph: Graph, A: Value, start: Value, steps: readonly Value[]): Value {
  const body = graph.body('step');
  const names = ['h', 'dt', 'dtu', 'B', 'C', 'keep'].map((name) => `${name}_of_${start}`);
  for (const name of names) body.input(name, 'float32', ['b', 's', 'd', 'n']);
  const [h, dt, dtu, B, C, keep] = names as [Value, Value, Value, Value, Value, Value];
  const decay = body.op('Exp', [body.op('Mul', [dt, A])]);
  const kept = body.op('Mul', [decay, body.op('Mul', [h, keep])]);
  const next = body.op('Add', [kept, body.op('Mul', [dtu, B])]);
  const y = body.op('MatMul', [next, C]);
  body.output(`next_of_${start}`, next, 'float32', ['b', 's', 'd', 'n']);
  body.output(`y_of_${start}`, y, 'float32', ['b', 's', 'd', 'one']);
  return graph.ops('Scan', [start, ...steps], { body, num_scan_inputs: steps.length }, 2)[1]!;
}
