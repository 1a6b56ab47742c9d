import { z } from 'zod';
import { inputOf, withInput, type InputConfig } from './input.js';
import { tilesFault } from './tiles/tiles.js';

const side = z.number().int().positive();

/** The keys of a configuration that say its input; read them with `inputOf`, check them with `checkInput`. */
export const inputShape = {
  /** Side of a square input in pixels; `input` is absent then. */
  inputSize: side.optional(),
  /** Height and width of the input in pixels; `inputSize` is absent then. */
  input: z.tuple([side, side]).optional(),
  /** Absent means `stretch`, as in the paper. */
  fit: z.enum(['stretch', 'pad']).optional(),
  /** Absent means that the network sees the whole input at once. */
  tiles: z
    .strictObject({
      /** Height and width of a tile in pixels. */
      size: z.tuple([side, side]),
      /** Pixels that neighbouring tiles share at least. */
      overlap: z.number().int().min(0),
    })
    .optional(),
};

/** For a schema's `superRefine`: exactly one of `inputSize` and `input`, its sides multiples of `multiple`. */
export function checkInput(config: InputConfig, multiple: number, context: z.RefinementCtx): void {
  const { inputSize, input } = config;
  const refuse = (key: keyof InputConfig, message: string) =>
    context.addIssue({ code: 'custom', path: [key], message });
  if (inputSize !== undefined && input !== undefined)
    return refuse('input', 'inputSize and input are both given; omit one of them');
  if (inputSize === undefined && input === undefined)
    return refuse('inputSize', 'expected a side in pixels, or input: [height, width]');
  if (inputSize !== undefined && inputSize % multiple !== 0)
    refuse('inputSize', `the input size must be a multiple of ${multiple}`);
  if (input?.some((one) => one % multiple !== 0))
    refuse('input', `height and width must be multiples of ${multiple}, got ${input.join(' and ')}`);
  const fault = tilesFault(config, multiple);
  if (fault !== undefined) context.addIssue({ code: 'custom', path: ['tiles'], message: fault });
}

/** What a model file says about the way from a picture to the input: all of it. */
export const preprocessingSchema = z
  .strictObject({
    ...inputShape,
    resize: z.literal('bilinear-antialias'),
    normalize: z.literal('imagenet'),
    /** Of `pad` alone: the picture is in the centre, see `placed`, and the border has ImageNet's mean, 0 once normalised. */
    border: z.literal('centred, imagenet mean').optional(),
  })
  .superRefine((preprocessing, context) => {
    checkInput(preprocessing, 1, context);
    if ((preprocessing.fit === 'pad') !== (preprocessing.border !== undefined))
      context.addIssue({ code: 'custom', path: ['border'], message: 'a border belongs to fit "pad" alone' });
  });

export type PreprocessingInfo = z.infer<typeof preprocessingSchema>;

/** The preprocessing of a model's pictures, for its file. */
export function preprocessingOf(config: InputConfig): PreprocessingInfo {
  const { inputSize, input, fit, tiles } = withInput<InputConfig>(config, inputOf(config));
  return {
    ...(inputSize !== undefined && { inputSize }),
    ...(input !== undefined && { input: [...input] }),
    ...(fit === 'pad' && { fit }),
    ...(tiles && { tiles: { size: [...tiles.size], overlap: tiles.overlap } }),
    resize: 'bilinear-antialias',
    normalize: 'imagenet',
    ...(fit === 'pad' && { border: 'centred, imagenet mean' }),
  };
}
