// Sizes of a scan on a device: its plan, segment lengths, the sections of its scratch memory, and the split of a batch.
import { BYTES, type Gpu, CudaError, type DeviceArray } from '@pyramid-mamba/tfjs-backend-cuda';
import type { ScanPlan } from '../../../scan/scanPlan.js';
import type { Scan } from '../../../scan/scanned.js';

const WARP = 32;
/** Maximum threads of a block, as in scan.cu. */
const THREADS = 128;
/** States whose sums over channels are written together, as in backward.cuh. */
const TILE = 16;
/** States in registers at a time, of the variants of the kernels in scan.cu. */
const STATE_BLOCKS = [16, 8, 4, 1] as const;
/** Positions of a chunk of the gradient, of its two variants. */
const SHORT_CHUNK = 4;
const CHUNK = 8;
/** Possible chunk counts of a backward segment, largest first. */
const CHUNKS = [4, 2, 1] as const;
const FORWARD_SEGMENT = 32;
const SHORTEST_SEGMENT = 8;
/** Forward segments are shortened until every multiprocessor has this many threads. */
const THREADS_WANTED = 1024;
/** Shared memory available to every block. */
const BLOCK_SHARED = 48 * 1024;
/** Blocks of the gradient that should fit into a multiprocessor's shared memory. */
const BLOCKS_WANTED = 2;
/** Maximum blocks of a launch in the second and third dimension. */
const MOST_BLOCKS = 65_535;
/** Maximum elements of one picture's arrays: offsets within a picture are 32-bit. */
const MOST_ELEMENTS = 2 ** 31 - 1;
/** Number of plans cached on a device. */
const KEPT_PLANS = 64;

/** Sizes of one scan on one device. */
export class ScanLayout {
  readonly directions: number;
  /** Segments of the directions along rows, along columns, and the larger of the two. */
  readonly rowSegments: number;
  readonly columnSegments: number;
  readonly segments: number;
  /** Maximum positions of a segment. */
  readonly longest: number;
  readonly grids: number;
  readonly slots: number;
  /** Threads of a block, and blocks of channels of a group. */
  readonly threads: number;
  readonly blocks: number;
  /** Threads of a block of the chain, which needs shared memory per thread and slot. */
  readonly chainThreads: number;

  /** @throws CudaError when a picture is too large or has too many grids */
  constructor(
    private readonly device: Gpu,
    readonly scan: Scan,
    readonly backward: boolean,
  ) {
    const { channels, groups, op, pixels, states } = scan;
    const perGroup = channels / groups;
    this.threads = Math.min(THREADS, WARP * Math.ceil(perGroup / WARP));
    this.blocks = Math.ceil(perGroup / this.threads);
    const wanted = backward ? this.backwardSegment() : this.forwardSegment();
    const plans = this.plans(wanted);
    this.directions = plans.length;
    this.rowSegments = plans[0]!.segments;
    this.columnSegments = (plans[1] ?? plans[0]!).segments;
    this.segments = Math.max(this.rowSegments, this.columnSegments);
    this.grids = plans[0]!.grids;
    this.slots = plans[0]!.slots;
    const stride = 3 + 2 * this.grids;
    this.longest = plans.reduce((most, { data }) => {
      let longest = most;
      for (let at = 2; at < data.length; at += stride) longest = Math.max(longest, data[at]!);
      return longest;
    }, 1);
    const largest = pixels * this.directions * Math.max(channels, groups * states);
    if (largest > MOST_ELEMENTS)
      throw new CudaError(
        'usage',
        `${op}: a picture's delta, B or C has ${largest} numbers, but the cuda kernels support at most ${MOST_ELEMENTS}; use smaller pictures.`,
      );
    const mostSlots = Math.floor(BLOCK_SHARED / (BYTES * WARP));
    if (this.slots > mostSlots)
      throw new CudaError(
        'usage',
        `${op}: on cuda the sizes of all grids may add up to at most ${mostSlots}, got ${this.slots}; use fewer or smaller grids.`,
      );
    const fitting = Math.floor(BLOCK_SHARED / (BYTES * this.slots * WARP));
    this.chainThreads = WARP * Math.min(THREADS / WARP, fitting);
  }

  /** The suffix of the kernels that keep states in registers. */
  get stateBlock(): number {
    return STATE_BLOCKS.find((block) => this.scan.states % block === 0)!;
  }

  /** Positions of a chunk of the gradient, the suffix of its kernel. */
  get chunk(): number {
    return this.longest <= SHORT_CHUNK ? SHORT_CHUNK : CHUNK;
  }

  /** Shared memory of a block of the gradient, in bytes. */
  get gradientShared(): number {
    return this.sharedFor(this.chunk, Math.ceil(this.longest / this.chunk));
  }

  /** Elements of B, or of C, per picture. */
  get bOfPicture(): number {
    return this.scan.pixels * this.directions * this.scan.groups * this.scan.states;
  }

  /** First element of each section of the scratch memory for this many pictures, undefined if not needed; and their total. */
  sections(pictures: number): Record<Section, number | undefined> & { total: number } {
    const { channels, states } = this.scan;
    const rows = pictures * this.directions * this.segments;
    const sizes: [Section, number][] = [
      ['carries', rows * channels * states],
      ['sums', rows * channels],
    ];
    if (this.backward)
      sizes.push(
        ['arrivals', rows * channels * states],
        ['differences', (this.grids - 1) * rows * channels * states],
        ['skips', pictures * this.segments * channels],
        ['slices', this.blocks > 1 ? this.blocks * 2 * pictures * this.bOfPicture : 0],
      );
    let total = 0;
    const firsts: Partial<Record<Section, number>> = {};
    for (const [name, size] of sizes) {
      if (size > 0) firsts[name] = total;
      total += size;
    }
    return {
      carries: undefined,
      sums: undefined,
      arrivals: undefined,
      differences: undefined,
      skips: undefined,
      slices: undefined,
      ...firsts,
      total,
    };
  }

  /** Pictures per pass: all, or as many as the bound on scratch memory allows, at least one. */
  get picturesAtOnce(): number {
    const fitting = Math.floor(this.device.scratchBytes / (BYTES * this.sections(1).total));
    return Math.min(this.scan.batch, Math.max(1, fitting), MOST_BLOCKS);
  }

  /** The plan of all directions and the grids' weights on the device, and the offset of the weights. */
  planOnDevice(): { array: DeviceArray; weightsAt: number } {
    const { scan, segments, grids } = this;
    const stride = 3 + 2 * grids;
    const weightsAt = this.directions * segments * stride;
    const key = `${scan.walk} ${scan.weights.join()} ${this.longest}`;
    const array = this.device.constant(key, KEPT_PLANS, () => {
      const words = new Int32Array(weightsAt + grids);
      this.plans(this.longest).forEach(({ data }, k) => words.set(data, k * segments * stride));
      words.set(new Int32Array(Float32Array.from(scan.weights).buffer), weightsAt);
      return words;
    });
    return { array, weightsAt };
  }

  private plans(longest: number): readonly ScanPlan[] {
    return this.scan.plans(longest);
  }

  /** Long segments need little memory between the passes; short ones give a small map more threads. */
  private forwardSegment(): number {
    const { batch, pixels, channels } = this.scan;
    const wanted = THREADS_WANTED * this.device.info.multiprocessors;
    const threads = (longest: number): number => (batch * pixels * channels * 4) / longest;
    let longest = FORWARD_SEGMENT;
    while (longest > SHORTEST_SEGMENT && threads(longest) < wanted) longest /= 2;
    return longest;
  }

  /** As many chunks as shared memory allows for the states between them. */
  private backwardSegment(): number {
    const limit = Math.min(BLOCK_SHARED, this.device.info.sharedBytes / BLOCKS_WANTED);
    return CHUNK * (CHUNKS.find((chunks) => this.sharedFor(CHUNK, chunks) <= limit) ?? 1);
  }

  private sharedFor(chunk: number, chunks: number): number {
    const partials = 2 * (this.threads / WARP) * TILE * (2 * chunk + 1);
    return BYTES * (partials + (chunks > 1 ? chunks * this.scan.states * this.threads : 0));
  }
}

export type Section = 'carries' | 'sums' | 'arrivals' | 'differences' | 'skips' | 'slices';
