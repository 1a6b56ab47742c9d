import {
  crop,
  modelInput,
  pictureWays,
  sha256Hex,
  type LoadedSample,
  type Sample,
} from '@pyramid-mamba/data';
import {
  featuredTiles,
  inputOf,
  tileOf,
  tileRects,
  tileUnit,
  type DetectorConfig,
} from '@pyramid-mamba/model';

/** Pictures whose pixels are kept while their tiles are read: the next one is decoded while the last tiles are encoded. */
const KEPT = 2;

/** What a network learns from training pictures: the pictures, or with tiles the tiles of all of them. */
export interface TrainingParts {
  /** Those of the pictures in order, then rotated and mirrored copies. */
  readonly samples: readonly Sample[];
  /** For each part of a picture: the indices in `samples` of all its copies, itself first. */
  readonly ways: readonly (readonly number[])[];
  /** For each picture: the indices in `samples` of all that shows it. A test of the picture leaves these out. */
  readonly ofPicture: readonly (readonly number[])[];
  /** For a picture the indices in `samples` of the parts by which it is recognised. */
  readonly partsOf: (picture: number) => readonly number[];
}

/**
 * The parts of training pictures for a configuration. A tile is loaded for the size of a tile, from its picture at the size of the input.
 *
 * @param rotated classes whose parts are also shown rotated and mirrored
 */
export function trainingParts(
  train: readonly Sample[],
  rotated: readonly string[],
  config: DetectorConfig,
): TrainingParts {
  if (!config.tiles) {
    const pictures = pictureWays(train, rotated);
    return { ...pictures, ofPicture: pictures.ways, partsOf: (picture) => [picture] };
  }
  const tiles = tileSamples(train, config);
  const each = tiles.length / Math.max(1, train.length);
  const { samples, ways } = pictureWays(tiles, rotated);
  const featured = featuredTiles(each);
  return {
    samples,
    ways,
    ofPicture: train.map((_, picture) => ways.slice(picture * each, (picture + 1) * each).flat()),
    partsOf: (picture) => featured.map((tile) => picture * each + tile),
  };
}

/** The tiles of all pictures, picture by picture. */
function tileSamples(train: readonly Sample[], config: DetectorConfig): Sample[] {
  const rects = tileRects(config, tileUnit(config));
  const input = inputOf(config);
  const size = tileOf(config);
  const kept = new Map<Sample, Promise<LoadedSample>>();
  const whole = (sample: Sample): Promise<LoadedSample> => {
    const found = kept.get(sample) ?? sample.load(input);
    kept.delete(sample);
    kept.set(sample, found);
    // a picture that cannot be read now may be readable at the next try
    found.catch(() => kept.delete(sample));
    for (const old of kept.keys()) {
      if (kept.size <= KEPT) break;
      kept.delete(old);
    }
    return found;
  };
  return train.flatMap((sample) => {
    let hash: Promise<string> | undefined;
    const { hash: _, pixelHash: _p, ...about } = sample;
    return rects.map((rect, n): Sample => {
      const place = `tile ${rect.left},${rect.top} ${rect.width}x${rect.height} of ${input.width}x${input.height}`;
      const ownHash = (of: string) => sha256Hex(`${of} ${place}`);
      return {
        ...about,
        id: `${sample.id} (tile ${n + 1})`,
        async load(asked) {
          const { width, height } = modelInput(asked);
          if (width !== size.width || height !== size.height)
            throw new RangeError(
              `${sample.id}: expected its tiles to be loaded at ${size.width}×${size.height} pixels, not ${width}×${height}`,
            );
          const { image, mask, hash: of } = await whole(sample);
          const part = { image: crop(image, rect), mask: crop(mask, rect) };
          return of === undefined ? part : { ...part, hash: await ownHash(of) };
        },
        hash: async () => ownHash(await (hash ??= sample.hash())),
      };
    });
  });
}
