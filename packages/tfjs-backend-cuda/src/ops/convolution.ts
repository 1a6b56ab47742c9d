// Convolutions and pooling of tfjs.
import {
  AvgPool, Conv2D, Conv2DBackpropFilter, Conv2DBackpropInput, DepthwiseConv2dNative, DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput, FusedConv2D, FusedDepthwiseConv2D, MaxPool, backend_util, util,
  type TensorInfo,
} from '@tensorflow/tfjs-core'; // prettier-ignore
import { CudaError } from '../driver/errors.js';
import type { CudaBackend } from '../backend/backend.js';
import { sumColumns, TAP } from './columns.js';
import { multiply, runProduct } from './gemm.js';
import type { Product } from './product.js';
import { kernel } from '../backend/kernel.js';
import { activationOf, biasOf } from './matMul.js';
import { unary } from './elementwise.js';
import type { Fields } from '../backend/structs.js';

type Shape4D = [number, number, number, number];
type Info = backend_util.Conv2DInfo;

interface ConvolutionAttrs {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  dilations?: [number, number] | number;
  dataFormat?: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  activation?: string;
  leakyreluAlpha?: number;
}

type Filtered = Record<'x' | 'filter', TensorInfo> & {
  bias?: TensorInfo;
  preluActivationWeights?: TensorInfo;
};

/** @throws CudaError for NCHW, or a type other than float32 */
function checkPictures(
  op: string,
  { dataFormat = 'NHWC' }: ConvolutionAttrs,
  tensors: readonly TensorInfo[],
): void {
  if (dataFormat !== 'NHWC')
    throw new CudaError('usage', `cuda: ${op} expects pictures as NHWC, got ${dataFormat}; transpose them.`);
  for (const { dtype } of tensors)
    if (dtype !== 'float32') throw new CudaError('usage', `cuda: ${op} expects float32, got ${dtype}.`);
}

export function convolutionInfo(
  op: string,
  inputShape: readonly number[],
  filterShape: readonly number[],
  attrs: ConvolutionAttrs,
  tensors: readonly TensorInfo[],
  depthwise = false,
): Info {
  checkPictures(op, attrs, tensors);
  return backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
  );
}

/** The fields that GemmParams, DepthwiseParams, PoolParams and ColumnsParams share. */
function geometry(info: Info): Record<string, number> {
  return {
    height: info.inHeight,
    width: info.inWidth,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
    kernelWidth: info.filterWidth,
    strideY: info.strideHeight,
    strideX: info.strideWidth,
    dilationY: info.dilationHeight,
    dilationX: info.dilationWidth,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
  };
}

function windowGeometry(info: Info): Record<string, number> {
  return { ...geometry(info), kernelHeight: info.filterHeight, channels: info.inChannels };
}

export const pixelsOf = (info: Info): number => info.batchSize * info.outHeight * info.outWidth;

/** Each output pixel depends on one input pixel: a matrix product. */
function isPointwise({ filterHeight, filterWidth, strideHeight, strideWidth, padInfo }: Info): boolean {
  const { top, bottom, left, right } = padInfo;
  return filterHeight * filterWidth * strideHeight * strideWidth === 1 && top + bottom + left + right === 0;
}

function convolve(backend: CudaBackend, info: Info, x: bigint, filter: bigint, y: Product): void {
  const { inChannels, outChannels } = info;
  const sizes = { m: pixelsOf(info), n: outChannels };
  if (isPointwise(info))
    return multiply(
      backend,
      { ...sizes, k: inChannels },
      { address: x, row: inChannels, col: 1 },
      { address: filter, row: 1, col: outChannels },
      y,
    );
  const k = info.filterHeight * info.filterWidth * inChannels;
  runProduct(backend, 'convolution_all', { ...sizes, k }, y, {
    ...geometry(info),
    a: x,
    b: filter,
    channels: inChannels,
    outChannels,
  });
}

function registerConv2d(): void {
  for (const op of [Conv2D, FusedConv2D])
    kernel<Filtered, ConvolutionAttrs>(op, (backend, { x, filter, bias, preluActivationWeights }, attrs) => {
      const info = convolutionInfo(op, x.shape, filter.shape, attrs, [x, filter]);
      const activation = activationOf(op, attrs, preluActivationWeights);
      const y = backend.output(info.outShape);
      convolve(backend, info, backend.address(x), backend.address(filter), {
        address: backend.address(y),
        bias: biasOf(backend, op, bias, info.outChannels),
        activation,
      });
      return y;
    });
  kernel<Record<'dy' | 'filter', TensorInfo>, ConvolutionAttrs & { inputShape: number[] }>(
    Conv2DBackpropInput,
    (backend, { dy, filter }, { inputShape, ...attrs }) => {
      const info = convolutionInfo(Conv2DBackpropInput, inputShape, filter.shape, attrs, [dy, filter]);
      const { inChannels, outChannels } = info;
      const dx = backend.output(inputShape);
      const sizes = { m: info.batchSize * info.inHeight * info.inWidth, n: inChannels };
      const y = { address: backend.address(dx) };
      if (isPointwise(info))
        multiply(
          backend,
          { ...sizes, k: outChannels },
          { address: backend.address(dy), row: outChannels, col: 1 },
          { address: backend.address(filter), row: outChannels, col: 1 },
          y,
        );
      else {
        const k = info.filterHeight * info.filterWidth * outChannels;
        runProduct(backend, 'convolution_gradInput', { ...sizes, k }, y, {
          ...geometry(info),
          a: backend.address(dy),
          b: backend.address(filter),
          channels: inChannels,
          outChannels,
        });
      }
      return dx;
    },
  );
  kernel<Record<'x' | 'dy', TensorInfo>, ConvolutionAttrs & { filterShape: number[] }>(
    Conv2DBackpropFilter,
    (backend, { x, dy }, { filterShape, ...attrs }) => {
      const info = convolutionInfo(Conv2DBackpropFilter, x.shape, filterShape, attrs, [x, dy]);
      const { inChannels, outChannels } = info;
      const dFilter = backend.output(filterShape);
      const y = { address: backend.address(dFilter) };
      const sizes = { n: outChannels, k: pixelsOf(info) };
      if (isPointwise(info))
        multiply(
          backend,
          { ...sizes, m: inChannels },
          { address: backend.address(x), row: 1, col: inChannels },
          { address: backend.address(dy), row: 1, col: outChannels },
          y,
        );
      else
        runProduct(
          backend,
          'convolution_gradFilter',
          { ...sizes, m: info.filterHeight * info.filterWidth * inChannels },
          y,
          {
            ...geometry(info),
            a: backend.address(x),
            b: backend.address(dy),
            channels: inChannels,
            outChannels,
          },
        );
      return dFilter;
    },
  );
}

/** The arrays of a depthwise convolution. */
type DepthwiseAddresses = Readonly<Partial<Record<'x' | 'filter' | 'bias' | 'dy', bigint | undefined>>>;

export function depthwise(
  backend: CudaBackend,
  info: Info,
  y: TensorInfo,
  addresses: DepthwiseAddresses,
  { silu = false, ofInput = false } = {},
): void {
  const count = util.sizeFromShape(y.shape);
  const multiplier = info.outChannels / info.inChannels;
  const fields: Fields = {
    ...windowGeometry(info),
    ...addresses,
    y: backend.address(y),
    count,
    multiplier,
    silu: silu ? 1 : 0,
  };
  backend.each(`depthwise_${ofInput ? 'gradInput' : 'all'}`, 'DepthwiseParams', count, fields);
}

export function depthwiseGradFilter(
  backend: CudaBackend,
  info: Info,
  x: bigint,
  dy: bigint,
  dFilter: TensorInfo,
): void {
  sumColumns(
    backend,
    TAP,
    {
      groups: 1,
      rows: pixelsOf(info),
      channels: info.outChannels,
      outputs: info.filterHeight * info.filterWidth,
      first: backend.address(dFilter),
    },
    { ...geometry(info), x, dy, multiplier: info.outChannels / info.inChannels },
  );
}

function registerDepthwise(): void {
  for (const op of [DepthwiseConv2dNative, FusedDepthwiseConv2D])
    kernel<Filtered, ConvolutionAttrs>(op, (backend, { x, filter, bias, preluActivationWeights }, attrs) => {
      const info = convolutionInfo(op, x.shape, filter.shape, attrs, [x, filter], true);
      const activation = attrs.activation ?? 'linear';
      activationOf(op, attrs, preluActivationWeights);
      const y = backend.output(info.outShape);
      depthwise(backend, info, y, {
        x: backend.address(x),
        filter: backend.address(filter),
        bias: biasOf(backend, op, bias, info.outChannels),
      });
      if (activation === 'linear') return y;
      const activated = unary(backend, activation === 'relu' ? 'relu_float' : activation, y);
      backend.disposeData(y.dataId);
      return activated;
    });
  kernel<Record<'dy' | 'filter', TensorInfo>, ConvolutionAttrs & { inputShape: number[] }>(
    DepthwiseConv2dNativeBackpropInput,
    (backend, { dy, filter }, { inputShape, ...attrs }) => {
      const op = DepthwiseConv2dNativeBackpropInput;
      const info = convolutionInfo(op, inputShape, filter.shape, attrs, [dy, filter], true);
      const dx = backend.output(inputShape);
      const addresses = { dy: backend.address(dy), filter: backend.address(filter) };
      depthwise(backend, info, dx, addresses, { ofInput: true });
      return dx;
    },
  );
  kernel<Record<'x' | 'dy', TensorInfo>, ConvolutionAttrs & { filterShape: number[] }>(
    DepthwiseConv2dNativeBackpropFilter,
    (backend, { x, dy }, { filterShape, ...attrs }) => {
      const op = DepthwiseConv2dNativeBackpropFilter;
      const info = convolutionInfo(op, x.shape, filterShape, attrs, [x, dy], true);
      const dFilter = backend.output(filterShape);
      depthwiseGradFilter(backend, info, backend.address(x), backend.address(dy), dFilter);
      return dFilter;
    },
  );
}

interface PoolAttrs extends ConvolutionAttrs {
  filterSize: [number, number] | number;
}

function registerPooling(): void {
  for (const [op, name] of [
    [MaxPool, 'max'],
    [AvgPool, 'mean'],
  ] as const)
    kernel<{ x: TensorInfo }, PoolAttrs>(op, (backend, { x }, attrs) => {
      checkPictures(op, attrs, [x]);
      const info = backend_util.computePool2DInfo(
        x.shape as Shape4D,
        attrs.filterSize,
        attrs.strides,
        attrs.dilations ?? 1,
        attrs.pad,
        attrs.dimRoundingMode,
      );
      const y = backend.output(info.outShape);
      const count = util.sizeFromShape(info.outShape);
      const fields = { ...windowGeometry(info), x: backend.address(x), y: backend.address(y), count };
      backend.each(`pool_${name}`, 'PoolParams', count, fields);
      return y;
    });
}

export function registerConvolutions(): void {
  registerConv2d();
  registerDepthwise();
  registerPooling();
}
