import { Fill, GatherV2, Sum, type KernelBackend, type TensorInfo } from '@tensorflow/tfjs-core';
import {
  SCAN_GRADIENT_ORDER,
  type OrderedScanAttrs,
  type ScanGradTensors,
  type ScanTensors,
} from '../../kernels/signatures.js';
import { registered, type Kernel } from '../../kernels/table.js';
import { keptOrders, ordersOfRegions, regionOfPixels } from '../../scan/orders.js';
import { pyramidScanSizes, type PyramidScanSizes } from '../../scan/views.js';
import { composed, view, type Run } from './kernels.js';

/** The rows of a map for all directions, k, as sequences: position i of direction k is row i·k + direction. */
interface Sequences {
  readonly weight: number;
  /** Sub-regions, whose sequences follow one another and are of one length. */
  readonly regions: number;
  /** For each row the pixel, and the row of pixel and direction in the map's tensors. */
  readonly pixels: Int32Array;
  readonly rows: Int32Array;
  /** For each row of the map's tensors the row of the sequences. */
  readonly back: Int32Array;
}

/** Throws an Error where the sub-regions of a grid differ in size: they could not be scanned as one batch. */
function sequencesOf(
  { height, width }: PyramidScanSizes,
  { grids, weights, ...geometry }: OrderedScanAttrs,
): Sequences[] {
  const k = geometry.directions;
  return grids.map((grid, g) => {
    if (height % grid !== 0 || width % grid !== 0)
      throw new Error(
        `pyramidScan: on this backend a scan along ${geometry.scanOrder} in ${k} directions needs a map that is cut into equal ` +
          `sub-regions; ${height}×${width} is not a multiple of ${grid}.`,
      );
    const regions = regionOfPixels(height, width, grid);
    const pixels = new Int32Array(height * width * k);
    const rows = new Int32Array(pixels.length);
    const back = new Int32Array(pixels.length);
    keptOrders(height, width, geometry).forEach((order, direction) => {
      let i = direction;
      for (const pixel of ordersOfRegions(order, regions).flatMap((own) => [...own])) {
        pixels[i] = pixel;
        rows[i] = pixel * k + direction;
        back[rows[i]!] = i;
        i += k;
      }
    });
    return { weight: weights[g]!, regions: grid * grid, pixels, rows, back };
  });
}

/** Indices on a backend while `use` runs. */
function withIndices<T>(
  backend: KernelBackend,
  indices: readonly Int32Array[],
  use: (tensors: TensorInfo[]) => T,
): T {
  const tensors = indices.map((values): TensorInfo => {
    const shape = [values.length];
    return { dataId: backend.write(values, shape, 'int32'), shape, dtype: 'int32' };
  });
  try {
    return use(tensors);
  } finally {
    for (const { dataId } of tensors) backend.disposeData(dataId);
  }
}

const take = (run: Run, x: TensorInfo, indices: TensorInfo): TensorInfo =>
  run(GatherV2, { x, indices }, { axis: 1, batchDims: 0 });

/** weight·x, added to what there is. */
function plus(run: Run, sum: TensorInfo | undefined, x: TensorInfo, weight: number): TensorInfo {
  if (!sum && weight === 1) return x;
  const attrs = { alpha: sum ? 1 : 0, beta: weight };
  return run(registered('scaledSum'), { x: sum ?? x, z: x }, attrs);
}

/** Inputs of selectiveScan for the sequences of one grid. */
function sequenceInputs(
  run: Run,
  t: ScanTensors,
  s: PyramidScanSizes,
  k: number,
  regions: number,
  [pixels, rows]: readonly [TensorInfo, TensorInfo],
): ScanTensors {
  const { batch, channels: d, states: n } = s;
  const p = s.height * s.width;
  const [sequences, length] = [batch * regions, p / regions];
  const byRow = (x: TensorInfo, width: number): TensorInfo => take(run, view(x, [batch, p * k, width]), rows);
  return {
    u: view(take(run, view(t.u, [batch, p, d]), pixels), [sequences, length, k * d]),
    delta: view(byRow(t.delta, d), [sequences, length, k * d]),
    A: view(t.A, [k * d, n]),
    B: view(byRow(t.B, n), [sequences, length, k, n]),
    C: view(byRow(t.C, n), [sequences, length, k, n]),
    D: view(t.D, [k * d]),
    deltaBias: view(t.deltaBias, [k * d]),
  };
}

/** A scan along any curve on a backend, composed of its gather and its selectiveScan: each direction is a sequence, each grid a batch of them. */
export function orderedScanOf(backendName: string): {
  orderedScan: Kernel<object, 'orderedScan'>;
  orderedScanGrad: Kernel<object, 'orderedScanGrad'>;
} {
  return {
    orderedScan: (backend, t, attrs) => {
      const s = pyramidScanSizes(t);
      const { batch, channels: d } = s;
      const [p, k] = [s.height * s.width, attrs.directions];
      const { deltaSoftplus } = attrs;
      const all = sequencesOf(s, attrs);
      const indices = all.flatMap(({ pixels, rows, back }) => [pixels, rows, back]);
      return withIndices(backend as KernelBackend, indices, (tensors) =>
        composed(backendName, backend, (run) => {
          let y: TensorInfo | undefined;
          all.forEach(({ weight, regions }, g) => {
            const [pixels, rows, back] = tensors.slice(3 * g) as [TensorInfo, TensorInfo, TensorInfo];
            const inputs = sequenceInputs(run, t, s, k, regions, [pixels, rows]);
            const [found] = run<TensorInfo[]>(registered('selectiveScan'), { ...inputs }, { deltaSoftplus });
            const inMap = take(run, view(found!, [batch, p * k, d]), back);
            const sum = run(Sum, { x: view(inMap, [batch, p, k, d]) }, { axis: 2, keepDims: false });
            y = plus(run, y, sum, weight);
          });
          return [view(y!, t.u.shape)];
        }),
      )[0]!;
    },
    orderedScanGrad: (backend, t: ScanGradTensors, attrs) => {
      const s = pyramidScanSizes(t);
      const { batch, channels: d, states: n } = s;
      const [p, k] = [s.height * s.width, attrs.directions];
      const { deltaSoftplus } = attrs;
      const all = sequencesOf(s, attrs);
      const indices = all.flatMap(({ pixels, rows, back }) => [pixels, rows, back]);
      return withIndices(backend as KernelBackend, indices, (tensors) =>
        composed(backendName, backend, (run) => {
          const sums: (TensorInfo | undefined)[] = SCAN_GRADIENT_ORDER.map(() => undefined);
          all.forEach(({ weight, regions }, g) => {
            const [pixels, rows, back] = tensors.slice(3 * g) as [TensorInfo, TensorInfo, TensorInfo];
            const inputs = sequenceInputs(run, t, s, k, regions, [pixels, rows]);
            const dy = view(take(run, view(t.dy, [batch, p, d]), pixels), inputs.u.shape);
            const shape = [batch * regions, k * d, n];
            const dLast = run(Fill, {}, { shape, value: 0, dtype: 'float32' });
            const grads = run<TensorInfo[]>(
              registered('selectiveScanGrad'),
              { ...inputs, dy, dLast },
              { deltaSoftplus },
            );
            SCAN_GRADIENT_ORDER.forEach((name, i) => {
              const grad = grads[i]!;
              const width = name === 'B' || name === 'C' ? n : d;
              let found = grad;
              if (['u', 'delta', 'B', 'C'].includes(name))
                found = take(run, view(grad, [batch, p * k, width]), back);
              if (name === 'u')
                found = run(Sum, { x: view(found, [batch, p, k, d]) }, { axis: 2, keepDims: false });
              sums[i] = plus(run, sums[i], found, weight);
            });
          });
          return SCAN_GRADIENT_ORDER.map((name, i) => view(sums[i]!, t[name].shape));
        }),
      );
    },
  };
}
