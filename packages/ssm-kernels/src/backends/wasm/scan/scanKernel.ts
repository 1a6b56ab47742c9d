import type { TensorInfo } from '@tensorflow/tfjs-core';
import { SCAN_GRADIENT_ORDER, type ScanTensors } from '../../../kernels/kernelNames.js';
import type { ScanView } from '../../cpu/scan/scan.js';
import type { ScanPlan } from '../../../scan/scanPlan.js';
import { kernelsOf, output, pointer, withScratch, type Backend } from '../module/module.js';

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
export type ScanPointers = {
  readonly [K in keyof Pick<ScanTensors, (typeof SCAN_GRADIENT_ORDER)[number]>]: number;
};

export function pointersOf(backend: Backend, tensors: ScanTensors): ScanPointers {
  return Object.fromEntries(
    SCAN_GRADIENT_ORDER.map((name) => [name, pointer(backend, tensors[name])]),
  ) as unknown as ScanPointers;
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

/** Adds one scan to y, or writes it when `accumulate` is false. `lastState` is a byte offset, or 0. */
export function runForward(
  backend: Backend,
  pointers: ScanPointers,
  y: number,
  lastState: number,
  job: ScanJob,
  weights: number,
  accumulate: boolean,
): void {
  const { view, plan } = job;
  const { scanForward, scanForwardScratch } = kernelsOf(backend);
  const at = located(pointers, job);
  const channel = job.group * view.channelsPerGroup;
  const bytes = sizeFrom(scanForwardScratch!, view.states, plan.slots, plan.pixels);
  withScratch(backend, bytes / BYTES, (scratch) => {
    scanForward!(
      at.u,
      at.delta,
      at.A,
      at.B,
      at.C,
      at.D,
      at.deltaBias,
      y + BYTES * (view.uOffset + channel),
      lastState && lastState + BYTES * channel * view.states,
      view.channelsPerGroup,
      view.channels,
      view.deltaStride,
      view.bcStride,
      view.states,
      view.deltaSoftplus ? 1 : 0,
      accumulate ? 1 : 0,
      job.planOffset,
      plan.segments,
      plan.grids,
      weights,
      plan.slots,
      scratch,
    );
  });
}

/** Adds the gradients of one scan. `dLast` is a byte offset, or 0. */
export function runBackward(
  backend: Backend,
  pointers: ScanPointers,
  gradients: ScanPointers,
  dy: number,
  dLast: number,
  job: ScanJob,
  weights: number,
): void {
  const { view, plan } = job;
  const { scanBackward, scanBackwardScratch } = kernelsOf(backend);
  const at = located(pointers, job);
  const grad = located(gradients, job);
  const channel = job.group * view.channelsPerGroup;
  const bytes = sizeFrom(
    scanBackwardScratch!,
    view.states,
    plan.segments,
    plan.grids,
    plan.slots,
    plan.pixels,
  );
  withScratch(backend, bytes / BYTES, (scratch) => {
    scanBackward!(
      at.u,
      at.delta,
      at.A,
      at.B,
      at.C,
      at.D,
      at.deltaBias,
      dy + BYTES * (view.uOffset + channel),
      dLast && dLast + BYTES * channel * view.states,
      grad.u,
      grad.delta,
      grad.A,
      grad.B,
      grad.C,
      grad.D,
      grad.deltaBias,
      view.channelsPerGroup,
      view.channels,
      view.deltaStride,
      view.bcStride,
      view.states,
      view.deltaSoftplus ? 1 : 0,
      job.planOffset,
      plan.segments,
      plan.grids,
      weights,
      plan.slots,
      plan.pixels,
      scratch,
    );
  });
}

/** Copies plans and weights into the backend's memory for the duration of `use`, which receives their byte offsets. */
export function withPlans<T>(
  backend: Backend,
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

/** New tensors for the gradients, all zero, and their byte offsets. */
export function zeroGradients(
  backend: Backend,
  tensors: ScanTensors,
): { infos: TensorInfo[]; pointers: ScanPointers } {
  const infos = SCAN_GRADIENT_ORDER.map((name) => output(backend, tensors[name].shape));
  for (const info of infos) backend.typedArrayFromHeap(info).fill(0);
  const pointers = Object.fromEntries(
    SCAN_GRADIENT_ORDER.map((name, i) => [name, pointer(backend, infos[i]!)]),
  );
  return { infos, pointers: pointers as unknown as ScanPointers };
}

function sizeFrom(scratchBytes: (...args: number[]) => unknown, ...args: number[]): number {
  return scratchBytes(...args) as number;
}
