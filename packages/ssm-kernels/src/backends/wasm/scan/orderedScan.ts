import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { OrderedScanAttrs } from '../../../kernels/signatures.js';
import type { Kernel } from '../../../kernels/table.js';
import { keptOrders } from '../../../scan/orders.js';
import { DIRECTIONS } from '../../../scan/regions.js';
import { orderPlan } from '../../../scan/scanPlan.js';
import { pyramidScanSizes, type PyramidScanSizes, type ScanView } from '../../../scan/views.js';
import { call, output, pointer, withScratch, type WasmBackend } from '../module/module.js';
import {
  MAX_SEGMENT,
  newGradients,
  pointersOf,
  runBackward,
  runForward,
  withPlans,
  type ScanJob,
  type ScanPointers,
} from './scanKernel.js';

const BYTES = 4;

/** One picture and direction: its pixels are put into visiting order, scanned as a sequence with all grids at once, and put back. */
interface OrderedJob {
  readonly job: ScanJob;
  readonly order: Int32Array;
  readonly weightsOffset: number;
  /** Of the picture's first row in the map's tensors, in floats: u and y (pixels, d); delta (pixels, k, d); B and C (pixels, k, n). */
  readonly uAt: number;
  readonly deltaAt: number;
  readonly bcAt: number;
}

function forEachJob(
  backend: WasmBackend,
  s: PyramidScanSizes,
  { grids, weights, deltaSoftplus, ...geometry }: OrderedScanAttrs,
  visit: (job: OrderedJob) => void,
): void {
  const orders = keptOrders(s.height, s.width, geometry);
  const plans = orders.map((order) => orderPlan(order, [s.height, s.width], grids, MAX_SEGMENT));
  const { channels, states } = s;
  const pixels = s.height * s.width;
  withPlans(backend, plans, weights, (offsets, weightsOffset) => {
    for (let b = 0; b < s.batch; b++)
      for (const [k, order] of orders.entries()) {
        const view: ScanView = {
          channels,
          states,
          uOffset: 0,
          deltaOffset: 0,
          deltaStride: channels,
          bcOffset: 0,
          bcStride: states,
          channelsPerGroup: channels,
          aOffset: k * channels * states,
          dOffset: k * channels,
          deltaSoftplus,
        };
        const row = b * pixels * orders.length + k;
        visit({
          job: { view, plan: plans[k]!, planOffset: offsets[k]!, group: 0 },
          order,
          weightsOffset,
          uAt: b * pixels * channels,
          deltaAt: row * channels,
          bcAt: row * states,
        });
      }
  });
}

/** Rows of the map: the first at byte offset `start`, `stride` floats apart, each of `width` floats. */
interface Rows {
  readonly start: number;
  readonly stride: number;
  readonly width: number;
}

/** Copies rows of the map into visiting order at byte offset `to`. @param order byte offset of the pixels, `rows` of them */
function gather(
  backend: WasmBackend,
  { start, stride, width }: Rows,
  { order, rows }: VisitingOrder,
  to: number,
): void {
  call(backend, 'gatherRows', { map: start, stride, order, target: to, rows, width });
}

/** Copies rows back from visiting order at byte offset `from`. */
function scatter(
  backend: WasmBackend,
  { start, stride, width }: Rows,
  { order, rows }: VisitingOrder,
  from: number,
): void {
  call(backend, 'scatterRows', { source: from, order, map: start, stride, rows, width });
}

/** A direction's pixels in the backend's memory. */
interface VisitingOrder {
  /** Byte offset of the first. */
  readonly order: number;
  readonly rows: number;
}

/** Writes a direction's pixels to a byte offset. */
function written(backend: WasmBackend, order: Int32Array, at: number): VisitingOrder {
  new Int32Array(backend.wasm.asm.memory.buffer, at, order.length).set(order);
  return { order: at, rows: order.length };
}

/** Byte offsets of a picture's inputs in visiting order, within one piece of memory. */
interface Ordered {
  readonly u: number;
  readonly delta: number;
  readonly B: number;
  readonly C: number;
  /** y forward, dy backward. */
  readonly out: number;
}

function orderedIn(offset: number, { channels, states }: PyramidScanSizes, pixels: number): Ordered {
  const [wide, narrow] = [BYTES * pixels * channels, BYTES * pixels * states];
  return {
    u: offset,
    delta: offset + wide,
    out: offset + 2 * wide,
    B: offset + 3 * wide,
    C: offset + 3 * wide + narrow,
  };
}

/** Floats of `Ordered`. */
const orderedSize = ({ channels, states }: PyramidScanSizes, pixels: number): number =>
  pixels * (3 * channels + 2 * states);

/** The rows of one picture and direction in each tensor of a scan that has pixels. */
function rowsOf(
  backend: WasmBackend,
  tensors: Readonly<Record<'u' | 'delta' | 'B' | 'C', TensorInfo>>,
  { channels, states, directions = DIRECTIONS }: PyramidScanSizes,
  { uAt, deltaAt, bcAt }: OrderedJob,
): Readonly<Record<'u' | 'delta' | 'B' | 'C', Rows>> {
  const at = (name: 'u' | 'delta' | 'B' | 'C', first: number): number =>
    pointer(backend, tensors[name]) + BYTES * first;
  const narrow = { stride: directions * states, width: states };
  return {
    u: { start: at('u', uAt), stride: channels, width: channels },
    delta: { start: at('delta', deltaAt), stride: directions * channels, width: channels },
    B: { start: at('B', bcAt), ...narrow },
    C: { start: at('C', bcAt), ...narrow },
  };
}

const NAMES = ['u', 'delta', 'B', 'C'] as const;

/** Each picture and direction as a sequence: the rows of its pixels are copied into visiting order, so that the scan reads memory in sequence. */
export const orderedScan: Kernel<WasmBackend, 'orderedScan'> = (backend, tensors, attrs) => {
  const s = pyramidScanSizes(tensors);
  const pixels = s.height * s.width;
  const y = output(backend, tensors.u.shape);
  const size = orderedSize(s, pixels);
  withScratch(backend, size + pixels, (offset) => {
    const at = orderedIn(offset, s, pixels);
    forEachJob(backend, s, attrs, (one) => {
      const { job, order, uAt, weightsOffset } = one;
      const rows = rowsOf(backend, tensors, s, one);
      const out = { ...rows.u, start: pointer(backend, y) + BYTES * uAt };
      // the sum of the directions before, to which the kernel adds
      const adds = job.view.dOffset > 0;
      const visited = written(backend, order, offset + BYTES * size);
      for (const name of NAMES) gather(backend, rows[name], visited, at[name]);
      if (adds) gather(backend, out, visited, at.out);
      const { A, D, deltaBias } = pointersOf(backend, tensors);
      const inputs: ScanPointers = { A, D, deltaBias, u: at.u, delta: at.delta, B: at.B, C: at.C };
      runForward(backend, inputs, at.out, [{ job, weights: weightsOffset, lastState: 0, accumulate: adds }]);
      scatter(backend, out, visited, at.out);
    });
  });
  return y;
};

export const orderedScanGrad: Kernel<WasmBackend, 'orderedScanGrad'> = (backend, tensors, attrs) => {
  const s = pyramidScanSizes(tensors);
  const pixels = s.height * s.width;
  const { infos, pointers } = newGradients(backend, tensors);
  const [du, dDelta, , dB, dC] = infos as [TensorInfo, TensorInfo, TensorInfo, TensorInfo, TensorInfo];
  const size = orderedSize(s, pixels);
  withScratch(backend, 2 * size + pixels, (offset) => {
    const at = orderedIn(offset, s, pixels);
    const to = orderedIn(offset + BYTES * size, s, pixels);
    forEachJob(backend, s, attrs, (one) => {
      const { job, order, uAt, weightsOffset } = one;
      const rows = rowsOf(backend, tensors, s, one);
      const gradientRows = rowsOf(backend, { u: du, delta: dDelta, B: dB, C: dC }, s, one);
      const visited = written(backend, order, offset + 2 * BYTES * size);
      for (const name of NAMES) gather(backend, rows[name], visited, at[name]);
      const dy = { ...rows.u, start: pointer(backend, tensors.dy) + BYTES * uAt };
      gather(backend, dy, visited, at.out);
      // the kernel adds to all gradients but delta's: to zero, and to du of the directions before
      for (const name of ['u', 'B', 'C'] as const) gather(backend, gradientRows[name], visited, to[name]);
      const { A, D, deltaBias } = pointersOf(backend, tensors);
      const inputs: ScanPointers = { A, D, deltaBias, u: at.u, delta: at.delta, B: at.B, C: at.C };
      const gradients: ScanPointers = { ...pointers, u: to.u, delta: to.delta, B: to.B, C: to.C };
      runBackward(backend, inputs, gradients, at.out, 0, job, weightsOffset);
      for (const name of NAMES) scatter(backend, gradientRows[name], visited, to[name]);
    });
  });
  return infos;
};
