// The input of a model: the pixels that its network sees of a picture, and where in them the picture is. Without schemas, so that a page
// that only shows maps does not load them.

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

/** The parts of the input that the network sees one at a time, see `tileRects`. */
export interface Tiles {
  /** Height and width of a tile in pixels: the network's own input. */
  readonly size: readonly [height: number, width: number];
  /** Pixels that neighbouring tiles share at least, in both directions. */
  readonly overlap: number;
}

/** The keys of a configuration that say its input; read them with `inputOf`. */
export interface InputConfig {
  readonly inputSize?: number | undefined;
  readonly input?: readonly [height: number, width: number] | undefined;
  readonly fit?: Fit | undefined;
  /** Absent where the network sees the whole input at once. */
  readonly tiles?: Tiles | undefined;
}

/** The input of a configuration: the pixels that are judged of a picture, in one piece or in tiles (`tileOf`). Throws a RangeError for one without sides, which no schema accepts. */
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
