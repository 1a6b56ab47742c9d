// Runs the passes of shaders/channelNorm.wgsl: statistics and gradients of channels over rows.
import type { TensorInfo } from '@tensorflow/tfjs-core';
import {
  dispatch,
  offsetInBinding,
  runs,
  withScratch,
  type WebGpuBackend,
  type Part,
} from './device/dispatch.js';
import { addBlocks } from './scan/addBlocks.js';

/** Rows of a block and channels of a workgroup, as in the shader. */
const BLOCK = 64;
const WIDTH = 64;
const MOST_WORKGROUPS = 65_535;

/** x is (groups, rows, channels): each group's channels have their own statistics. */
export interface ChannelNorm {
  readonly op: string;
  readonly groups: number;
  readonly rows: number;
  readonly channels: number;
  readonly epsilon?: number;
  /** y = silu(n). */
  readonly silu?: boolean;
  /** gamma, then beta, (2, channels). */
  readonly affine?: TensorInfo;
}

/** Terms of the statistics, (4, groups, channels). */
export const MEAN = 0;
export const VARIANCE = 1;
export const SUM_DN = 2;
export const SUM_DN_N = 3;

// A shader's bindings must be bound even if unused: without an affine, the statistics are bound in its place.

/** The passes over one tensor, in ranges of rows that can be bound. */
export class ChannelPasses {
  /** Blocks of a group. */
  private readonly each: number;
  private readonly blocks: number;

  constructor(
    private readonly backend: WebGpuBackend,
    private readonly norm: ChannelNorm,
  ) {
    this.each = Math.ceil(norm.rows / BLOCK);
    this.blocks = norm.groups * this.each;
  }

  /** Runs `use` with memory for the statistics. */
  withStatistics(use: (stats: TensorInfo) => void): void {
    const { groups, channels } = this.norm;
    withScratch(this.backend, [4 * groups * channels], (stats) => use(stats!));
  }

  /** Σ x over each group's rows, times `scale`, from element `first` of `result` on. */
  sum(x: TensorInfo, result: TensorInfo, scale: number): void {
    this.sums('sumX', { 0: x }, {}, result, { term: 0, terms: 1, scale });
  }

  /** Mean and biased variance of each group's channels. */
  moments(x: TensorInfo, stats: TensorInfo): void {
    const scale = 1 / this.norm.rows;
    this.sums('sumX', { 0: x }, {}, stats, { term: MEAN, terms: 1, scale });
    this.sums('sumSquares', { 0: x }, { 2: stats }, stats, { term: VARIANCE, terms: 1, scale });
  }

  normalize(x: TensorInfo, stats: TensorInfo, y: TensorInfo): void {
    this.pass('normalize', { 0: x, 4: y }, { 2: stats, 5: this.norm.affine ?? stats });
  }

  /** Σ dn and Σ dn·n, then dx. */
  gradient(x: TensorInfo, dy: TensorInfo, stats: TensorInfo, dx: TensorInfo): void {
    this.sums('sumGradients', { 0: x, 1: dy }, { 2: stats }, stats, { term: SUM_DN, terms: 2, scale: 1 });
    this.pass('gradient', { 0: x, 1: dy, 4: dx }, { 2: stats, 5: this.norm.affine ?? stats });
  }

  private sums(
    entry: string,
    rowed: Readonly<Record<number, TensorInfo>>,
    whole: Readonly<Record<number, TensorInfo>>,
    result: TensorInfo,
    { term, terms, scale }: { term: number; terms: number; scale: number },
  ): void {
    const { backend, each, blocks } = this;
    const { groups, channels } = this.norm;
    withScratch(backend, [terms * blocks * channels], (parts) => {
      this.pass(entry, rowed, { ...whole, 3: parts! });
      const sets = terms * groups;
      addBlocks(backend, parts!, result, {
        sets,
        blocks: each,
        count: channels,
        first: term * groups * channels,
        scale,
      });
    });
  }

  /** Runs an entry point over all blocks: `rowed` tensors are bound in ranges of rows, `whole` ones entirely. */
  private pass(
    entry: string,
    rowed: Readonly<Record<number, TensorInfo>>,
    whole: Readonly<Record<number, TensorInfo>>,
  ): void {
    const { backend, norm, each, blocks } = this;
    const { op, groups, rows, channels, epsilon = 0, silu = false, affine } = norm;
    const constants = { CHANNELS: channels, ROWS: rows, SILU: silu ? 1 : 0, AFFINE: affine ? 1 : 0 };
    const rowOf = (block: number): number => Math.floor(block / each) * rows + (block % each) * BLOCK;
    for (const run of runs(backend, op, blocks, BLOCK * channels)) {
      const firstRow = rowOf(run.first);
      const first = firstRow * channels;
      const count = rowEnd(rowOf(run.first + run.count)) * channels - first;
      const parts = Object.entries(rowed).map(
        ([binding, tensor]) => [binding, { tensor, first, count }] as [string, Part],
      );
      const y = Math.min(run.count, MOST_WORKGROUPS);
      const offset = offsetInBinding(first);
      dispatch(
        backend,
        { shader: 'channelNorm', entry, constants },
        { ...Object.fromEntries(parts), ...whole },
        { at: 6, values: [run.first, blocks, run.count, groups, firstRow, offset, { f32: epsilon }, 0] },
        [Math.ceil(channels / WIDTH), y, Math.ceil(run.count / y)],
      );
    }

    // the end of the last block is the last row, not a multiple of the block size
    function rowEnd(row: number): number {
      return Math.min(row, groups * rows);
    }
  }
}
