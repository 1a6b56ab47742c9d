import {
  add,
  depthwiseConv2d,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  engine,
  mul,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { COLUMN_SUMS, DEPTHWISE_CONV_SILU, DEPTHWISE_CONV_SILU_GRAD } from '../../kernels/trainingKernels.js';
import { registerNative, type Inputs } from './native.js';
import { silu, siluSlope } from './pointwise.js';

/** Stride 1 and padding k // 2, with k odd. */
const CONVOLUTION = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1 } as const;

/** The argument of silu. */
const convolved = ({ x, filter, bias }: Inputs): Tensor =>
  add(depthwiseConv2d(x as Tensor4D, filter as Tensor4D, 1, 'same'), bias!);

export function registerDepthwiseConvSilu(): void {
  registerNative(DEPTHWISE_CONV_SILU, (inputs) => silu(convolved(inputs)));
  registerNative(DEPTHWISE_CONV_SILU_GRAD, (inputs) => {
    const { x, filter, dy } = inputs as Record<'x' | 'filter' | 'dy', Tensor>;
    const through = mul(dy, siluSlope(convolved(inputs)));
    return [
      engine().runKernel<Tensor>(
        DepthwiseConv2dNativeBackpropInput,
        { dy: through, filter },
        { ...CONVOLUTION, inputShape: x.shape },
      ),
      engine().runKernel<Tensor>(
        DepthwiseConv2dNativeBackpropFilter,
        { x, dy: through },
        { ...CONVOLUTION, filterShape: filter.shape },
      ),
      engine().runKernel<Tensor>(COLUMN_SUMS, { x: through }),
    ];
  });
}
