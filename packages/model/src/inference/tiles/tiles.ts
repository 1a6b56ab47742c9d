// Where the tiles of an input are. On the host, without TensorFlow.js.
import { inputOf, type InputConfig, type ModelInput, type Rect } from '../input.js';

/** The most tiles of an input: a picture of 4096×4096 pixels has 441 of 256×256 with an overlap of 64. */
export const MOST_TILES = 4096;
/** Tiles of which a picture's feature is the mean. */
const FEATURED = 16;

/** What the network sees at once: a tile, or the whole input of a configuration without tiles. */
export function tileOf(config: InputConfig): ModelInput {
  const { tiles } = config;
  if (!tiles) return inputOf(config);
  return { height: tiles.size[0], width: tiles.size[1], fit: 'stretch' };
}

/** Why the tiles of a configuration do not fit its input, a clause; undefined where they do, and where there are none. */
export function tilesFault(config: InputConfig, multiple: number): string | undefined {
  const { tiles } = config;
  if (!tiles) return undefined;
  const { height, width, fit } = inputOf(config);
  const [rows, columns] = tiles.size;
  const { overlap } = tiles;
  const sides = `${rows}×${columns}`;
  if (fit === 'pad')
    return 'tiles cover the whole input, so pictures fill it: omit the fit "pad", and give the input the aspect of the pictures';
  if (rows % multiple !== 0 || columns % multiple !== 0)
    return `height and width of a tile must be multiples of ${multiple}, got ${sides}`;
  if (rows > height || columns > width || (rows === height && columns === width))
    return `expected tiles that are smaller than the input, ${height}×${width} pixels (height × width), got ${sides}`;
  if (overlap % multiple !== 0 || 2 * overlap > Math.min(rows, columns))
    return `expected an overlap that is a multiple of ${multiple} and at most half of a tile's side, got ${overlap} for ${sides}`;
  const count =
    starts(height, rows, overlap, multiple).length * starts(width, columns, overlap, multiple).length;
  if (count > MOST_TILES)
    return `the input of ${height}×${width} pixels has ${count} tiles of ${sides}, and at most ${MOST_TILES} are judged: choose larger tiles or a smaller input`;
  return undefined;
}

/**
 * Where tiles of `tile` pixels begin along a side of `length` pixels: as few as overlap by at least `overlap`, evenly, at multiples of `multiple`, from one end to the
 * other. `length`, `tile` and `overlap` are multiples of it.
 */
function starts(length: number, tile: number, overlap: number, multiple: number): number[] {
  const free = (length - tile) / multiple;
  if (free === 0) return [0];
  const steps = Math.ceil(free / ((tile - overlap) / multiple));
  return Array.from({ length: steps + 1 }, (_, i) => Math.floor((i * free) / steps) * multiple);
}

/**
 * The tiles of a configuration's input, row by row: together they cover it, neighbours share at least the overlap. One of the whole input
 * without tiles.
 *
 * @param multiple `tileUnit`: tiles begin at multiples of it, so that the cells of their features lie on one grid
 */
export function tileRects(config: InputConfig, multiple: number): Rect[] {
  const input = inputOf(config);
  const { height, width } = tileOf(config);
  const overlap = config.tiles?.overlap ?? 0;
  return starts(input.height, height, overlap, multiple).flatMap((top) =>
    starts(input.width, width, overlap, multiple).map((left) => ({ left, top, height, width })),
  );
}

/** Indices of the tiles, of `count`, by which a picture is recognised: evenly chosen, since a mean of few is as good as that of all. */
export const featuredTiles = (count: number): number[] =>
  Array.from({ length: Math.min(FEATURED, count) }, (_, i) =>
    Math.floor(((i + 0.5) * count) / Math.min(FEATURED, count)),
  );

/** For people: `tiles of 256 px, overlap 64, 35 a picture`. Empty without tiles. */
export function describeTiles(config: InputConfig, multiple: number): string {
  const { tiles } = config;
  if (!tiles) return '';
  const [rows, columns] = tiles.size;
  const sides = rows === columns ? `${rows}` : `${rows}×${columns}`;
  return `${tileRects(config, multiple).length} tiles of ${sides} px, overlap ${tiles.overlap}`;
}
