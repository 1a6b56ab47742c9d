import {
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  engine,
  FusedConv2D,
  MaxPool,
  MaxPoolGrad,
  pad,
  slice,
  tidy,
  type backend_util,
  type NamedAttrMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { precedeKernel } from '../../kernels/replaceKernel.js';
import type { TensorflowBackend } from './backend.js';

type Padding = backend_util.ExplicitPadding;
/** The engine passes kernels its tensors. */
type Inputs = Readonly<Record<string, Tensor>>;
interface PaddedAttrs {
  pad: 'same' | 'valid' | number | Padding;
  dataFormat?: 'NHWC' | 'NCHW';
  /** Of the input gradients. */
  inputShape?: number[];
}

/** Zeros, or another number, on each side of each axis; undefined for named paddings, which tfjs-node supports. */
function paddingOf({ pad: given, dataFormat = 'NHWC' }: PaddedAttrs): Padding | undefined {
  if (typeof given === 'string') return undefined;
  if (Array.isArray(given)) return given;
  const side: [number, number] = [given, given];
  return dataFormat === 'NHWC' ? [[0, 0], side, side, [0, 0]] : [[0, 0], [0, 0], side, side];
}

/** Wraps tfjs-node's own kernel: pads the tensor called `padded`, then calls tfjs-node's without padding. */
function padFirst(
  kernelName: string,
  compute: (inputs: Inputs, attrs: PaddedAttrs, padding: Padding, own: Own) => Tensor,
): void {
  const own: Own = (inputs, attrs) =>
    engine().runKernel<Tensor>(kernelName, inputs, { ...attrs, pad: 'valid' } as unknown as NamedAttrMap);
  precedeKernel<TensorflowBackend, Inputs, PaddedAttrs>('tensorflow', kernelName, {
    takes: (_inputs, attrs) => paddingOf(attrs) !== undefined,
    run: (_backend, inputs, attrs) => tidy(() => compute(inputs, attrs, paddingOf(attrs)!, own)),
  });
}
type Own = (inputs: Inputs, attrs: PaddedAttrs) => Tensor;

/** The part of the padded tensor's gradient that belongs to the tensor. */
const inside = (gradient: Tensor, padding: Padding, shape: number[]): Tensor =>
  slice(
    gradient,
    padding.map(([before]) => before),
    shape,
  );

/**
 * PyTorch pads convolutions of stride 2 explicitly. tfjs-node 4.22 supports 'same' and 'valid', and explicit padding in
 * some kernels and spellings only: these kernels use a padded copy.
 */
export function replaceExplicitPadding(): void {
  for (const name of [
    Conv2D,
    FusedConv2D,
    DepthwiseConv2dNative,
    Conv2DBackpropFilter,
    DepthwiseConv2dNativeBackpropFilter,
  ])
    padFirst(name, (inputs, attrs, padding, own) => own({ ...inputs, x: pad(inputs['x']!, padding) }, attrs));
  for (const name of [Conv2DBackpropInput, DepthwiseConv2dNativeBackpropInput])
    padFirst(name, (inputs, attrs, padding, own) => {
      const shape = attrs.inputShape!;
      const inputShape = shape.map((size, axis) => size + padding[axis]![0] + padding[axis]![1]);
      return inside(own(inputs, { ...attrs, inputShape }), padding, shape);
    });
  padFirst(MaxPool, ({ x }, attrs, padding, own) => own({ x: pad(x!, padding, -Infinity) }, attrs));
  padFirst(MaxPoolGrad, ({ dy, input, output }, attrs, padding, own) => {
    const padded = pad(input!, padding, -Infinity);
    return inside(own({ dy: dy!, input: padded, output: output! }, attrs), padding, input!.shape);
  });
}
