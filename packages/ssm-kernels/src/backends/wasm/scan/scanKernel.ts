import { named } from '../../../kernels/named.js';
import { SCAN_GRADIENT_ORDER, type ScanTensors } from '../../../kernels/signatures.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ScanView } from '../../../scan/views.js';
import type { ScanPlan } from '../../../scan/scanPlan.js';
import { call, output, pointer, withScratch, type WasmBackend } from '../module/module.js';

const BYTES = 4;

/** Maximum pixels of a segment, as in assembly/scan/scan.ts. */
export const MAX_SEGMENT = 16;

/** One scan: its memory layout and its plan. `group` selects the channels that share one B and C. */
export interface ScanJob {
  readonly view: ScanView;
  readonly plan: ScanPlan;
  readonly planOffset: number;
  readonly group: number;
}

/** Byte offsets of the scan's inputs. */
export type ScanPointers = Readonly<Record<(typeof SCAN_GRADIENT_ORDER)[number], number>>;

export function pointersOf(backend: WasmBackend, tensors: ScanTensors): ScanPointers {
  return named(SCAN_GRADIENT_ORDER, (name) => pointer(backend, tensors[name]));
}

/** Byte offsets of each tensor of a scan at the first channel of the job's group. */
function located(p: ScanPointers, { view, group }: ScanJob): ScanPointers {
  const channel = group * view.channelsPerGroup;
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
  | 'segments'
  | 'grids'
  | 'weights'
  | 'slots';

/** What both directions take of a job: its sizes and its plan. */
function jobArguments({ view, plan, planOffset }: ScanJob, weights: number): Record<JobArgument, number> {
  return {
    channelCount: view.channelsPerGroup,
    channels: view.channels,
    deltaStride: view.deltaStride,
    bcStride: view.bcStride,
    states: view.states,
    useSoftplus: view.deltaSoftplus ? 1 : 0,
    plan: planOffset,
    segments: plan.segments,
    grids: plan.grids,
    weights,
    slots: plan.slots,
  };
}

/** Adds one scan to y, or writes it when `accumulate` is false. `lastState` is a byte offset, or 0. */
export function runForward(
  backend: WasmBackend,
  pointers: ScanPointers,
  y: number,
  lastState: number,
  job: ScanJob,
  weights: number,
  accumulate: boolean,
): void {
  const { view, plan } = job;
  const { deltaBias, ...inputs } = located(pointers, job);
  const channel = job.group * view.channelsPerGroup;
  const { states } = view;
  const { slots, pixels } = plan;
  const bytes = call(backend, 'scanForwardScratch', { states, slots, pixels });
  withScratch(backend, bytes / BYTES, (scratch) =>
    call(backend, 'scanForward', {
      bias: deltaBias,
      y: y + BYTES * (view.uOffset + channel),
      lastState: lastState && lastState + BYTES * channel * states,
      accumulate: accumulate ? 1 : 0,
      scratch,
      ...inputs,
      ...jobArguments(job, weights),
    }),
  );
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

/** Copies plans and weights into the backend's memory for the duration of `use`, which receives their byte offsets. */
export function withPlans<T>(
  backend: WasmBackend,
  plans: readonly ScanPlan[],
  weights: readonly number[],
  use: (planOffsets: number[], weightsOffset: number) => T,
): T {
  const total = plans.reduce((sum, plan) => sum + plan.data.length, weights.length);
  return withScratch(backend, total, (offset) => {
    const memory = backend.wasm.asm.memory.buffer;
    let at = offset;
    const offsets = plans.map((plan) => {
      const start = at;
      new Int32Array(memory, start, plan.data.length).set(plan.data);
      at += BYTES * plan.data.length;
      return start;
    });
    new Float32Array(memory, at, weights.length).set(weights);
    return use(offsets, at);
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
