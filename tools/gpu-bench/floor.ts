// Lower bounds of any kernel: the bytes of its inputs and outputs, and one exponential per state update.
import type { CudaDeviceInfo } from '../../packages/ssm-kernels/src/backends/cuda/index.js';
import { DIRECTIONS, STATES, type Shape } from './shapes.ts';

const BYTES = 4;
/** ex2 instructions per clock of a multiprocessor, on every architecture from sm_75 on. */
const EXPONENTIALS_A_CLOCK = 16;

export interface Floor {
  readonly bytes: number;
  readonly exponentials: number;
  /** Milliseconds for each alone; undefined if the driver does not report the GPU's clocks. */
  readonly bytesMs: number | undefined;
  readonly exponentialsMs: number | undefined;
}

/** For the forward or the backward pass of a batch, without the parameters, which are a few kilobytes. */
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
  // two transfers per clock; kHz are clocks per millisecond
  const bytesAMs = (2 * info.memoryClockKhz * info.memoryBusBits) / 8;
  const exponentialsAMs = EXPONENTIALS_A_CLOCK * info.multiprocessors * info.clockKhz;
  return {
    bytes,
    exponentials,
    bytesMs: bytesAMs > 0 ? bytes / bytesAMs : undefined,
    exponentialsMs: exponentialsAMs > 0 ? exponentials / exponentialsAMs : undefined,
  };
}
