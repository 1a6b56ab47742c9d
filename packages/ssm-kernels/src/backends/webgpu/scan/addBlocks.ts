import type { TensorInfo } from '@tensorflow/tfjs-core';
import { dispatch, folded, type WebGpuBackend } from '../device/dispatch.js';

/** Sums of a workgroup, as in sums.wgsl. */
const WIDTH = 32;

/** Sums over blocks, set by set: result[first + set·count + i] = scale · Σ over blocks of parts (sets, blocks, count), from set `firstSet` on. */
export function addBlocks(
  backend: WebGpuBackend,
  parts: TensorInfo,
  result: TensorInfo,
  {
    firstSet = 0,
    sets = 1,
    blocks,
    count,
    first = 0,
    scale = 1,
  }: { firstSet?: number; sets?: number; blocks: number; count: number; first?: number; scale?: number },
): void {
  dispatch(
    backend,
    { shader: 'sums', entry: 'addBlocks' },
    { 0: parts, 1: result },
    { at: 2, values: [firstSet, sets, blocks, count, first, { f32: scale }, 0] },
    folded(Math.ceil((sets * count) / WIDTH)),
  );
}
