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
import { runKernel } from '../../kernels/run.js';
import { silu, siluSlope } from './activation.js';
import { native, type Inputs } from './native.js';

/** Stride 1 and padding k // 2, with k odd. */
const CONVOLUTION = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1 } as const;

/** The argument of silu. */
const convolved = ({ x, filter, bias }: Inputs<'depthwiseConvSilu'>): Tensor =>
  add(depthwiseConv2d(x as Tensor4D, filter as Tensor4D, 1, 'same'), bias);

export const depthwiseConvSilu = native<'depthwiseConvSilu'>((inputs) => silu(convolved(inputs)));

export const depthwiseConvSiluGrad = native<'depthwiseConvSiluGrad'>(({ dy, ...inputs }) => {
  const { x, filter } = inputs;
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
    runKernel('columnSums', { x: through }),
  ];
});
