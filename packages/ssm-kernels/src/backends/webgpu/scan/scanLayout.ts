// Sizes of a scan on the device: its plans, the sections of its scratch memory, and the split of a batch.
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Scan } from '../../../scan/scanned.js';
import { maxBindingBytes, type WebGpuBackend } from '../device/dispatch.js';

const BYTES = 4;
/** Maximum bytes by which a binding starts early. */
const ALIGNMENT = 256;
/** Channels of a workgroup, as in scan.wgsl. */
export const WIDTH = 64;
/** Maximum carries of one direction, over all grids, as in scan.wgsl. */
const MAX_SLOTS = 32;
/** Longest segments, forward and backward; backward needs more registers per position. At most 16, as in scan.wgsl. */
const FORWARD_SEGMENT = 16;
const BACKWARD_SEGMENT = 8;
/** Scratch memory above this is avoided by processing fewer pictures at a time. */
const SCRATCH_BYTES = 64 * 2 ** 20;
/** Maximum workgroups in one dimension on every device. */
const MOST_WORKGROUPS = 65_535;
/** Number of plans cached on a device. */
const KEPT_PLANS = 64;

const BY_SEGMENT = ['SEGMENT', 'GRIDS', 'SOFTPLUS'] as const;
const BY_STATE = ['GRIDS', 'DIFFERENCES'] as const;
/** The override constants of each entry point of scan.wgsl. */
const CONSTANTS = {
  summary: BY_SEGMENT,
  chain: BY_STATE,
  chainLast: BY_STATE,
  output: BY_SEGMENT,
  gradSummary: BY_SEGMENT,
  gradChain: BY_STATE,
  gradChainLast: BY_STATE,
  gradient: [...BY_SEGMENT, 'DIFFERENCES'],
  sumSlices: [],
  sumParameters: [],
} as const;

export type ScanEntry = keyof typeof CONSTANTS;

/** The plans of a scan, and the same with the grids' weights as 32-bit words on a device: the start of `par`. */
interface Walk {
  readonly segments: readonly number[];
  readonly grids: number;
  readonly longest: number;
  readonly words: TensorInfo;
  readonly size: number;
}

const walks = new WeakMap<WebGpuBackend, Map<string, Walk>>();

/** The plan of a scan; cached per backend, since the same layers repeat at every step. */
function walkOf(backend: WebGpuBackend, scan: Scan, most: number): Walk {
  let known = walks.get(backend);
  if (!known) walks.set(backend, (known = new Map<string, Walk>()));
  const key = `${scan.walk} ${scan.weights.join()} ${most}`;
  const found = known.get(key);
  if (found) return found;
  const plans = scan.plans(most);
  const { grids, slots } = plans[0]!;
  if (slots > MAX_SLOTS)
    throw new Error(
      `${scan.op}: on webgpu the sizes of all grids may add up to at most ${MAX_SLOTS}, got ${slots}; use fewer or smaller grids.`,
    );
  const segments = plans.map((plan) => plan.segments);
  const stride = 3 + 2 * grids;
  const perDirection = stride * Math.max(...segments);
  const words = new Int32Array(plans.length * perDirection + grids);
  let longest = 1;
  plans.forEach(({ data }, k) => {
    words.set(data, k * perDirection);
    for (let at = 2; at < data.length; at += stride) longest = Math.max(longest, data[at]!);
  });
  words.set(new Int32Array(Float32Array.from(scan.weights).buffer), plans.length * perDirection);
  const [oldest] = known;
  if (oldest && known.size >= KEPT_PLANS) {
    known.delete(oldest[0]);
    backend.disposeData(oldest[1].words.dataId);
  }
  const walk = {
    segments,
    grids,
    longest,
    words: backend.makeTensorInfo([words.length], 'int32', words),
    size: words.length,
  };
  known.set(key, walk);
  return walk;
}

/** Sizes of one scan on one device. */
export class ScanLayout {
  readonly directions: number;
  /** Maximum segments of any direction. */
  readonly segments: number;
  /** Blocks of channels of all groups. */
  readonly blocks: number;

  private constructor(
    readonly scan: Scan,
    readonly walk: Walk,
    readonly backward: boolean,
  ) {
    this.directions = walk.segments.length;
    this.segments = Math.max(...walk.segments);
    this.blocks = scan.groups * Math.ceil(scan.channels / scan.groups / WIDTH);
  }

  /** @throws Error when there are too many grids */
  static of(backend: WebGpuBackend, scan: Scan, backward: boolean): ScanLayout {
    const layout = (most: number): ScanLayout => new ScanLayout(scan, walkOf(backend, scan, most), backward);
    if (!backward) return layout(FORWARD_SEGMENT);
    const short = layout(BACKWARD_SEGMENT);
    // longer segments need less scratch: for maps so large that a single picture would not fit
    return BYTES * short.sections(1).total > maxBindingBytes(backend) ? layout(FORWARD_SEGMENT) : short;
  }

  /** Whether a pyramid has several grids. */
  private get differences(): boolean {
    return this.backward && this.walk.grids > 1;
  }

  /** Elements of B, or of C, per picture. */
  get bOfPicture(): number {
    const { pixels, groups, states } = this.scan;
    return pixels * this.directions * groups * states;
  }

  /** Elements of `par`: the plan, A, bias and D. */
  get parSize(): number {
    const { channels, states } = this.scan;
    return this.walk.size + this.directions * channels * (states + 2);
  }

  /** First element of each section of `work` for this many pictures, and their total. */
  sections(pictures: number) {
    const { channels, states, groups } = this.scan;
    const rows = pictures * this.directions * this.segments * channels;
    const sums = rows * states;
    const arrivals = sums + rows;
    const differences = arrivals + rows * states;
    const skips = differences + (this.differences ? (this.walk.grids - 1) * rows * states : 0);
    const slices = skips + rows;
    const total = this.backward ? slices + (this.blocks / groups) * 2 * pictures * this.bOfPicture : arrivals;
    return { sums, arrivals, differences, skips, slices, total };
  }

  /**
   * Pictures at a time: their tensors can be bound and their scratch is bounded.
   *
   * @throws Error when a single picture is too large
   */
  picturesAtOnce(backend: WebGpuBackend): number {
    const { batch, pixels, channels, op } = this.scan;
    const limit = maxBindingBytes(backend);
    const scratch = BYTES * Math.max(this.sections(1).total, 2 * this.bOfPicture);
    const tensors = BYTES * pixels * this.directions * channels;
    if (scratch > limit || tensors + ALIGNMENT > limit)
      throw new Error(
        `${op}: ${Math.max(scratch, tensors)} bytes must be bound at once for one picture, ` +
          `but this GPU binds at most ${limit}; use smaller pictures.`,
      );
    return Math.min(
      batch,
      Math.floor((limit - ALIGNMENT) / tensors),
      Math.max(1, Math.floor(Math.min(SCRATCH_BYTES, limit) / scratch)),
      Math.floor(MOST_WORKGROUPS / this.directions),
    );
  }

  /** The start of scan.wgsl's uniform struct. */
  get params(): number[] {
    const { pixels, channels, states, groups } = this.scan;
    const [rows, columns = rows] = this.walk.segments;
    return [pixels, channels, states, groups, this.directions, rows!, columns!];
  }

  /** The override constants of scan.wgsl that an entry point uses; no others, so that layers of different sizes share pipelines. */
  constantsOf(entry: ScanEntry): Record<string, number> {
    const { longest, grids } = this.walk;
    const values = {
      SEGMENT: longest,
      GRIDS: grids,
      SOFTPLUS: this.scan.deltaSoftplus ? 1 : 0,
      DIFFERENCES: this.differences ? 1 : 0,
    };
    return Object.fromEntries(CONSTANTS[entry].map((name) => [name, values[name]]));
  }
}
