import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core';

type Shape4D = [number, number, number, number];

/** The attributes that the gradient kernels of tfjs's two convolutions share. */
export interface ConvolutionAttrs {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  dilations?: [number, number] | number;
  dataFormat?: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * Sizes of a convolution of NHWC pictures, from the shapes of its input and its filter.
 *
 * @throws Error for dilations, NCHW or a dtype other than float32, which the kernels do not support
 */
export function convolution(
  op: string,
  inputShape: number[],
  filterShape: number[],
  attrs: ConvolutionAttrs,
  depthwise: boolean,
  tensors: TensorInfo[],
): backend_util.Conv2DInfo {
  const { strides, pad, dilations = 1, dataFormat = 'NHWC', dimRoundingMode } = attrs;
  if (dataFormat !== 'NHWC')
    throw new Error(`${op}: the wasm backend expects pictures as NHWC, got ${dataFormat}.`);
  if ([dilations].flat().some((d) => d !== 1))
    throw new Error(`${op}: the wasm backend has no gradient of a dilated convolution, got ${dilations}.`);
  for (const { dtype } of tensors)
    if (dtype !== 'float32') throw new Error(`${op}: tensors must be float32, got ${dtype}.`);
  return backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

/** The sizes of a convolution, by the names of the wasm functions' parameters. */
type Geometry = Record<
  | 'height'
  | 'width'
  | 'c'
  | 'outHeight'
  | 'outWidth'
  | 'kernelHeight'
  | 'kernelWidth'
  | 'strideY'
  | 'strideX'
  | 'padTop'
  | 'padLeft',
  number
>;

export function geometry(info: backend_util.Conv2DInfo): Geometry {
  return {
    height: info.inHeight,
    width: info.inWidth,
    c: info.inChannels,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
    kernelHeight: info.filterHeight,
    kernelWidth: info.filterWidth,
    strideY: info.strideHeight,
    strideX: info.strideWidth,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
  };
}

/** Patches unrolled at a time: enough to amortise packing the filter, few enough to stay in cache. */
const STRIP = 512;

/** A convolution as a matrix product: (pixels, patch) · (patch, channels) = (pixels, channels). */
export interface Unrolled {
  readonly pixels: number;
  readonly patch: number;
  readonly channels: number;
  /** The input already is the matrix of patches: 1×1, stride 1, no padding. */
  readonly trivial: boolean;
  /** Pixels processed at a time. */
  readonly strip: number;
}

export function unrolled(info: backend_util.Conv2DInfo): Unrolled {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const pixels = info.batchSize * info.outHeight * info.outWidth;
  const trivial =
    filterHeight * filterWidth * strideHeight * strideWidth === 1 &&
    padInfo.top + padInfo.bottom + padInfo.left + padInfo.right === 0;
  return {
    pixels,
    patch: filterHeight * filterWidth * info.inChannels,
    channels: info.outChannels,
    trivial,
    strip: trivial ? pixels : Math.min(STRIP, pixels),
  };
}
