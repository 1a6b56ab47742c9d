import type { OrderedScanAttrs, ScanTensors } from '../../../kernels/signatures.js';
import type { Kernel } from '../../../kernels/table.js';
import { keptOrders } from '../../../scan/orders.js';
import { orderPlan } from '../../../scan/scanPlan.js';
import { pyramidScanSizes, type PyramidScanSizes, type ScanView } from '../../../scan/views.js';
import { output, withScratch, type WasmBackend } from '../module/module.js';
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

/** Floats of WebAssembly memory from a byte offset on; a later allocation may replace the memory. */
const floats = (backend: WasmBackend, offset: number, count: number): Float32Array =>
  new Float32Array(backend.wasm.asm.memory.buffer, offset, count);

/** One picture and direction: its pixels are put into visiting order, scanned as a sequence with all grids at once, and put back. */
interface OrderedJob {
  readonly job: ScanJob;
  readonly order: Int32Array;
  readonly weightsOffset: number;
  /** Of the picture's rows in the map's tensors, in floats: u and y (pixels, d); delta (pixels, k, d); B and C (pixels, k, n). */
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

/** Rows of `width` floats, `stride` apart in `from`, in visiting order to `to`. */
function gather(
  from: Float32Array,
  first: number,
  stride: number,
  width: number,
  order: Int32Array,
  to: Float32Array,
): void {
  let at = 0;
  for (const pixel of order) {
    const row = first + pixel * stride;
    for (let i = 0; i < width; i++) to[at++] = from[row + i]!;
  }
}

/** The rows put back; added to what is there if `adds`. */
function scatter(
  from: Float32Array,
  order: Int32Array,
  width: number,
  to: Float32Array,
  first: number,
  stride: number,
  adds: boolean,
): void {
  let at = 0;
  for (const pixel of order) {
    const row = first + pixel * stride;
    if (adds) for (let i = 0; i < width; i++) to[row + i]! += from[at++]!;
    else for (let i = 0; i < width; i++) to[row + i] = from[at++]!;
  }
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

function gatherInputs(
  backend: WasmBackend,
  tensors: ScanTensors,
  s: PyramidScanSizes,
  { order, uAt, deltaAt, bcAt }: OrderedJob,
  to: Ordered,
): void {
  const { channels, states, directions = 4 } = s;
  const whole = (name: keyof ScanTensors): Float32Array =>
    backend.typedArrayFromHeap(tensors[name]) as Float32Array;
  const wide = (offset: number): Float32Array => floats(backend, offset, order.length * channels);
  const narrow = (offset: number): Float32Array => floats(backend, offset, order.length * states);
  gather(whole('u'), uAt, channels, channels, order, wide(to.u));
  gather(whole('delta'), deltaAt, directions * channels, channels, order, wide(to.delta));
  gather(whole('B'), bcAt, directions * states, states, order, narrow(to.B));
  gather(whole('C'), bcAt, directions * states, states, order, narrow(to.C));
}

/** Each picture and direction as a sequence: the rows of its pixels are copied into visiting order, so that the scan reads memory in sequence. */
export const orderedScan: Kernel<WasmBackend, 'orderedScan'> = (backend, tensors, attrs) => {
  const s = pyramidScanSizes(tensors);
  const pixels = s.height * s.width;
  const y = output(backend, tensors.u.shape);
  withScratch(backend, orderedSize(s, pixels), (offset) => {
    const at = orderedIn(offset, s, pixels);
    forEachJob(backend, s, attrs, (one) => {
      gatherInputs(backend, tensors, s, one, at);
      const { A, D, deltaBias } = pointersOf(backend, tensors);
      const inputs: ScanPointers = { A, D, deltaBias, u: at.u, delta: at.delta, B: at.B, C: at.C };
      runForward(backend, inputs, at.out, 0, one.job, one.weightsOffset, false);
      const first = one.job.view.dOffset === 0;
      const found = floats(backend, at.out, pixels * s.channels);
      const to = backend.typedArrayFromHeap(y) as Float32Array;
      scatter(found, one.order, s.channels, to, one.uAt, s.channels, !first);
    });
  });
  return y;
};

export const orderedScanGrad: Kernel<WasmBackend, 'orderedScanGrad'> = (backend, tensors, attrs) => {
  const s = pyramidScanSizes(tensors);
  const { channels, states, directions = 4 } = s;
  const pixels = s.height * s.width;
  const { infos, pointers } = newGradients(backend, tensors);
  const [du, dDelta, , dB, dC] = infos;
  const size = orderedSize(s, pixels);
  withScratch(backend, 2 * size, (offset) => {
    const at = orderedIn(offset, s, pixels);
    const to = orderedIn(offset + BYTES * size, s, pixels);
    forEachJob(backend, s, attrs, (one) => {
      const { order, uAt, deltaAt, bcAt } = one;
      gatherInputs(backend, tensors, s, one, at);
      const dy = backend.typedArrayFromHeap(tensors.dy) as Float32Array;
      gather(dy, uAt, channels, channels, order, floats(backend, at.out, pixels * channels));
      // the kernel adds to all gradients but delta's
      for (const [start, width] of [
        [to.u, channels],
        [to.B, states],
        [to.C, states],
      ] as const)
        floats(backend, start, pixels * width).fill(0);
      const { A, D, deltaBias } = pointersOf(backend, tensors);
      const inputs: ScanPointers = { A, D, deltaBias, u: at.u, delta: at.delta, B: at.B, C: at.C };
      const gradients: ScanPointers = { ...pointers, u: to.u, delta: to.delta, B: to.B, C: to.C };
      runBackward(backend, inputs, gradients, at.out, 0, one.job, one.weightsOffset);
      const heap = (info: typeof du): Float32Array => backend.typedArrayFromHeap(info!) as Float32Array;
      const wide = (start: number): Float32Array => floats(backend, start, pixels * channels);
      const narrow = (start: number): Float32Array => floats(backend, start, pixels * states);
      scatter(wide(to.u), order, channels, heap(du), uAt, channels, true);
      scatter(wide(to.delta), order, channels, heap(dDelta), deltaAt, directions * channels, false);
      scatter(narrow(to.B), order, states, heap(dB), bcAt, directions * states, false);
      scatter(narrow(to.C), order, states, heap(dC), bcAt, directions * states, false);
    });
  });
  return infos;
};
