import {
  Conv2D,
  DepthwiseConv2dNative,
  FusedConv2D,
  type backend_util,
  type FusedConv2DAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { convolution, geometry, unrolled, type ConvolutionAttrs } from './convolution.js';
import { gemmCall, gemmFloats, TILE, withGemm, WORTH, type Product } from '../module/gemm.js';
import {
  callAll,
  output,
  pointer,
  shares,
  withScratch,
  type WasmBackend,
  type WasmCall,
} from '../module/module.js';
import { precedeKernel } from '../../../kernels/replaceKernel.js';

const BYTES = 4;
/** Activations in the order of their numbers in assembly/maths/activation.ts. */
const ACTIVATIONS = ['linear', 'relu', 'relu6'];

/** A convolution as a product of matrices, by the byte offsets of its tensors; `bias` may be 0. */
interface Convolution {
  readonly info: backend_util.Conv2DInfo;
  readonly x: number;
  readonly filter: number;
  readonly y: number;
  readonly bias: number;
  readonly activation: number;
}

/** y = activation(patches·filter + bias). Threads share the pixels, or the channels where those are more. */
function conv2d(backend: WasmBackend, convolution: Convolution): void {
  const { pixels, patch, channels, strip: most } = unrolled(convolution.info);
  if (pixels <= most && pixels < channels) return byChannels(backend, convolution);
  const ranges = shares(backend, pixels, TILE.rows, Math.ceil(WORTH / (patch * channels)));
  // as many patches as a thread has, so that all have work
  const strip = Math.min(most, Math.max(...ranges.map(({ from, to }) => to - from)));
  const columnFloats = columnFloatsOf(convolution, strip);
  const each = columnFloats + gemmFloats(backend, { m: strip, n: channels, k: patch });
  withScratch(backend, each * ranges.length, (scratch) => {
    const tasks = ranges.map(({ from, to }, i) => {
      const columns = scratch + BYTES * each * i;
      const calls: WasmCall[] = [];
      for (let first = from; first < to; first += strip) {
        const part = stripOf(convolution, columns, first, Math.min(strip, to - first));
        calls.push(...part.before, gemmCall(part.product, columns + BYTES * columnFloats), ...part.after);
      }
      return calls;
    });
    callAll(backend, tasks);
  });
}

/** The same in one strip of which each thread has some channels: few pixels would have the whole filter packed for each of them. */
function byChannels(backend: WasmBackend, convolution: Convolution): void {
  const { pixels, patch, channels } = unrolled(convolution.info);
  withScratch(backend, columnFloatsOf(convolution, pixels), (columns) => {
    const { before, product, after } = stripOf(convolution, columns, 0, pixels);
    callAll(backend, [before]);
    withGemm(backend, { m: pixels, n: channels, k: patch }, (multiply) => multiply(product));
    callAll(backend, [after]);
  });
}

/** Floats of `count` patches, none where the input already is their matrix. */
function columnFloatsOf({ info }: Convolution, count: number): number {
  const { trivial, patch } = unrolled(info);
  return trivial ? 0 : count * patch;
}

/** `count` pixels from `first` on: the calls that gather their patches in `columns`, the product, and the calls that finish them. */
function stripOf(
  { info, x, filter, y, bias, activation }: Convolution,
  columns: number,
  first: number,
  count: number,
): { before: WasmCall[]; product: Product; after: WasmCall[] } {
  const { patch, channels, trivial } = unrolled(info);
  const target = y + BYTES * first * channels;
  return {
    before: trivial ? [] : [['im2col', { x, columns, first, count, ...geometry(info) }]],
    product: {
      m: count,
      n: channels,
      k: patch,
      a: { offset: trivial ? x + BYTES * first * patch : columns, row: patch, column: 1 },
      b: { offset: filter, row: channels, column: 1 },
      c: { offset: target, row: channels },
    },
    after:
      bias || activation
        ? [['biasActivation', { y: target, bias, rows: count, c: channels, activation }]]
        : [],
  };
}

/** NHWC, not dilated, float32: the inputs our kernels support. */
function plain({ dataFormat = 'NHWC', dilations = 1 }: ConvolutionAttrs, x: TensorInfo): boolean {
  return dataFormat === 'NHWC' && [dilations].flat().every((d) => d === 1) && x.dtype === 'float32';
}

interface Filtered {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

/** Whether ours computes this fused convolution: a usual bias and one of our activations. */
function usual(
  { filter, bias, preluActivationWeights }: Filtered,
  { activation }: FusedConv2DAttrs,
): boolean {
  const usualBias = !bias || (bias.shape.length === 1 && bias.shape[0] === filter.shape[3]);
  return usualBias && !preluActivationWeights && ACTIVATIONS.includes(activation);
}

/** Threads share the rows of each picture. */
function depthwise(
  backend: WasmBackend,
  info: backend_util.Conv2DInfo,
  { x, filter, y }: Readonly<Record<'x' | 'filter' | 'y', number>>,
): void {
  const sizes = geometry(info);
  const { c, width, height, outWidth, outHeight, kernelHeight, kernelWidth, strideY, padTop } = sizes;
  const [inBytes, rowBytes] = [BYTES * height * width * c, BYTES * outWidth * c];
  const perRow = outWidth * kernelHeight * kernelWidth * c;
  const ranges = shares(backend, outHeight, 1, Math.ceil(WORTH / perRow));
  const calls = ranges.flatMap(({ from, to }) =>
    Array.from({ length: info.batchSize }, (_, b): WasmCall[] => [
      [
        'depthwise',
        {
          ...sizes,
          x: x + inBytes * b,
          filter,
          y: y + rowBytes * (outHeight * b + from),
          batch: 1,
          outHeight: to - from,
          padTop: padTop - from * strideY,
        },
      ],
    ]),
  );
  callAll(backend, calls);
}

/** Replaces tfjs's convolutions by ones twice as fast on one core; tfjs's own still serve dilations and rare activations. */
export function replaceConvolutions(): void {
  precedeKernel<WasmBackend, Filtered, ConvolutionAttrs>('wasm', Conv2D, {
    takes: ({ x }, attrs) => plain(attrs, x),
    run: (backend, { x, filter }, attrs) => {
      const info = convolution(Conv2D, x.shape, filter.shape, attrs, false, [x, filter]);
      const y = output(backend, info.outShape);
      const offsets = { x: pointer(backend, x), filter: pointer(backend, filter), y: pointer(backend, y) };
      conv2d(backend, { info, bias: 0, activation: 0, ...offsets });
      return y;
    },
  });
  precedeKernel<WasmBackend, Filtered, FusedConv2DAttrs>('wasm', FusedConv2D, {
    takes: (inputs, attrs) => plain(attrs, inputs.x) && usual(inputs, attrs),
    run: (backend, { x, filter, bias }, { activation, ...attrs }) => {
      const info = convolution(FusedConv2D, x.shape, filter.shape, attrs, false, [x, filter]);
      const y = output(backend, info.outShape);
      conv2d(backend, {
        info,
        x: pointer(backend, x),
        filter: pointer(backend, filter),
        y: pointer(backend, y),
        bias: bias ? pointer(backend, bias) : 0,
        activation: ACTIVATIONS.indexOf(activation),
      });
      return y;
    },
  });
  precedeKernel<WasmBackend, Filtered, ConvolutionAttrs>('wasm', DepthwiseConv2dNative, {
    takes: ({ x, filter }, attrs) => filter.shape[3] === 1 && plain(attrs, x),
    run: (backend, { x, filter }, attrs) => {
      const info = convolution(DepthwiseConv2dNative, x.shape, filter.shape, attrs, true, [x, filter]);
      const y = output(backend, info.outShape);
      const offsets = { x: pointer(backend, x), filter: pointer(backend, filter), y: pointer(backend, y) };
      depthwise(backend, info, offsets);
      return y;
    },
  });
}
