import type { EncoderContract } from '../types.js';
import type { ResnetConfig } from './config.js';

/** A convolution of the encoder: its name, its BatchNorm's name in torchvision's checkpoints, and its shape (out, in, h, w). */
export interface ResnetConv {
  readonly name: string;
  readonly norm: string;
  readonly shape: readonly [number, number, number, number];
}

/** Residual blocks of layer1, layer2, layer3; the paper does not use layer4. */
export const BLOCKS: Readonly<Record<ResnetConfig['arch'], readonly [number, number, number]>> = {
  resnet18: [2, 2, 2],
  resnet34: [3, 4, 6],
};

/** Channels of the three features. */
export function resnetChannels({ width }: ResnetConfig): [number, number, number] {
  return [width, 2 * width, 4 * width];
}

/** Every convolution of the encoder, in order. */
export function resnetConvs(config: ResnetConfig): ResnetConv[] {
  const channels = resnetChannels(config);
  const convs: ResnetConv[] = [{ name: 'conv1', norm: 'bn1', shape: [config.width, 3, 7, 7] }];
  BLOCKS[config.arch].forEach((blocks, layer) => {
    const c = channels[layer]!;
    for (let i = 0; i < blocks; i++) {
      const block = `layer${layer + 1}.${i}`;
      const inputs = i > 0 || layer === 0 ? c : channels[layer - 1]!;
      convs.push({ name: `${block}.conv1`, norm: `${block}.bn1`, shape: [c, inputs, 3, 3] });
      convs.push({ name: `${block}.conv2`, norm: `${block}.bn2`, shape: [c, c, 3, 3] });
      if (inputs !== c)
        convs.push({
          name: `${block}.downsample.0`,
          norm: `${block}.downsample.1`,
          shape: [c, inputs, 1, 1],
        });
    }
  });
  return convs;
}

export const resnetContract = (config: ResnetConfig): EncoderContract => ({
  id: `${config.arch}, width ${config.width}`,
  channels: resnetChannels(config),
  strides: [4, 8, 16],
  inputMultiple: 16,
  preprocessing: { resize: 'bilinear-antialias', normalize: 'imagenet' },
});
