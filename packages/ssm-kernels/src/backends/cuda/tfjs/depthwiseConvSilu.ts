import {
  convolutionInfo,
  type CudaBackend,
  depthwise,
  depthwiseGradFilter,
  pixelsOf,
  PLAIN,
  sumColumns,
} from '@pyramid-mamba/tfjs-backend-cuda/extend';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../../kernels/table.js';

const SAME = { strides: 1, pad: 'same' } as const;

type Inputs = Readonly<Record<'x' | 'filter' | 'bias', TensorInfo>>;

function addressesOf(backend: CudaBackend, { x, filter, bias }: Inputs): Record<keyof Inputs, bigint> {
  return { x: backend.address(x), filter: backend.address(filter), bias: backend.address(bias) };
}

export const depthwiseConvSilu: Kernel<CudaBackend, 'depthwiseConvSilu'> = (backend, inputs) => {
  const { x, filter } = inputs;
  const info = convolutionInfo('depthwiseConvSilu', x.shape, filter.shape, SAME, [x, filter], true);
  const y = backend.output(x.shape);
  depthwise(backend, info, y, addressesOf(backend, inputs), { silu: true });
  return y;
};

export const depthwiseConvSiluGrad: Kernel<CudaBackend, 'depthwiseConvSiluGrad'> = (
  backend,
  { dy, ...inputs },
) => {
  const { x, filter, bias } = inputs;
  const info = convolutionInfo('depthwiseConvSiluGrad', x.shape, filter.shape, SAME, [x, filter], true);
  const addresses = addressesOf(backend, inputs);
  const [dx, dFilter, dBias] = [
    backend.output(x.shape),
    backend.output(filter.shape),
    backend.output(bias.shape),
  ];
  // the gradient of the convolution's output
  const da = backend.output(x.shape);
  depthwise(backend, info, da, { ...addresses, dy: backend.address(dy) });
  const at = backend.address(da);
  depthwise(backend, info, dx, { dy: at, filter: addresses.filter }, { ofInput: true });
  depthwiseGradFilter(backend, info, addresses.x, at, dFilter);
  const sums = { groups: 1, rows: pixelsOf(info), channels: info.outChannels };
  sumColumns(backend, PLAIN, { ...sums, first: backend.address(dBias) }, { x: at });
  backend.disposeData(da.dataId);
  return [dx, dFilter, dBias];
};
