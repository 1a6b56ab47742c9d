// Starts the passes of kernels/scan.cu; pyramidScan.ts and selectiveScan.ts define what is scanned.
import { BYTES, type CudaStream, type DeviceArray } from '@pyramid-mamba/tfjs-backend-cuda';
import { SCAN_GRADIENT_ORDER } from '../../../kernels/signatures.js';
import { scanParams, type ScanPointers } from './scanParams.js';
import type { Scan } from '../../../scan/scanned.js';
import { SCAN } from '../sources.js';
import { ScanLayout } from './scanLayout.js';

type InputName = (typeof SCAN_GRADIENT_ORDER)[number];

/** The arrays of a scan, dense, in the layouts of scan/views.ts. D and deltaBias are optional; default zero. */
export type ScanArrays<T> = Record<Exclude<InputName, 'D' | 'deltaBias'>, T> & {
  D?: T | undefined;
  deltaBias?: T | undefined;
};

/** The gradients' arrays: one for each given input. */
export type ScanGradientArrays<T> = ScanArrays<T>;

/** Threads and columns of the kernels of sums.cuh. */
const SUM_THREADS = 256;
const COLUMNS = 32;
const SHARES = 8;

/** Elements per picture of arrays with one row per picture. */
type Stride = 'u' | 'delta' | 'B' | 'state';

/** A range of the batch's pictures in the passes. */
class Run {
  private readonly scratch: bigint;

  constructor(
    private readonly stream: CudaStream,
    private readonly layout: ScanLayout,
    private readonly pointers: ScanPointers,
    private readonly count: number,
    private readonly add: boolean,
    scratch: DeviceArray,
  ) {
    this.scratch = scratch.address;
  }

  forward(): void {
    const { layout, count } = this;
    this.launch(`summary_${layout.stateBlock}`, [this.bySegment(layout.segments), layout.directions, count]);
    this.chain('chain_all');
    this.byAxis(`output_${layout.stateBlock}`, 0);
  }

  backward(): void {
    const { layout, count } = this;
    const { channels, states } = layout.scan;
    this.launch(`summaryBoth_${layout.stateBlock}`, [
      this.bySegment(layout.segments),
      layout.directions,
      count,
    ]);
    this.chain('chain_all');
    this.chain('chainBack_all');
    this.byAxis(`gradient_${layout.chunk}`, layout.gradientShared);
    if (layout.blocks > 1)
      this.launch('sumSlices_all', [Math.ceil((count * layout.bOfPicture) / SUM_THREADS), 1, 1], {
        block: [SUM_THREADS, 1],
      });
    this.launch('sumParameters_all', [Math.ceil((channels * states) / COLUMNS), layout.directions, 3], {
      block: [COLUMNS, SHARES],
      shared: BYTES * COLUMNS * SHARES,
    });
  }

  /** One thread per picture, direction, state and channel. */
  private chain(kernel: string): void {
    const { layout, count } = this;
    const { channels, states } = layout.scan;
    this.launch(kernel, [Math.ceil((channels * states) / layout.chainThreads), layout.directions, count], {
      block: [layout.chainThreads, 1],
      shared: BYTES * layout.slots * layout.chainThreads,
    });
  }

  /** A pass in which one thread computes both directions of an axis: rows first, then columns. */
  private byAxis(kernel: string, shared: number): void {
    const { layout, count } = this;
    const axes = layout.directions > 1 ? [layout.rowSegments, layout.columnSegments] : [layout.rowSegments];
    axes.forEach((segments, axis) => {
      this.launch(kernel, [this.bySegment(segments), 1, count], { axis, shared });
    });
  }

  private bySegment(segments: number): number {
    return segments * this.layout.blocks * this.layout.scan.groups;
  }

  private launch(
    kernel: string,
    grid: readonly [number, number, number],
    { axis = 0, block = [this.layout.threads, 1] as readonly [number, number], shared = 0 } = {},
  ): void {
    const { layout } = this;
    const { pixels, channels, states, groups, deltaSoftplus } = layout.scan;
    const { total: _total, ...firsts } = layout.sections(this.count);
    const sections = Object.entries(firsts).flatMap(([name, first]) =>
      first === undefined ? [] : [[name, this.scratch + BigInt(BYTES * first)]],
    );
    const bytes = scanParams(
      { ...this.pointers, ...(Object.fromEntries(sections) as ScanPointers) },
      {
        pictures: this.count,
        pixels,
        channels,
        states,
        groups,
        directions: layout.directions,
        grids: layout.grids,
        slots: layout.slots,
        rowSegments: layout.rowSegments,
        columnSegments: layout.columnSegments,
        longest: layout.longest,
        axis,
        softplus: deltaSoftplus ? 1 : 0,
        add: this.add ? 1 : 0,
        blocks: layout.blocks,
      },
    );
    this.stream.launch(kernel, { grid, block, shared, source: SCAN }, bytes);
  }
}

/** Runs the batch, as many pictures at a time as the scratch memory allows; all ranges use the same memory in turn. */
function forEachRun(
  stream: CudaStream,
  layout: ScanLayout,
  perPicture: readonly (readonly [keyof ScanPointers, Stride, DeviceArray | undefined])[],
  whole: ScanPointers,
  use: (run: Run) => void,
): void {
  const { batch, pixels, channels, states } = layout.scan;
  const most = layout.picturesAtOnce;
  const scratch = stream.scratch(layout.sections(most).total);
  const { array: plan, weightsAt } = layout.planOnDevice();
  const strides: Record<Stride, number> = {
    u: pixels * channels,
    delta: pixels * layout.directions * channels,
    B: layout.bOfPicture,
    state: channels * states,
  };
  const fixed: ScanPointers = {
    ...whole,
    plan: plan.address,
    weights: plan.address + BigInt(BYTES * weightsAt),
  };
  for (let first = 0; first < batch; first += most) {
    const pointers = { ...fixed };
    for (const [name, stride, array] of perPicture)
      if (array) pointers[name] = array.address + BigInt(BYTES * first * strides[stride]);
    use(new Run(stream, layout, pointers, Math.min(most, batch - first), first > 0, scratch));
  }
}

function inputPointers(x: ScanArrays<DeviceArray>): {
  perPicture: [keyof ScanPointers, Stride, DeviceArray | undefined][];
  whole: ScanPointers;
} {
  return {
    perPicture: [
      ['u', 'u', x.u],
      ['delta', 'delta', x.delta],
      ['B', 'B', x.B],
      ['C', 'B', x.C],
    ],
    whole: {
      A: x.A.address,
      ...(x.D && { D: x.D.address }),
      ...(x.deltaBias && { bias: x.deltaBias.address }),
    },
  };
}

/** Starts the passes that write y, and the state after the last step if `last` is given. */
export function enqueueForward(
  stream: CudaStream,
  scan: Scan,
  inputs: ScanArrays<DeviceArray>,
  y: DeviceArray,
  last?: DeviceArray,
): void {
  const { perPicture, whole } = inputPointers(inputs);
  forEachRun(
    stream,
    new ScanLayout(stream.device, scan, false),
    [...perPicture, ['y', 'u', y], ['last', 'state', last]],
    whole,
    (run) => run.forward(),
  );
}

/** Starts the passes that write the gradients, from dy and, if given, `dLast`. */
export function enqueueBackward(
  stream: CudaStream,
  scan: Scan,
  inputs: ScanArrays<DeviceArray>,
  dy: DeviceArray,
  dLast: DeviceArray | undefined,
  gradients: ScanGradientArrays<DeviceArray>,
): void {
  const { perPicture, whole } = inputPointers(inputs);
  forEachRun(
    stream,
    new ScanLayout(stream.device, scan, true),
    [
      ...perPicture,
      ['dy', 'u', dy],
      ['dLast', 'state', dLast],
      ['du', 'u', gradients.u],
      ['ddelta', 'delta', gradients.delta],
      ['dB', 'B', gradients.B],
      ['dC', 'B', gradients.C],
    ],
    {
      ...whole,
      dA: gradients.A.address,
      ...(gradients.D && { dD: gradients.D.address }),
      ...(gradients.deltaBias && { dbias: gradients.deltaBias.address }),
    },
    (run) => run.backward(),
  );
}
