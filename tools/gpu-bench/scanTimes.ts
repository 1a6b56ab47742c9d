// Milliseconds of pyramidScan on the GPU, forward and backward, at the decoder's shapes, with the floor.
import {
  enqueuePyramidScan,
  enqueuePyramidScanGrad,
  type CudaDevice,
  type DeviceArray,
} from '../../packages/ssm-kernels/src/backends/cuda/index.js';
import { floorOf, type Floor } from './floor.ts';
import { GRIDS, scanInputs, STATES, uniform, type Shape } from './shapes.ts';

export interface ScanTime {
  readonly shape: Shape;
  readonly batch: number;
  readonly pass: 'forward' | 'backward';
  /** Median, fastest and slowest of the repeats, in milliseconds of the GPU. */
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly floor: Floor;
}

/** Minimum work between two events, so that their overhead is negligible. */
const CALLS = 10;

function onDevice<K extends string>(
  device: CudaDevice,
  arrays: Record<K, Float32Array>,
): Record<K, DeviceArray> {
  const entries = Object.entries<Float32Array>(arrays).map(([name, values]) => [name, device.upload(values)]);
  return Object.fromEntries(entries) as Record<K, DeviceArray>;
}

async function timed(
  device: CudaDevice,
  repeats: number,
  work: () => void,
): Promise<[min: number, median: number, max: number]> {
  await device.stream.timed(work);
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const milliseconds = await device.stream.timed(() => {
      for (let call = 0; call < CALLS; call++) work();
    });
    times.push(milliseconds / CALLS);
  }
  times.sort((a, b) => a - b);
  return [times[0]!, times[Math.floor(times.length / 2)]!, times.at(-1)!];
}

export async function timeScan(
  device: CudaDevice,
  seed: number,
  repeats: number,
  batch: number,
  shape: Shape,
): Promise<ScanTime[]> {
  const values = scanInputs(seed, batch, shape);
  const inputs = onDevice(device, values);
  const gradients = onDevice(device, values);
  const dy = device.upload(uniform(seed + 7, values.u.length, -1, 1));
  const y = device.allocate(values.u.length);
  const { side, channels } = shape;
  const settings = { batch, height: side, width: side, channels, states: STATES, grids: GRIDS };
  const works = {
    forward: () => enqueuePyramidScan(device.stream, inputs, y, settings),
    backward: () => enqueuePyramidScanGrad(device.stream, inputs, dy, gradients, settings),
  };
  const results: ScanTime[] = [];
  for (const pass of ['forward', 'backward'] as const) {
    const [min, median, max] = await timed(device, repeats, works[pass]);
    results.push({
      shape,
      batch,
      pass,
      min,
      median,
      max,
      floor: floorOf(device.info, batch, shape, pass === 'backward'),
    });
  }
  for (const array of [...Object.values(inputs), ...Object.values(gradients), dy, y]) array.free();
  return results;
}

/** One line of the table. */
export function timeLine({ shape, batch, pass, median, min, max, floor }: ScanTime): string {
  const ms = (x: number | undefined): string => (x === undefined ? 'unknown' : `${x.toFixed(4)} ms`);
  const least = Math.max(floor.bytesMs ?? 0, floor.exponentialsMs ?? 0);
  return (
    `${shape.side}×${shape.side}, d ${shape.channels}, batch ${batch}, ${pass}: ${ms(median)} [${min.toFixed(4)}..${max.toFixed(4)}]; ` +
    `floor: ${(floor.bytes / 1e6).toFixed(1)} MB ${ms(floor.bytesMs)}, ${(floor.exponentials / 1e6).toFixed(1)} M exp2 ${ms(floor.exponentialsMs)}` +
    (least > 0 ? `; ${(median / least).toFixed(2)} × the floor` : '')
  );
}
