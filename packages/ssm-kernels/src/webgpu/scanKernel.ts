// Runs the passes of shaders/scan.wgsl; pyramidScan.ts and selectiveScan.ts say what is scanned.
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ScanGradTensors, ScanTensors } from '../kernelNames.js';
import type { ScanPlan } from '../scanPlan.js';
import {
  copy,
  dispatch,
  folded,
  hasSubgroups,
  maxBindingBytes,
  offsetInBinding,
  output,
  withScratch,
  type Backend,
  type Part,
  type Workgroups,
} from './dispatch.js';
import { subgroupSums } from './subgroupSums.js';

const BYTES = 4;
/** Channels of a workgroup, as in scan.wgsl. */
const WIDTH = 64;
/** Carries of one direction at most, over all grids, as in scan.wgsl. */
const MAX_SLOTS = 32;
/** Longest segments: forward, and backward, where two more numbers a position stay in registers. At most 16, as in scan.wgsl. */
const FORWARD_SEGMENT = 16;
const BACKWARD_SEGMENT = 8;
/** Scratch memory beyond this is saved by fewer pictures at a time. */
const SCRATCH_BYTES = 64 * 2 ** 20;
const UNIFORM = 14;

/** What is scanned: layouts as in views.ts. */
export interface Scan {
  readonly op: string;
  readonly batch: number;
  readonly pixels: number;
  readonly channels: number;
  readonly states: number;
  /** Groups of channels that share B and C. */
  readonly groups: number;
  readonly weights: readonly number[];
  readonly deltaSoftplus: boolean;
  /** The walk of each direction (one, or four), with segments of at most `longest`. */
  plans(longest: number): readonly ScanPlan[];
}

/** Sizes of one scan with its plans, and where the sections of `work` begin for a number of pictures. */
class Layout {
  readonly directions: number;
  readonly segments: number;
  readonly grids: number;
  readonly longest: number;
  readonly blocks: number;

  constructor(
    readonly scan: Scan,
    readonly plans: readonly ScanPlan[],
    readonly backward: boolean,
  ) {
    this.directions = plans.length;
    this.segments = Math.max(...plans.map((plan) => plan.segments));
    this.grids = plans[0]!.grids;
    this.longest = Math.max(...plans.map((plan) => longestOf(plan)));
    this.blocks = Math.ceil(scan.channels / scan.groups / WIDTH);
  }

  get deviations(): boolean {
    return this.backward && this.grids > 1;
  }

  /** Elements of B, or of C, a picture. */
  get bOfPicture(): number {
    const { pixels, groups, states } = this.scan;
    return pixels * this.directions * groups * states;
  }

  /** First element of each section of `work` for so many pictures, and how many it has in all. */
  sections(pictures: number) {
    const sums = pictures * this.directions * this.segments * this.scan.channels;
    const states = sums * this.scan.states;
    const arrivals = states + sums;
    const deviations = arrivals + states;
    const skips = deviations + (this.deviations ? this.grids * states : 0);
    const slices = skips + sums;
    const total = this.backward ? slices + this.blocks * 2 * pictures * this.bOfPicture : arrivals;
    return { sums: states, arrivals, deviations, skips, slices, total };
  }

  /** Runs of pictures whose tensors can be bound and whose scratch is bounded. */
  *runs(backend: Backend): Generator<{ first: number; count: number }> {
    const { batch, pixels, channels, op } = this.scan;
    const limit = maxBindingBytes(backend);
    // a binding may have to start up to 256 bytes early
    const bound = Math.floor((limit - 256) / (BYTES * pixels * this.directions * channels));
    const scratch = BYTES * this.sections(1).total;
    if (bound < 1 || scratch > limit)
      throw new Error(
        `${op}: a picture needs ${Math.max(scratch, BYTES * pixels * this.directions * channels)} bytes bound at once, ` +
          `but this GPU binds at most ${limit}; use smaller pictures.`,
      );
    const most = Math.max(1, Math.min(bound, Math.floor(Math.min(SCRATCH_BYTES, limit) / scratch)));
    for (let first = 0; first < batch; first += most) yield { first, count: Math.min(most, batch - first) };
  }

  get constants(): Record<string, number> {
    const { pixels, channels, states, groups, deltaSoftplus } = this.scan;
    return {
      PIXELS: pixels,
      CHANNELS: channels,
      STATES: states,
      GROUPS: groups,
      DIRECTIONS: this.directions,
      ROW_SEGMENTS: this.plans[0]!.segments,
      COLUMN_SEGMENTS: (this.plans[1] ?? this.plans[0]!).segments,
      SEGMENT: this.longest,
      GRIDS: this.grids,
      SOFTPLUS: deltaSoftplus ? 1 : 0,
      DEVIATIONS: this.deviations ? 1 : 0,
    };
  }
}

function longestOf({ data, segments, grids }: ScanPlan): number {
  const stride = 3 + 2 * grids;
  let longest = 1;
  for (let s = 0; s < segments; s++) longest = Math.max(longest, data[s * stride + 2]!);
  return longest;
}

function layoutOf(backend: Backend, scan: Scan, backward: boolean): Layout {
  const layout = new Layout(scan, scan.plans(backward ? BACKWARD_SEGMENT : FORWARD_SEGMENT), backward);
  const { slots } = layout.plans[0]!;
  if (slots > MAX_SLOTS)
    throw new Error(
      `${scan.op}: on webgpu the sizes of all grids may add up to at most ${MAX_SLOTS}, got ${slots}.`,
    );
  // longer segments need less scratch: for maps so large that even one picture's would not fit
  return backward && BYTES * layout.sections(1).total > maxBindingBytes(backend)
    ? new Layout(scan, scan.plans(FORWARD_SEGMENT), true)
    : layout;
}

/** Plan and weights as 32-bit words: the first sections of `par`. */
function planWords({ plans, segments, grids, scan }: Layout): Int32Array {
  const stride = 3 + 2 * grids;
  const words = new Int32Array(plans.length * segments * stride + grids);
  plans.forEach((plan, k) => words.set(plan.data, k * segments * stride));
  words.set(new Int32Array(Float32Array.from(scan.weights).buffer), plans.length * segments * stride);
  return words;
}

/** One run of pictures on its way through the passes. */
class Run {
  private readonly params: (axis: number, add: number) => number[];

  constructor(
    private readonly backend: Backend,
    private readonly layout: Layout,
    private readonly tensors: ScanTensors,
    private readonly scratch: { par: TensorInfo; bc: TensorInfo; work: TensorInfo },
    private readonly run: { first: number; count: number },
  ) {
    const { pixels, channels } = layout.scan;
    const { sums, arrivals, deviations, skips, slices } = layout.sections(run.count);
    const offsets = [
      offsetInBinding(run.first * pixels * channels),
      offsetInBinding(run.first * pixels * channels * layout.directions),
      offsetInBinding(run.first * layout.bOfPicture),
      sums,
      arrivals,
      deviations,
      skips,
      slices,
    ];
    const lastFirst = offsetInBinding(run.first * channels * layout.scan.states);
    this.params = (axis, add) => [run.count, axis, ...offsets, add, lastFirst];
    const count = run.count * layout.bOfPicture;
    const from = { fromFirst: run.first * layout.bOfPicture, count };
    copy(backend, tensors.B, scratch.bc, from);
    copy(backend, tensors.C, scratch.bc, { ...from, toFirst: count });
  }

  /** This run's pictures of a tensor shaped as u, as delta, or as B. */
  part(tensor: TensorInfo, like: 'u' | 'delta' | 'B'): Part {
    const { pixels, channels } = this.layout.scan;
    const each =
      like === 'B' ? this.layout.bOfPicture : pixels * channels * (like === 'u' ? 1 : this.layout.directions);
    return { tensor, first: this.run.first * each, count: this.run.count * each };
  }

  /** u, delta, bc, par and work at their bindings. */
  private get inputs(): Record<number, Part | TensorInfo> {
    const { u, delta } = this.tensors;
    const { bc, par, work } = this.scratch;
    return { 0: this.part(u, 'u'), 1: this.part(delta, 'delta'), 3: bc, 4: par, 5: work };
  }

  private dispatch(
    entry: string,
    bindings: Record<number, Part | TensorInfo>,
    workgroups: Workgroups,
    { axis = 0, add = 0 } = {},
  ): void {
    const { backend, layout } = this;
    const variant = entry === 'gradient' && hasSubgroups(backend) ? { variant: subgroupSums } : {};
    const program = { shader: 'scan' as const, entry, constants: layout.constants, ...variant };
    dispatch(backend, program, bindings, { at: UNIFORM, values: this.params(axis, add) }, workgroups);
  }

  /** Workgroups of a pass with a thread a segment and channel, over all directions. */
  private get bySegment(): Workgroups {
    const { scan, blocks, segments, directions } = this.layout;
    return [scan.groups * blocks, segments, this.run.count * directions];
  }

  /** Workgroups of a pass with a thread a channel and state. */
  private get byState(): Workgroups {
    const { scan, directions } = this.layout;
    return [Math.ceil(scan.channels / WIDTH), scan.states, this.run.count * directions];
  }

  /** Makes the mean carry into each segment; `last`, (b, d, n), takes the state after the last step. */
  carries(last: TensorInfo | undefined): void {
    const { par, work } = this.scratch;
    this.dispatch('summary', this.inputs, this.bySegment);
    const chain = { 4: par, 5: work };
    if (last) this.dispatch('chainLast', { ...chain, 8: this.stateOf(last) }, this.byState);
    else this.dispatch('chain', chain, this.byState);
  }

  /** This run's pictures of a (b, d, n) tensor. */
  private stateOf(tensor: TensorInfo): Part {
    const { channels, states } = this.layout.scan;
    const each = channels * states;
    return { tensor, first: this.run.first * each, count: this.run.count * each };
  }

  /** A pass that does both senses of an axis in a thread: rows first, then columns. */
  private byAxis(entry: string, bindings: Record<number, Part | TensorInfo>): void {
    const { scan, blocks, plans } = this.layout;
    for (const axis of plans.length > 1 ? [0, 1] : [0])
      this.dispatch(entry, bindings, [scan.groups * blocks, plans[axis]!.segments, this.run.count], { axis });
  }

  output(y: TensorInfo): void {
    this.byAxis('output', { ...this.inputs, 6: this.part(y, 'u') });
  }

  /** What arrives at each segment's end, from dy and, after the last step, from `dLast`. */
  arrivals(dy: TensorInfo, dLast: TensorInfo | undefined): void {
    const { par, work, bc } = this.scratch;
    const { delta } = this.tensors;
    this.dispatch(
      'gradSummary',
      { 1: this.part(delta, 'delta'), 2: this.part(dy, 'u'), 3: bc, 4: par, 5: work },
      this.bySegment,
    );
    const chain = { 4: par, 5: work };
    if (dLast) this.dispatch('gradChainLast', { ...chain, 8: this.stateOf(dLast) }, this.byState);
    else this.dispatch('gradChain', chain, this.byState);
  }

  gradient(
    dy: TensorInfo,
    gradients: Record<'u' | 'delta' | 'A' | 'B' | 'C' | 'D' | 'deltaBias', TensorInfo>,
  ): void {
    const { layout, run } = this;
    const { work } = this.scratch;
    const { u, delta, A, B, C, D, deltaBias } = gradients;
    this.byAxis('gradient', {
      ...this.inputs,
      2: this.part(dy, 'u'),
      6: this.part(u, 'u'),
      7: this.part(delta, 'delta'),
    });
    const elements = run.count * layout.bOfPicture;
    this.dispatch(
      'sumSlices',
      { 5: work, 9: this.part(B, 'B'), 10: this.part(C, 'B') },
      folded(Math.ceil(elements / WIDTH)),
    );
    const { channels, states } = layout.scan;
    this.dispatch(
      'sumParameters',
      { 5: work, 11: A, 12: deltaBias, 13: D },
      [Math.ceil(channels / WIDTH), states + 1, layout.directions],
      { add: run.first > 0 ? 1 : 0 },
    );
  }
}

function forEachRun(backend: Backend, layout: Layout, tensors: ScanTensors, use: (run: Run) => void): void {
  const { channels, states } = layout.scan;
  const words = planWords(layout);
  const plan = backend.makeTensorInfo([words.length], 'int32', words);
  const { A, deltaBias, D } = tensors;
  const perDirection = layout.directions * channels;
  for (const run of layout.runs(backend)) {
    const sizes = [
      words.length + perDirection * (states + 2),
      2 * run.count * layout.bOfPicture,
      layout.sections(run.count).total,
    ];
    withScratch(backend, sizes, (par, bc, work) => {
      copy(backend, plan, par!, { count: words.length });
      copy(backend, A, par!, { toFirst: words.length, count: perDirection * states });
      copy(backend, deltaBias, par!, { toFirst: words.length + perDirection * states, count: perDirection });
      copy(backend, D, par!, { toFirst: words.length + perDirection * (states + 1), count: perDirection });
      use(new Run(backend, layout, tensors, { par: par!, bc: bc!, work: work! }, run));
    });
  }
  backend.disposeData(plan.dataId);
}

/** y of all directions and grids, shaped as u; `last`, where given, takes the state after the last step. */
export function scanForward(
  backend: Backend,
  scan: Scan,
  tensors: ScanTensors,
  last?: TensorInfo,
): TensorInfo {
  const y = output(backend, tensors.u.shape);
  forEachRun(backend, layoutOf(backend, scan, false), tensors, (run) => {
    run.carries(last);
    run.output(y);
  });
  return y;
}

/** The gradients of every input, in SCAN_GRADIENT_ORDER. */
export function scanBackward(
  backend: Backend,
  scan: Scan,
  tensors: ScanGradTensors,
  dLast?: TensorInfo,
): TensorInfo[] {
  const { u, delta, A, B, C, D, deltaBias, dy } = tensors;
  const like = ({ shape }: TensorInfo): TensorInfo => output(backend, shape);
  const gradients = {
    u: like(u),
    delta: like(delta),
    A: like(A),
    B: like(B),
    C: like(C),
    D: like(D),
    deltaBias: like(deltaBias),
  };
  forEachRun(backend, layoutOf(backend, scan, true), tensors, (run) => {
    run.carries(undefined);
    run.arrivals(dy, dLast);
    run.gradient(dy, gradients);
  });
  return Object.values(gradients);
}
