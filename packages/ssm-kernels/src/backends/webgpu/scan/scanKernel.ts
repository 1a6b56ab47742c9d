// Runs the passes of shaders/scan.wgsl; pyramidScan.ts and selectiveScan.ts define what is scanned.
import { SCAN_GRADIENT_ORDER, type ScanTensors, type ScanGradTensors } from '../../../kernels/signatures.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import {
  copy,
  dispatch,
  folded,
  hasSubgroups,
  offsetInBinding,
  output,
  withScratch,
  type WebGpuBackend,
  type Part,
  type Workgroups,
} from '../device/dispatch.js';
import type { Scan } from '../../../scan/scanned.js';
import { ScanLayout, WIDTH, type ScanEntry } from './scanLayout.js';
import { subgroupSums } from './subgroupSums.js';

/** Binding of the uniform struct. */
const PARAMS = 14;

type Bindings = Readonly<Record<number, Part | TensorInfo>>;
type Gradients = Readonly<Record<(typeof SCAN_GRADIENT_ORDER)[number], TensorInfo>>;

/** Device memory of a scan, as in scan.wgsl. */
interface Scratch {
  readonly par: TensorInfo;
  readonly bc: TensorInfo;
  readonly work: TensorInfo;
}

/** A range of the batch's pictures in the passes. */
class Run {
  private readonly offsets: readonly number[];
  private readonly lastOffset: number;

  constructor(
    private readonly backend: WebGpuBackend,
    private readonly layout: ScanLayout,
    private readonly tensors: ScanTensors,
    private readonly scratch: Scratch,
    private readonly first: number,
    private readonly count: number,
  ) {
    const { pixels, channels, states } = layout.scan;
    const { sums, arrivals, differences, skips, slices } = layout.sections(count);
    const u = first * pixels * channels;
    const b = first * layout.bOfPicture;
    const inBindings = [u, u * layout.directions, b].map(offsetInBinding);
    this.offsets = [...inBindings, sums, arrivals, differences, skips, slices];
    this.lastOffset = offsetInBinding(first * channels * states);
    const size = count * layout.bOfPicture;
    copy(backend, tensors.B, scratch.bc, { fromFirst: b, count: size });
    copy(backend, tensors.C, scratch.bc, { fromFirst: b, toFirst: size, count: size });
  }

  /** Computes the mean carry into each segment; `last`, (b, d, n), receives the state after the last step. */
  carries(last: TensorInfo | undefined): void {
    this.dispatch('summary', this.inputs, this.bySegment);
    this.chain('chain', last);
  }

  output(y: TensorInfo): void {
    this.byAxis('output', { ...this.inputs, 6: this.likeU(y) });
  }

  /** Computes the adjoint at each segment's end, from dy and, after the last step, from `dLast`. */
  arrivals(dy: TensorInfo, dLast: TensorInfo | undefined): void {
    const { 0: _u, ...inputs } = this.inputs;
    this.dispatch('gradSummary', { ...inputs, 2: this.likeU(dy) }, this.bySegment);
    this.chain('gradChain', dLast);
  }

  gradient(dy: TensorInfo, { u, delta, A, B, C, D, deltaBias }: Gradients): void {
    const { layout, count, scratch } = this;
    const { channels, states } = layout.scan;
    const outputs = { 6: this.likeU(u), 7: this.likeDelta(delta) };
    this.byAxis('gradient', { ...this.inputs, 2: this.likeU(dy), ...outputs });
    this.dispatch(
      'sumSlices',
      { 5: scratch.work, 9: this.part(B, layout.bOfPicture), 10: this.part(C, layout.bOfPicture) },
      folded(Math.ceil((count * layout.bOfPicture) / WIDTH)),
    );
    this.dispatch(
      'sumParameters',
      { 5: scratch.work, 11: A, 12: deltaBias, 13: D },
      [Math.ceil(channels / WIDTH), states + 1, layout.directions],
      { add: this.first > 0 },
    );
  }

  private dispatch(
    entry: ScanEntry,
    bindings: Bindings,
    workgroups: Workgroups,
    { axis = 0, add = false } = {},
  ): void {
    const { backend, layout } = this;
    const variant = entry === 'gradient' && hasSubgroups(backend) ? { variant: subgroupSums } : {};
    const program = { shader: 'scan' as const, entry, constants: layout.constantsOf(entry), ...variant };
    const values = [...layout.params, this.count, axis, ...this.offsets, add ? 1 : 0, this.lastOffset];
    dispatch(backend, program, bindings, { at: PARAMS, values }, workgroups);
  }

  /** A pass over the segments of each direction, one thread per channel and state; `state` is (b, d, n). */
  private chain(entry: 'chain' | 'gradChain', state: TensorInfo | undefined): void {
    const { scan, directions } = this.layout;
    const { par, work } = this.scratch;
    const workgroups = [Math.ceil(scan.channels / WIDTH), scan.states, this.count * directions] as const;
    if (!state) this.dispatch(entry, { 4: par, 5: work }, workgroups);
    else {
      const part = this.part(state, scan.channels * scan.states);
      this.dispatch(`${entry}Last`, { 4: par, 5: work, 8: part }, workgroups);
    }
  }

  /** A pass in which one thread computes both directions of an axis: rows first, then columns. */
  private byAxis(entry: ScanEntry, bindings: Bindings): void {
    const { blocks, walk } = this.layout;
    walk.segments.slice(0, 2).forEach((segments, axis) => {
      this.dispatch(entry, bindings, [...folded(blocks * segments), this.count], { axis });
    });
  }

  /** Workgroups of a pass with one thread per segment and channel, over all directions. */
  private get bySegment(): Workgroups {
    const { blocks, segments, directions } = this.layout;
    return [...folded(blocks * segments), this.count * directions];
  }

  /** u, delta, bc, par and work at their bindings. */
  private get inputs(): Bindings {
    const { u, delta } = this.tensors;
    const { bc, par, work } = this.scratch;
    return { 0: this.likeU(u), 1: this.likeDelta(delta), 3: bc, 4: par, 5: work };
  }

  /** This range's pictures of a tensor with `each` elements per picture. */
  private part(tensor: TensorInfo, each: number): Part {
    return { tensor, first: this.first * each, count: this.count * each };
  }

  private likeU(tensor: TensorInfo): Part {
    const { pixels, channels } = this.layout.scan;
    return this.part(tensor, pixels * channels);
  }

  private likeDelta(tensor: TensorInfo): Part {
    const { pixels, channels } = this.layout.scan;
    return this.part(tensor, pixels * channels * this.layout.directions);
  }
}

/** Runs the batch, as many pictures at a time as fit; all ranges use the same scratch memory in turn. */
function forEachRun(
  backend: WebGpuBackend,
  layout: ScanLayout,
  tensors: ScanTensors,
  use: (run: Run) => void,
): void {
  const { batch, channels, states } = layout.scan;
  const most = layout.picturesAtOnce(backend);
  const sizes = [layout.parSize, 2 * most * layout.bOfPicture, layout.sections(most).total];
  withScratch(backend, sizes, (...made) => {
    const [par, bc, work] = made as [TensorInfo, TensorInfo, TensorInfo];
    const { words, size } = layout.walk;
    const rows = layout.directions * channels;
    copy(backend, words, par, { count: size });
    copy(backend, tensors.A, par, { toFirst: size, count: rows * states });
    copy(backend, tensors.deltaBias, par, { toFirst: size + rows * states, count: rows });
    copy(backend, tensors.D, par, { toFirst: size + rows * (states + 1), count: rows });
    for (let first = 0; first < batch; first += most) {
      const count = Math.min(most, batch - first);
      use(new Run(backend, layout, tensors, { par, bc, work }, first, count));
    }
  });
}

/** y of all directions and grids, shaped as u; with `withLast` also the state after the last step, (b, d, n). */
export function scanForward(
  backend: WebGpuBackend,
  scan: Scan,
  tensors: ScanTensors,
  withLast: boolean,
): TensorInfo[] {
  const layout = ScanLayout.of(backend, scan, false);
  layout.picturesAtOnce(backend); // throws before any allocation
  const y = output(backend, tensors.u.shape);
  const last = withLast ? output(backend, [scan.batch, scan.channels, scan.states]) : undefined;
  forEachRun(backend, layout, tensors, (run) => {
    run.carries(last);
    run.output(y);
  });
  return last ? [y, last] : [y];
}

/** The gradients of every input, in SCAN_GRADIENT_ORDER. */
export function scanBackward(
  backend: WebGpuBackend,
  scan: Scan,
  tensors: ScanGradTensors,
  dLast?: TensorInfo,
): TensorInfo[] {
  const layout = ScanLayout.of(backend, scan, true);
  layout.picturesAtOnce(backend); // throws before any allocation
  const gradients = Object.fromEntries(
    SCAN_GRADIENT_ORDER.map((name) => [name, output(backend, tensors[name].shape)]),
  ) as Gradients;
  forEachRun(backend, layout, tensors, (run) => {
    run.carries(undefined);
    run.arrivals(tensors.dy, dLast);
    run.gradient(tensors.dy, gradients);
  });
  return SCAN_GRADIENT_ORDER.map((name) => gradients[name]);
}
