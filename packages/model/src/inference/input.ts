// The input of a model: the pixels that its network sees of a picture, and where in them the picture is.
import { z } from 'zod';

/** `stretch`: a picture is resized to the input's sides. `pad`: it keeps its aspect, is as large as the input allows, and a border fills the rest. */
export type Fit = 'stretch' | 'pad';

export interface ModelInput {
  readonly height: number;
  readonly width: number;
  readonly fit: Fit;
}

/** Height and width of a picture or a map, in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/** A rectangle of the input in whole pixels, its top left corner (0, 0). */
export interface Rect extends Size {
  readonly left: number;
  readonly top: number;
}

const side = z.number().int().positive();

/** The keys of a configuration that say its input; read them with `inputOf`, check them with `checkInput`. */
export const inputShape = {
  /** Side of a square input in pixels; `input` is absent then. */
  inputSize: side.optional(),
  /** Height and width of the input in pixels; `inputSize` is absent then. */
  input: z.tuple([side, side]).optional(),
  /** Absent means `stretch`, as in the paper. */
  fit: z.enum(['stretch', 'pad']).optional(),
};

export interface InputConfig {
  readonly inputSize?: number | undefined;
  readonly input?: readonly [height: number, width: number] | undefined;
  readonly fit?: Fit | undefined;
}

/** The input of a configuration. Throws a RangeError for one without sides, which no schema accepts. */
export function inputOf({ inputSize, input, fit = 'stretch' }: InputConfig): ModelInput {
  const sides = input ?? (inputSize === undefined ? undefined : ([inputSize, inputSize] as const));
  if (!sides) throw new RangeError('the configuration has neither inputSize nor input');
  return { height: sides[0], width: sides[1], fit };
}

/** The configuration with another input; a square one that pictures are stretched to is `inputSize` alone, as in files of version 1. */
export function withInput<C extends InputConfig>(config: C, { height, width, fit }: ModelInput): C {
  const { inputSize: _size, input: _input, fit: _fit, ...rest } = config;
  return {
    ...(height === width ? { inputSize: height } : { input: [height, width] }),
    ...(fit === 'pad' && { fit }),
    ...rest,
  } as unknown as C;
}

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
}

/** For people: `256×512 pixels (height × width), aspect kept`. */
export function describeInput({ height, width, fit }: ModelInput): string {
  const sides = `${height}×${width} pixels${height === width ? '' : ' (height × width)'}`;
  return fit === 'pad' ? `${sides}, aspect kept` : sides;
}

/** For lines: `256 px`, `256×512 px, aspect kept`. */
export function shortInput({ height, width, fit }: ModelInput): string {
  const sides = height === width ? `${height} px` : `${height}×${width} px`;
  return fit === 'pad' ? `${sides}, aspect kept` : sides;
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
  const { inputSize, input, fit } = withInput<InputConfig>(config, inputOf(config));
  return {
    ...(inputSize !== undefined && { inputSize }),
    ...(input !== undefined && { input: [...input] }),
    ...(fit === 'pad' && { fit }),
    resize: 'bilinear-antialias',
    normalize: 'imagenet',
    ...(fit === 'pad' && { border: 'centred, imagenet mean' }),
  };
}

/**
 * Where a picture of `picture`'s size is in the input: in the centre, half a pixel to the top left where it does not divide.
 * @throws RangeError for a picture larger than the input
 */
export function placed({ height, width }: Size, picture: Size): Rect {
  const [free, over] = [width - picture.width, height - picture.height];
  if (free < 0 || over < 0)
    throw new RangeError(
      `a picture of ${picture.height}×${picture.width} pixels (height × width) does not fit an input of ${height}×${width}; resize it first`,
    );
  return {
    left: Math.floor(free / 2),
    top: Math.floor(over / 2),
    height: picture.height,
    width: picture.width,
  };
}
