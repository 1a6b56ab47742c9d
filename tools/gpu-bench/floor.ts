// What no kernel can do without: the bytes of its inputs and outputs, and one exponential a state update.
import type { CudaDeviceInfo } from '../../packages/ssm-kernels/src/cuda/index.js';
import { DIRECTIONS, STATES, type Shape } from './shapes.ts';

const BYTES = 4;
/** ex2 instructions that a multiprocessor finishes in a clock, on every architecture from sm_75 on. */
const EXPONENTIALS_A_CLOCK = 16;

export interface Floor {
  readonly bytes: number;
  readonly exponentials: number;
  /** Milliseconds for each alone; undefined where the driver does not say how fast the GPU is. */
  readonly bytesMs: number | undefined;
  readonly exponentialsMs: number | undefined;
}

/** Of the forward or the backward pass of a batch. Parameters are a few kilobytes and left out. */
export function floorOf(
  info: CudaDeviceInfo,
  batch: number,
  { side, channels }: Shape,
  backward: boolean,
): Floor {
  const pixels = batch * side * side;
  const u = pixels * channels;
  const delta = DIRECTIONS * u;
  const bc = 2 * pixels * DIRECTIONS * STATES;
  // forward reads u, delta, B, C and writes y; backward reads dy as well and writes a gradient of each but dy
  const numbers = backward ? 2 * (u + delta + bc) + u : u + delta + bc + u;
  const bytes = BYTES * numbers;
  const exponentials = pixels * DIRECTIONS * channels * STATES;
  // two transfers a clock; kHz are clocks a millisecond
  const bytesAMs = (2 * info.memoryClockKhz * info.memoryBusBits) / 8;
  const exponentialsAMs = EXPONENTIALS_A_CLOCK * info.multiprocessors * info.clockKhz;
  return {
    bytes,
    exponentials,
    bytesMs: bytesAMs > 0 ? bytes / bytesAMs : undefined,
    exponentialsMs: exponentialsAMs > 0 ? exponentials / exponentialsAMs : undefined,
  };
}
