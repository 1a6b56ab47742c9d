// A picture aligned to the reference of its product before it is judged.
import type { LoadedSample, ModelInput, RgbImage, Sample } from '@pyramid-mamba/data';
import { sha256Hex } from '@pyramid-mamba/data';
import { ownValue } from '@pyramid-mamba/metrics';
import type { Locating, LocatingReference } from '@pyramid-mamba/model';
import { find, greyOf, type Found } from './find.js';
import { framed, inWholePixels, type Placing } from './pose.js';
import { isBeyond, NOWHERE } from './reference.js';

/** The doubt about a picture whose part was not found, is farther away than is looked, or is not wholly in the picture. */
export const LOST =
  'the part was not found, or not the whole of it, where it is looked for: check its position, the camera and the light';
/** The share of a reference's edges that must be inside the picture. */
export const MOST_INSIDE = 0.95;

/** A picture whose part was looked for. */
export interface Located extends Placing {
  /** Aligned: the picture as it would be with the part where it is expected. */
  readonly image: RgbImage;
  /** The class whose reference it was aligned to; null where the model has none for it, and the picture is as it was. */
  readonly className: string | null;
  readonly agreement: number;
  /** Whether the part was found, the whole of it and within reach; else no OK can be trusted. */
  readonly found: boolean;
}

/**
 * Finds the part in a picture and aligns it.
 *
 * @param image at the size of the model's input
 * @param className the picture's product; undefined where it is not known: then the one counts whose reference agrees best, compared with its limit
 */
export function locate(image: RgbImage, locating: Locating, className?: string): Located {
  const { width, height } = image;
  const given = className === undefined ? undefined : ownValue(locating.references, className);
  const all: [string, LocatingReference][] =
    className === undefined ? Object.entries(locating.references) : given ? [[className, given]] : [];
  const grey = greyOf(image);
  let best: { name: string | null; found: Found; aspect: number; least: number } | undefined;
  for (const [name, reference] of all) {
    const { aspect, least } = reference;
    const found = find(grey, { ...reference, data: reference.grey }, locating);
    if (!best || found.agreement / least > best.found.agreement / best.least)
      best = { name, found, aspect, least };
  }
  const { name, found, aspect, least } = best ?? { name: null, found: NOWHERE, aspect: 1, least: 1 };
  const placing = inWholePixels({ pose: found.pose, aspect, width, height });
  return {
    ...placing,
    image: framed(image, placing.pose, aspect),
    className: name,
    agreement: found.agreement,
    found: found.agreement >= least && found.inside >= MOST_INSIDE && !isBeyond(found, locating),
  };
}

/** A sample whose picture says how it was aligned. */
export interface LocatedSample extends Sample {
  load(input: number | ModelInput): Promise<LoadedSample & { readonly located?: Omit<Located, 'image'> }>;
}

/** Samples of known classes whose pictures are aligned as they are loaded, with hashes of their own. Their masks stay as they are: good pictures have none. */
export const locatedSamples = (
  samples: readonly Sample[],
  locating: Locating | undefined,
): readonly LocatedSample[] => {
  if (!locating) return samples;
  const { references, ...how } = locating;
  // a picture may be of two classes, and its aligned pixels are then two: what its class is aligned to is a part of its hash, no other class is
  const places = new Map<string, Promise<string>>();
  const placeOf = (className: string): Promise<string> => {
    const known =
      places.get(className) ??
      sha256Hex(`located ${JSON.stringify({ ...how, reference: ownValue(references, className) })}`);
    places.set(className, known);
    return known;
  };
  return samples.map((sample) => {
    const ownHash = async (hash: string) => sha256Hex(`${hash} ${await placeOf(sample.className)}`);
    return {
      ...sample,
      async load(input) {
        const { hash, ...loaded } = await sample.load(input);
        const { image, ...located } = locate(loaded.image, locating, sample.className);
        return { ...loaded, image, located, ...(hash !== undefined && { hash: await ownHash(hash) }) };
      },
      hash: async () => ownHash(await sample.hash()),
    };
  });
};
