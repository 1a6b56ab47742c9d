// The table of ops, backends and gradients in the README of ssm-kernels, made of the backends' typed tables of kernels.
import { cpuKernels } from '../../packages/ssm-kernels/src/backends/cpu/table.js';
import { cudaKernels } from '../../packages/ssm-kernels/src/backends/cuda/tfjs/table.js';
import { tensorflowKernels } from '../../packages/ssm-kernels/src/backends/tensorflow/table.js';
import { wasmKernels } from '../../packages/ssm-kernels/src/backends/wasm/table.js';
import { webgpuKernels } from '../../packages/ssm-kernels/src/backends/webgpu/table.js';
import type { KernelName } from '../../packages/ssm-kernels/src/kernels/signatures.js';
import { Absent } from '../../packages/ssm-kernels/src/kernels/table.js';

/** The kernels of an op: one forward, those of its gradient if it has one. */
interface OpKernels {
  readonly forward: KernelName;
  readonly gradient: readonly KernelName[];
}

/** The kernels of each exported op. */
export const OPS: Readonly<Record<string, OpKernels>> = {
  selectiveScan: { forward: 'selectiveScan', gradient: ['selectiveScanGrad'] },
  pyramidScan: { forward: 'pyramidScan', gradient: ['pyramidScanGrad'] },
  'pyramidScan along a curve': { forward: 'orderedScan', gradient: ['orderedScanGrad'] },
  projectedScan: { forward: 'projectedScan', gradient: ['projectedScanGrad'] },
  linear: { forward: 'linear', gradient: ['linearGradX', 'linearGradWeight', 'columnSums'] },
  groupedMatMul: { forward: 'groupedMatMul', gradient: ['groupedMatMulGradX', 'groupedMatMulGradW'] },
  layerNorm: { forward: 'layerNorm', gradient: ['layerNormGrad'] },
  layerNormGate: { forward: 'layerNormGate', gradient: ['layerNormGateGrad'] },
  instanceNorm: { forward: 'instanceNorm', gradient: ['instanceNormGrad'] },
  batchNormTrain: { forward: 'batchNormTrain', gradient: ['batchNormTrainGrad'] },
  depthwiseConvSilu: { forward: 'depthwiseConvSilu', gradient: ['depthwiseConvSiluGrad'] },
  residual: { forward: 'scaledSum', gradient: ['scaledSum'] },
  movingAverage: { forward: 'scaledSum', gradient: [] },
  adamStepAll: { forward: 'adamStepAll', gradient: [] },
};

type Table = Readonly<Record<KernelName, unknown>>;

/** The kernels of each backend. */
export const BACKENDS: Readonly<Record<string, Table>> = {
  cpu: cpuKernels,
  wasm: wasmKernels,
  webgpu: webgpuKernels,
  tensorflow: tensorflowKernels,
  cuda: cudaKernels,
};

/** `yes`, or why the backend has none of these kernels. */
function has(table: Table, names: readonly KernelName[]): string {
  const absent = names.map((name) => table[name]).find((kernel) => kernel instanceof Absent);
  return absent instanceof Absent ? `no: ${absent.reason}` : 'yes';
}

/** A Markdown table: a row per op, its value and gradient on each backend. */
export function opsTable(backends: Readonly<Record<string, Table>> = BACKENDS): string {
  const names = Object.keys(backends);
  const cell = (table: Table, { forward, gradient }: OpKernels): string => {
    const value = has(table, [forward]);
    if (value !== 'yes') return value;
    if (gradient.length === 0) return 'value';
    const slope = has(table, gradient);
    return slope === 'yes' ? 'value, gradient' : `value; gradient ${slope}`;
  };
  return [
    `| op | ${names.map((name) => `\`${name}\``).join(' | ')} |`,
    `| --- |${' --- |'.repeat(names.length)}`,
    ...Object.entries(OPS).map(
      ([op, kernels]) => `| \`${op}\` | ${names.map((name) => cell(backends[name]!, kernels)).join(' | ')} |`,
    ),
  ].join('\n');
}

const START = '<!-- ops: written by `npm run kernels:table` -->';
const END = '<!-- /ops -->';

/**
 * A README with the table between its two marks.
 *
 * @throws Error when the marks are missing
 */
export function withTable(readme: string): string {
  const [start, end] = [readme.indexOf(START), readme.indexOf(END)];
  if (start < 0 || end < start)
    throw new Error(
      `The README has no lines ${START} and ${END}, between which the table of ops stands; add them.`,
    );
  return `${readme.slice(0, start)}${START}\n\n${opsTable()}\n\n${readme.slice(end)}`;
}
