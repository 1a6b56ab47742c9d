import { z } from 'zod';

export const resnetConfigSchema = z.strictObject({
  /** Absent in files of version 1. */
  family: z.literal('resnet').optional(),
  /** Which residual network of torchvision's family. */
  arch: z.enum(['resnet18', 'resnet34', 'resnet50', 'wide_resnet50_2']),
  /**
   * Channels of the first convolution, 64 in the published networks. The three features have width, 2·width and 4·width channels, four
   * times as many in networks of Bottleneck blocks (resnet50, wide_resnet50_2).
   */
  width: z.number().int().positive(),
});

export type ResnetConfig = z.infer<typeof resnetConfigSchema>;
