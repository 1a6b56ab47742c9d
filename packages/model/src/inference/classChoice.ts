import * as tf from '@tensorflow/tfjs-core';
import { coarsestMean } from '../encoders/prototype.js';
import type { Features } from '../encoders/types.js';
import { featureDistance, recognitionOf, type Recognition } from './recognition.js';

/** A class's prototype: the mean of its pictures' features. Throws a RangeError without features. */
export function meanFeature(features: readonly ArrayLike<number>[]): number[] {
  if (features.length === 0) throw new RangeError('meanFeature: no features');
  return Array.from(features[0]!, (_, c) => features.reduce((sum, f) => sum + f[c]!, 0) / features.length);
}

/** Maximum number of pictures for a class's prototype. */
const PROTOTYPE_PICTURES = 64;

/** At most `most` of a list, evenly chosen: the first pictures of a folder may all be of one morning's light. */
const evenly = <T>(list: readonly T[], most: number): T[] =>
  Array.from({ length: Math.min(most, list.length) }, (_, i) =>
    Math.floor((i * list.length) / Math.min(most, list.length)),
  ).map((i) => list[i]!);

/** What the classes of pictures are recognised by. */
export interface ClassFeatures {
  prototypes: Record<string, number[]>;
  /** Without the classes of a single picture. */
  recognition: Record<string, Recognition>;
}

/**
 * The prototype of each class, and the distances of its training pictures to it.
 * @param classOf the class of each training picture; `batch` returns the features of pictures by index; this function disposes them;
 * `prototypeOf` is the encoder's `prototype`
 * @param partsOf indices for `batch` whose mean feature is a picture's: of the tiles by which it is recognised; by default the picture's own index
 */
export async function classPrototypes(
  classes: readonly string[],
  classOf: readonly string[],
  batch: (indices: readonly number[]) => Promise<Features>,
  prototypeOf: (features: Features) => Promise<Float32Array[]> = coarsestMean,
  partsOf: (picture: number) => readonly number[] = (picture) => [picture],
): Promise<ClassFeatures> {
  // a class may be called `constructor` or `__proto__`
  const prototypes = Object.create(null) as Record<string, number[]>;
  const recognition = Object.create(null) as Record<string, Recognition>;
  const byClass = new Map<string, number[]>(classes.map((name) => [name, []]));
  classOf.forEach((name, i) => byClass.get(name)?.push(i));
  for (const [name, own] of byClass) {
    const means: ArrayLike<number>[] = [];
    for (const picture of evenly(own, PROTOTYPE_PICTURES)) {
      const parts: Float32Array[] = [];
      for (const index of partsOf(picture)) {
        const features = await batch([index]);
        parts.push(...(await prototypeOf(features)));
        tf.dispose(features);
      }
      means.push(parts.length === 1 ? parts[0]! : meanFeature(parts));
    }
    if (means.length === 0) continue;
    const mean = meanFeature(means);
    const spread = recognitionOf(means, mean);
    prototypes[name] = mean;
    if (spread) recognition[name] = spread;
  }
  return { prototypes, recognition };
}

/**
 * The class whose prototype is nearest to a picture's feature, by Euclidean distance, or undefined if no prototype has its
 * length.
 */
export function nearestClass(
  prototypes: Readonly<Record<string, readonly number[]>>,
  feature: ArrayLike<number>,
): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const [name, prototype] of Object.entries(prototypes)) {
    if (prototype.length !== feature.length) continue;
    const distance = featureDistance(prototype, feature);
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}
