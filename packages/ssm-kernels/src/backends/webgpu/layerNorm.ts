import type { Kernel } from '../../kernels/table.js';
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import { addBlocks } from './scan/addBlocks.js';
import {
  dispatch,
  folded,
  offsetInBinding,
  output,
  runs,
  withScratch,
  type WebGpuBackend,
  type Part,
} from './device/dispatch.js';

/** Rows of a block of parameterSums, and channels of a workgroup, as in layerNorm.wgsl. */
const BLOCK = 64;
const WIDTH = 64;
const MOST_WORKGROUPS = 65_535;

interface Inputs {
  x: TensorInfo;
  gamma: TensorInfo;
  /** Needed forward and by the gate's gradient. */
  beta?: TensorInfo;
  /** If present, the gate is applied. */
  z?: TensorInfo;
}

const constantsOf = ({ x, z }: Inputs): Record<string, number> => ({
  CHANNELS: x.shape.at(-1)!,
  GATE: z ? 1 : 0,
});

const rowsOf = ({ shape }: TensorInfo): number => util.sizeFromShape(shape) / shape.at(-1)!;

/** The present tensors, in ranges of rows. */
function rowed(
  tensors: Readonly<Record<number, TensorInfo>>,
  run: { first: number; count: number },
  width: number,
): Record<number, Part> {
  const parts = Object.entries(tensors).map(
    ([binding, tensor]) =>
      [binding, { tensor, first: run.first * width, count: run.count * width }] as [string, Part],
  );
  return Object.fromEntries(parts);
}

function forward(backend: WebGpuBackend, inputs: Inputs, epsilon: number): TensorInfo {
  const { x, gamma, beta, z } = inputs;
  const y = output(backend, x.shape);
  const c = x.shape.at(-1)!;
  for (const run of runs(backend, 'layerNorm', rowsOf(x), c))
    dispatch(
      backend,
      { shader: 'layerNorm', entry: 'normalize', constants: constantsOf(inputs) },
      { ...rowed({ 0: x, 3: z ?? x, 5: y }, run, c), 1: gamma, 2: beta! },
      { at: 9, values: [run.count, offsetInBinding(run.first * c), { f32: epsilon }, 0, 0, 0] },
      folded(run.count),
    );
  return y;
}

/** dx, dGamma, dBeta, and with a gate dz. */
function backward(backend: WebGpuBackend, inputs: Inputs, dy: TensorInfo, epsilon: number): TensorInfo[] {
  const { x, gamma, beta, z } = inputs;
  const c = x.shape.at(-1)!;
  const [dx, dGamma, dBeta] = [output(backend, x.shape), output(backend, [c]), output(backend, [c])];
  const dz = z && output(backend, x.shape);
  const rows = rowsOf(x);
  const constants = constantsOf(inputs);
  // ranges of whole blocks
  const blocks = Math.ceil(rows / BLOCK);
  // the shader's bindings must be bound even if unused: without a gate, x for z and a dummy for dz
  withScratch(backend, [2 * rows, 2 * blocks * c, 1], (stats, parts, unused) => {
    for (const ofBlocks of runs(backend, 'layerNorm', blocks, BLOCK * c)) {
      const first = ofBlocks.first * BLOCK;
      const run = { first, count: Math.min(ofBlocks.count * BLOCK, rows - first) };
      const values = [
        run.count,
        offsetInBinding(first * c),
        { f32: epsilon },
        ofBlocks.first,
        blocks,
        offsetInBinding(2 * first),
      ];
      const ofRun = rowed({ 7: stats! }, run, 2);
      dispatch(
        backend,
        { shader: 'layerNorm', entry: 'gradient', constants },
        {
          ...rowed({ 0: x, 3: z ?? x, 4: dy, 5: dx, ...(dz && { 6: dz }) }, run, c),
          ...ofRun,
          1: gamma,
          2: beta ?? gamma,
          ...(!dz && { 6: unused! }),
        },
        { at: 9, values },
        folded(run.count),
      );
      const y = Math.min(ofBlocks.count, MOST_WORKGROUPS);
      dispatch(
        backend,
        { shader: 'layerNorm', entry: 'parameterSums', constants },
        { ...rowed({ 0: x, 3: z ?? x, 4: dy }, run, c), ...ofRun, 8: parts! },
        { at: 9, values },
        [Math.ceil(c / WIDTH), y, Math.ceil(ofBlocks.count / y)],
      );
    }
    addBlocks(backend, parts!, dBeta, { blocks, count: c });
    addBlocks(backend, parts!, dGamma, { firstSet: 1, blocks, count: c });
  });
  return dz ? [dx, dGamma, dBeta, dz] : [dx, dGamma, dBeta];
}

export const layerNorm: Kernel<WebGpuBackend, 'layerNorm'> = (backend, inputs, { epsilon }) =>
  forward(backend, inputs, epsilon);

export const layerNormGrad: Kernel<WebGpuBackend, 'layerNormGrad'> = (
  backend,
  { dy, ...inputs },
  { epsilon },
) => backward(backend, inputs, dy, epsilon);

export const layerNormGate: Kernel<WebGpuBackend, 'layerNormGate'> = (backend, inputs, { epsilon }) =>
  forward(backend, inputs, epsilon);

export const layerNormGateGrad: Kernel<WebGpuBackend, 'layerNormGateGrad'> = (
  backend,
  { dy, ...inputs },
  { epsilon },
) => backward(backend, inputs, dy, epsilon);
