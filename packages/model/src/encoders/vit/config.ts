import { z } from 'zod';

const count = z.number().int().positive();

/**
 * How the trained position embedding is resized to another grid. All are bicubic; they differ by percents, so a checkpoint keeps its own:
 * `antialias`: Keys' a = −0.5, antialiased (DINOv2 with registers, timm); `offset`: a = −0.75 with the scale of (grid + 0.1) (facebookresearch's
 * DINO and DINOv2 without registers, Dinomaly); `plain`: a = −0.75 (Hugging Face's DINOv2 without registers, ViT).
 */
export const INTERPOLATIONS = ['antialias', 'offset', 'plain'] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

const shape = z.strictObject({
  family: z.literal('vit'),
  /** dinov2: with LayerScale; dinov2_reg: and with registers; vit: with neither (DINO, DeiT). */
  arch: z.enum(['dinov2', 'dinov2_reg', 'vit']),
  /** Side of a patch in pixels. */
  patch: count,
  /** Channels of a token. */
  width: count,
  /** Blocks. */
  depth: count,
  /** Of the attention; divides the width. */
  heads: count,
  /** Hidden values of a block's MLP. */
  hidden: count,
  /** Tokens beside class and patches, without a position; 0 but for dinov2_reg. */
  registers: z.number().int().min(0),
  /** Side of the grid of patches that the position embedding was trained on. */
  grid: count,
  interpolation: z.enum(INTERPOLATIONS),
  /** The features: of each level the first and the last block (from 0) whose outputs are averaged, before the final norm. */
  levels: z.array(z.tuple([z.number().int().min(0), z.number().int().min(0)])).min(1),
});

export const vitConfigSchema = shape.superRefine((config, context) => {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (config.width % config.heads !== 0)
    refuse('heads', `${config.heads} heads do not divide ${config.width}`);
  if ((config.arch === 'dinov2_reg') !== config.registers > 0)
    refuse('registers', `${config.arch} cannot have ${config.registers} registers`);
  for (const [first, last] of config.levels)
    if (first > last || last >= config.depth)
      refuse('levels', `the network has the blocks 0 to ${config.depth - 1}, not ${first} to ${last}`);
});

export type VitConfig = z.infer<typeof vitConfigSchema>;

/** Channels of a head, of every published network. */
const HEAD = 64;

/** Heads of a published network of this width; one where the width is none of theirs. */
export const headsOf = (width: number): number => (width % HEAD === 0 ? width / HEAD : 1);

/** Two groups of blocks in the middle, of a third of the depth each: blocks 2 to 5 and 6 to 9 of twelve, as in Dinomaly. */
export function middleLevels(depth: number): [number, number][] {
  const size = Math.max(1, Math.floor(depth / 3));
  const first = Math.floor(depth / 6);
  const second = Math.min(depth - 1, first + size);
  return [
    [first, Math.max(first, second - 1)],
    [second, Math.min(depth - 1, second + size - 1)],
  ];
}
