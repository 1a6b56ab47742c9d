import type { EncoderContract } from '../types.js';
import type { ResnetConfig } from './config.js';

/** A convolution of the encoder: its name, its BatchNorm's name in torchvision's checkpoints, its shape (out, in, h, w) and stride. */
export interface ResnetConv {
  readonly name: string;
  readonly norm: string;
  readonly shape: readonly [number, number, number, number];
  readonly stride: number;
}

/** A residual block: relu between its convolutions, and after the sum with the shortcut (the input itself if absent). */
export interface ResnetBlock {
  readonly convs: readonly ResnetConv[];
  readonly shortcut: ResnetConv | undefined;
}

interface Architecture {
  /** Residual blocks of layer1, layer2, layer3; layer4 is not used. */
  readonly blocks: readonly [number, number, number];
  /** The inner channels of a Bottleneck block as a multiple of the layer's planes; undefined for BasicBlocks. */
  readonly inner?: number;
}

export const ARCHITECTURES: Readonly<Record<ResnetConfig['arch'], Architecture>> = {
  resnet18: { blocks: [2, 2, 2] },
  resnet34: { blocks: [3, 4, 6] },
  resnet50: { blocks: [3, 4, 6], inner: 1 },
  wide_resnet50_2: { blocks: [3, 4, 6], inner: 2 },
};

/** Outputs of a Bottleneck block as a multiple of the layer's planes. */
const EXPANSION = 4;

/** Channels of the three features. */
export function resnetChannels({ arch, width }: ResnetConfig): [number, number, number] {
  const outputs = ARCHITECTURES[arch].inner === undefined ? width : EXPANSION * width;
  return [outputs, 2 * outputs, 4 * outputs];
}

/** The first convolution; maximum pooling by 2 follows. */
export const resnetStem = ({ width }: ResnetConfig): ResnetConv => ({
  name: 'conv1',
  norm: 'bn1',
  shape: [width, 3, 7, 7],
  stride: 2,
});

/** The residual blocks of layer1, layer2 and layer3. The first block of layer2 and layer3 halves the map: in its first 3×3 convolution. */
export function resnetLayers(config: ResnetConfig): ResnetBlock[][] {
  const { blocks, inner } = ARCHITECTURES[config.arch];
  const channels = resnetChannels(config);
  return blocks.map((count, layer) => {
    const outputs = channels[layer]!;
    const middle = inner === undefined ? outputs : (outputs / EXPANSION) * inner;
    return Array.from({ length: count }, (_, i) => {
      const name = `layer${layer + 1}.${i}`;
      const before = layer === 0 ? config.width : channels[layer - 1]!;
      const inputs = i > 0 ? outputs : before;
      const stride = layer > 0 && i === 0 ? 2 : 1;
      const conv = (n: number, shape: ResnetConv['shape'], step: number): ResnetConv => ({
        name: `${name}.conv${n}`,
        norm: `${name}.bn${n}`,
        shape,
        stride: step,
      });
      return {
        convs:
          inner === undefined
            ? [conv(1, [middle, inputs, 3, 3], stride), conv(2, [outputs, middle, 3, 3], 1)]
            : [
                conv(1, [middle, inputs, 1, 1], 1),
                conv(2, [middle, middle, 3, 3], stride),
                conv(3, [outputs, middle, 1, 1], 1),
              ],
        shortcut:
          inputs === outputs
            ? undefined
            : {
                name: `${name}.downsample.0`,
                norm: `${name}.downsample.1`,
                shape: [outputs, inputs, 1, 1] as const,
                stride,
              },
      };
    });
  });
}

/** Every convolution of the encoder, in order. */
export function resnetConvs(config: ResnetConfig): ResnetConv[] {
  const blocks = resnetLayers(config).flat();
  return [
    resnetStem(config),
    ...blocks.flatMap(({ convs, shortcut }) => (shortcut ? [...convs, shortcut] : convs)),
  ];
}

export const resnetContract = (config: ResnetConfig): EncoderContract => ({
  id: `${config.arch}, width ${config.width}`,
  channels: resnetChannels(config),
  strides: [4, 8, 16],
  inputMultiple: 16,
  preprocessing: { resize: 'bilinear-antialias', normalize: 'imagenet' },
});
