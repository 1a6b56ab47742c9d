import { z } from 'zod';

export const resnetConfigSchema = z.strictObject({
  /** Absent in files of version 1. */
  family: z.literal('resnet').optional(),
  /** Which residual network of torchvision's family. */
  arch: z.enum(['resnet18', 'resnet34']),
  /** Channels of the first stage; the three features have width, 2·width and 4·width channels. 64 in the paper. */
  width: z.number().int().positive(),
});

export type ResnetConfig = z.infer<typeof resnetConfigSchema>;
