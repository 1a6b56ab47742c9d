import type { Kernel } from '../../kernels/table.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addBlocks } from './scan/addBlocks.js';
import { sumColumns } from './columnSums.js';
import {
  dispatch,
  offsetInBinding,
  output,
  runs,
  withScratch,
  type WebGpuBackend,
  type Part,
} from './device/dispatch.js';

/** Pixels of a block of filterSums and channels of a workgroup, as in the shader. */
const BLOCK = 64;
const WIDTH = 64;
const MOST_WORKGROUPS = 65_535;

interface Run {
  readonly first: number;
  readonly count: number;
}

/** One depthwise convolution: its sizes, and its passes over ranges of pictures. */
class Convolution {
  readonly blocksOfRun: (pictures: number) => number;
  private readonly constants: Record<string, number>;
  private readonly each: number;

  constructor(
    private readonly backend: WebGpuBackend,
    private readonly x: TensorInfo,
    filter: TensorInfo,
  ) {
    const [, h, w, c] = x.shape as [number, number, number, number];
    this.constants = { CHANNELS: c, HEIGHT: h, COLUMNS: w, K: filter.shape[0]! };
    this.each = h * w * c;
    this.blocksOfRun = (pictures) => Math.ceil((pictures * h * w) / BLOCK);
  }

  get runs(): Run[] {
    return [...runs(this.backend, 'depthwiseConvSilu', this.x.shape[0]!, this.each)];
  }

  private part(tensor: TensorInfo, run: Run): Part {
    return { tensor, first: run.first * this.each, count: run.count * this.each };
  }

  pass(
    entry: string,
    run: Run,
    pictures: Readonly<Record<number, TensorInfo>>,
    whole: Readonly<Record<number, TensorInfo>>,
    { rows, firstBlock = 0 }: { rows: number; firstBlock?: number },
  ): void {
    const c = this.constants['CHANNELS']!;
    const bound = Object.entries(pictures).map(
      ([binding, tensor]) => [binding, this.part(tensor, run)] as [string, Part],
    );
    const y = Math.min(rows, MOST_WORKGROUPS);
    const offset = offsetInBinding(run.first * this.each);
    dispatch(
      this.backend,
      { shader: 'depthwiseConvSilu', entry, constants: this.constants },
      { ...Object.fromEntries(bound), ...whole },
      { at: 6, values: [(run.count * this.each) / c, offset, firstBlock] },
      [Math.ceil(c / WIDTH), y, Math.ceil(rows / y)],
    );
  }

  pixels(run: Run): number {
    return (run.count * this.each) / this.constants['CHANNELS']!;
  }
}

export const depthwiseConvSilu: Kernel<WebGpuBackend, 'depthwiseConvSilu'> = (
  backend,
  { x, filter, bias },
) => {
  const y = output(backend, x.shape);
  const convolution = new Convolution(backend, x, filter);
  for (const run of convolution.runs)
    convolution.pass(
      'forward',
      run,
      { 0: x, 5: y },
      { 1: filter, 2: bias },
      { rows: convolution.pixels(run) },
    );
  return y;
};

export const depthwiseConvSiluGrad: Kernel<WebGpuBackend, 'depthwiseConvSiluGrad'> = (
  backend,
  { x, filter, bias, dy },
) => {
  const [dx, dFilter, dBias, dv] = [x, filter, bias, x].map(({ shape }) => output(backend, shape)) as [
    TensorInfo,
    TensorInfo,
    TensorInfo,
    TensorInfo,
  ];
  const convolution = new Convolution(backend, x, filter);
  const { runs: parts } = convolution;
  const blocks = parts.reduce((sum, { count }) => sum + convolution.blocksOfRun(count), 0);
  const count = filter.shape.reduce((n, s) => n * s, 1);
  withScratch(backend, [blocks * count], (sums) => {
    let firstBlock = 0;
    for (const run of parts) {
      const rows = convolution.pixels(run);
      convolution.pass('preGradient', run, { 0: x, 3: dy, 5: dv }, { 1: filter, 2: bias }, { rows });
      convolution.pass('inputGradient', run, { 0: dv, 5: dx }, { 1: filter }, { rows });
      const ofRun = convolution.blocksOfRun(run.count);
      convolution.pass('filterSums', run, { 0: x, 3: dv }, { 5: sums! }, { rows: ofRun, firstBlock });
      firstBlock += ofRun;
    }
    addBlocks(backend, sums!, dFilter, { blocks, count });
  });
  sumColumns(backend, dv, dBias);
  backend.disposeData(dv.dataId);
  return [dx, dFilter, dBias];
};
