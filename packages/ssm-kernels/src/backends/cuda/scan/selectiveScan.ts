import {
  type CudaDevice,
  CudaError,
  type CudaStream,
  type DeviceArray,
} from '@pyramid-mamba/tfjs-backend-cuda';
import type { SelectiveScanSizes } from '../../../scan/views.js';
import { checkArrays, checkLength, checkSizes, Visit, type Axes, type ScanAxes } from './arrays.js';
import { scannedSequence, type Scan } from '../../../scan/scanned.js';
import { enqueueBackward, enqueueForward, type ScanArrays } from './scanPasses.js';

const OP = 'selectiveScan';

/** Sizes and settings of a selectiveScan. Group i of B and C serves channels [i·d/g, (i+1)·d/g). */
export interface SelectiveScanSettings extends SelectiveScanSizes {
  /** Step sizes are softplus(delta + deltaBias) rather than delta + deltaBias. Default false, as in Mamba. */
  readonly deltaSoftplus?: boolean;
}

function scanOf({
  batch,
  length,
  channels,
  groups,
  states,
  deltaSoftplus = false,
}: SelectiveScanSettings): Scan {
  checkSizes(OP, { batch, length, channels, groups, states });
  if (channels % groups !== 0)
    throw new CudaError(
      'usage',
      `${OP}: the ${channels} channels of u cannot be divided among the ${groups} groups of B.`,
    );
  return scannedSequence({ batch, length, channels, groups, states }, deltaSoftplus);
}

function axesOf({ batch, length, channels, groups, states }: SelectiveScanSettings): Required<ScanAxes> {
  const steps: Axes = [
    ['b', batch],
    ['l', length],
  ];
  const d = ['d', channels] as const;
  const bc: Axes = [...steps, ['g', groups], ['n', states]];
  return {
    u: [...steps, d],
    delta: [...steps, d],
    A: [d, ['n', states]],
    B: bc,
    C: bc,
    D: [d],
    deltaBias: [d],
    last: [['b', batch], d, ['n', states]],
  };
}

/**
 * Starts Mamba's selective scan of device arrays. Returns at once; later work on the same stream sees the result.
 * Steps come before channels, unlike in Mamba's own function.
 *
 * @param inputs u and delta (b, l, d), A (d, n), B and C (b, l, g, n), D and deltaBias (d) optional
 * @param outputs receive the output y, (b, l, d), and, if `last` is given, the state after the last step, (b, d, n)
 * @throws CudaError that names the array when one has the wrong length
 */
export function enqueueSelectiveScan(
  stream: CudaStream,
  inputs: ScanArrays<DeviceArray>,
  { y, last }: { y: DeviceArray; last?: DeviceArray },
  settings: SelectiveScanSettings,
): void {
  const scan = scanOf(settings);
  const axes = axesOf(settings);
  checkArrays(OP, inputs, axes);
  checkLength(OP, 'y', y, axes.u);
  if (last) checkLength(OP, 'last', last, axes.last);
  enqueueForward(stream, scan, inputs, y, last);
}

/**
 * Starts the gradient of Σ y·dy + Σ last·dLast in every input. The result is bit-identical in every run.
 *
 * @param arriving dy (b, l, d); dLast (b, d, n), default zero
 * @param gradients receive the gradients, each of its input's shape; D and deltaBias if the inputs have them
 */
export function enqueueSelectiveScanGrad(
  stream: CudaStream,
  inputs: ScanArrays<DeviceArray>,
  { dy, dLast }: { dy: DeviceArray; dLast?: DeviceArray },
  gradients: ScanArrays<DeviceArray>,
  settings: SelectiveScanSettings,
): void {
  const scan = scanOf(settings);
  const axes = axesOf(settings);
  checkArrays(OP, inputs, axes);
  checkLength(OP, 'dy', dy, axes.u);
  if (dLast) checkLength(OP, 'dLast', dLast, axes.last);
  checkArrays(OP, gradients, axes, 'd');
  enqueueBackward(stream, scan, inputs, dy, dLast, gradients);
}

/**
 * Mamba's selective scan of host arrays; enqueueSelectiveScan documents the shapes.
 *
 * @returns y, (b, l, d), and the state after the last step, (b, d, n)
 */
export async function selectiveScan(
  device: CudaDevice,
  inputs: ScanArrays<Float32Array>,
  settings: SelectiveScanSettings,
): Promise<{ y: Float32Array<ArrayBuffer>; last: Float32Array<ArrayBuffer> }> {
  scanOf(settings);
  const axes = axesOf(settings);
  checkArrays(OP, inputs, axes);
  return Visit.on(device, async (visit) => {
    const y = visit.allocate(axes.u);
    const last = visit.allocate(axes.last);
    enqueueSelectiveScan(visit.stream, visit.uploadAll(inputs), { y, last }, settings);
    return { y: await visit.download(y), last: await visit.download(last) };
  });
}

/** The gradients of Σ y·dy + Σ last·dLast in every given input, each of its input's shape; for host arrays. */
export async function selectiveScanGrad(
  device: CudaDevice,
  inputs: ScanArrays<Float32Array>,
  { dy, dLast }: { dy: Float32Array; dLast?: Float32Array },
  settings: SelectiveScanSettings,
): Promise<ScanArrays<Float32Array<ArrayBuffer>>> {
  scanOf(settings);
  const axes = axesOf(settings);
  checkArrays(OP, inputs, axes);
  checkLength(OP, 'dy', dy, axes.u);
  if (dLast) checkLength(OP, 'dLast', dLast, axes.last);
  return Visit.on(device, async (visit) => {
    const gradients = visit.gradientsOf(inputs, axes);
    const arriving = { dy: visit.upload(dy), ...(dLast && { dLast: visit.upload(dLast) }) };
    enqueueSelectiveScanGrad(visit.stream, visit.uploadAll(inputs), arriving, gradients, settings);
    return visit.downloadAll(gradients);
  });
}
