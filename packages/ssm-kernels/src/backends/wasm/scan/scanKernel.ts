import { named } from '../../../kernels/named.js';
import { SCAN_GRADIENT_ORDER, type ScanTensors } from '../../../kernels/signatures.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ScanView } from '../../../scan/views.js';
import type { ScanPlan } from '../../../scan/scanPlan.js';
import {
  call,
  callAll,
  output,
  pointer,
  shares,
  withScratch,
  type WasmBackend,
  type WasmCall,
} from '../module/module.js';

const BYTES = 4;
/** Channels of a block, as in assembly/scan/blocks.ts. */
const BLOCK = 16;

/** Maximum pixels of a segment, as in assembly/scan/blocks.ts. */
export const MAX_SEGMENT = 16;

/** A plan in the backend's memory: byte offsets of it and of its pixels, 0 where its positions are pixels. */
export interface PlacedPlan {
  readonly plan: ScanPlan;
  readonly planOffset: number;
  readonly orderOffset: number;
}

/** One scan: its memory layout and its plan. `group` selects the channels that share one B and C. */
export interface ScanJob extends PlacedPlan {
  readonly view: ScanView;
  readonly group: number;
}

/** Byte offsets of the scan's inputs. */
export type ScanPointers = Readonly<Record<(typeof SCAN_GRADIENT_ORDER)[number], number>>;

export function pointersOf(backend: WasmBackend, tensors: ScanTensors): ScanPointers {
  return named(SCAN_GRADIENT_ORDER, (name) => pointer(backend, tensors[name]));
}

/** Byte offsets of each tensor of a scan at a channel of the job's group, its first by default. */
function located(p: ScanPointers, { view, group }: ScanJob, from = 0): ScanPointers {
  const channel = group * view.channelsPerGroup + from;
  const bc = BYTES * (view.bcOffset + group * view.states);
  return {
    u: p.u + BYTES * (view.uOffset + channel),
    delta: p.delta + BYTES * (view.deltaOffset + channel),
    A: p.A + BYTES * (view.aOffset + channel * view.states),
    B: p.B + bc,
    C: p.C + bc,
    D: p.D + BYTES * (view.dOffset + channel),
    deltaBias: p.deltaBias + BYTES * (view.dOffset + channel),
  };
}

type JobArgument =
  | 'channelCount'
  | 'channels'
  | 'deltaStride'
  | 'bcStride'
  | 'states'
  | 'useSoftplus'
  | 'plan'
  | 'order'
  | 'segments'
  | 'grids'
  | 'weights'
  | 'slots';

/** What both directions take of a job: its sizes and its plan. */
function jobArguments(
  { view, plan, planOffset, orderOffset }: ScanJob,
  weights: number,
): Record<JobArgument, number> {
  return {
    channelCount: view.channelsPerGroup,
    channels: view.channels,
    deltaStride: view.deltaStride,
    bcStride: view.bcStride,
    states: view.states,
    useSoftplus: view.deltaSoftplus ? 1 : 0,
    plan: planOffset,
    order: orderOffset,
    segments: plan.segments,
    grids: plan.grids,
    weights,
    slots: plan.slots,
  };
}

/** A scan and what it writes: adds to y, or writes it when `accumulate` is false. `lastState` is a byte offset, or 0. */
export interface ForwardScan {
  readonly job: ScanJob;
  readonly weights: number;
  readonly lastState: number;
  readonly accumulate: boolean;
}

/** Runs scans, one after the other, whose groups have the same channels; threads share the channels, which do not depend on each other. */
export function runForward(
  backend: WasmBackend,
  pointers: ScanPointers,
  y: number,
  scans: readonly ForwardScan[],
): void {
  const floats = Math.max(
    ...scans.map(({ job: { view, plan, orderOffset } }) => {
      const { slots, pixels } = plan;
      const sizes = { states: view.states, slots, pixels, channelCount: view.channelsPerGroup };
      return call(backend, 'scanForwardScratch', { ...sizes, curve: orderOffset === 0 ? 0 : 1 }) / BYTES;
    }),
  );
  const { channelsPerGroup } = scans[0]!.job.view;
  const parts = shares(backend, channelsPerGroup, BLOCK, BLOCK);
  withScratch(backend, floats * parts.length, (scratch) =>
    callAll(
      backend,
      parts.map(({ from, to }, i) =>
        scans.map((scan) => forwardCall(pointers, y, scan, from, to - from, scratch + BYTES * floats * i)),
      ),
    ),
  );
}

/** One scan of `count` channels of its group, from the channel `from` of the group on. */
function forwardCall(
  pointers: ScanPointers,
  y: number,
  { job, weights, lastState, accumulate }: ForwardScan,
  from: number,
  count: number,
  scratch: number,
): WasmCall {
  const { deltaBias, ...inputs } = located(pointers, job, from);
  const { states, channelsPerGroup, uOffset } = job.view;
  const channel = job.group * channelsPerGroup + from;
  return [
    'scanForward',
    {
      bias: deltaBias,
      y: y + BYTES * (uOffset + channel),
      lastState: lastState && lastState + BYTES * channel * states,
      accumulate: accumulate ? 1 : 0,
      scratch,
      ...inputs,
      ...jobArguments(job, weights),
      channelCount: count,
    },
  ];
}

/** Adds the gradients of one scan. `dLast` is a byte offset, or 0. */
export function runBackward(
  backend: WasmBackend,
  pointers: ScanPointers,
  gradients: ScanPointers,
  dy: number,
  dLast: number,
  job: ScanJob,
  weights: number,
): void {
  const { view, plan } = job;
  const { deltaBias, ...inputs } = located(pointers, job);
  const grad = located(gradients, job);
  const channel = job.group * view.channelsPerGroup;
  const { states } = view;
  const { segments, grids, slots, pixels } = plan;
  const bytes = call(backend, 'scanBackwardScratch', { states, segments, grids, slots, pixels });
  withScratch(backend, bytes / BYTES, (scratch) =>
    call(backend, 'scanBackward', {
      bias: deltaBias,
      dy: dy + BYTES * (view.uOffset + channel),
      dLast: dLast && dLast + BYTES * channel * states,
      du: grad.u,
      ddelta: grad.delta,
      dA: grad.A,
      dB: grad.B,
      dC: grad.C,
      dD: grad.D,
      dBias: grad.deltaBias,
      pixels,
      scratch,
      ...inputs,
      ...jobArguments(job, weights),
    }),
  );
}

/** Copies plans and weights into the backend's memory for the duration of `use`, which receives where they are. */
export function withPlans<T>(
  backend: WasmBackend,
  plans: readonly ScanPlan[],
  weights: readonly number[],
  use: (placed: PlacedPlan[], weightsOffset: number) => T,
): T {
  const total = plans.reduce(
    (sum, { data, order }) => sum + data.length + (order?.length ?? 0),
    weights.length,
  );
  return withScratch(backend, total, (offset) => {
    const memory = backend.wasm.asm.memory.buffer;
    let at = offset;
    const written = (values: Int32Array): number => {
      const start = at;
      new Int32Array(memory, start, values.length).set(values);
      at += BYTES * values.length;
      return start;
    };
    const placed = plans.map((plan) => ({
      plan,
      planOffset: written(plan.data),
      orderOffset: plan.order ? written(plan.order) : 0,
    }));
    new Float32Array(memory, at, weights.length).set(weights);
    return use(placed, at);
  });
}

/** New tensors for the gradients and their byte offsets: zero, but for delta's, the largest, which the scans write and do not add to. */
export function newGradients(
  backend: WasmBackend,
  tensors: ScanTensors,
): { infos: TensorInfo[]; pointers: ScanPointers } {
  const infos = SCAN_GRADIENT_ORDER.map((name) => output(backend, tensors[name].shape));
  infos.forEach((info, i) => {
    if (SCAN_GRADIENT_ORDER[i] !== 'delta') backend.typedArrayFromHeap(info).fill(0);
  });
  return { infos, pointers: named(SCAN_GRADIENT_ORDER, (_, i) => pointer(backend, infos[i]!)) };
}
