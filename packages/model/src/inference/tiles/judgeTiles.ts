import * as tf from '@tensorflow/tfjs-core';
import { NumericError } from '../../errors.js';
import { imageTensor, type InputPicture } from '../../files/features/stored.js';
import { methodOf } from '../../methods/registry.js';
import type { Detector } from '../../methods/types.js';
import { BlendedLevels } from './blended.js';
import { meanFeature } from '../classChoice.js';
import { inputOf, type Rect } from '../input.js';
import { measured, type Judged } from '../judge.js';
import type { LevelMap } from '../levels.js';
import { pictureMap } from '../pictureMap.js';
import { requireSoundJudgement } from '../sound.js';
import { tileUnit } from './tileUnit.js';
import { featuredTiles, tileOf, tileRects } from './tiles.js';

/** Tiles in the network at once. */
const TOGETHER = 4;

/**
 * Judges one picture by the tiles of its model (`InputConfig.tiles`): the network sees a few at a time, and of each only its small maps
 * are kept, blended (`BlendedLevels`). Map, score and levels are of the whole input, as of a network that sees it at once.
 *
 * @param cut a tile's pixels, ImageNet-normalised; asked for each tile once, in the order of `tileRects`
 * @param leftOut the training tiles that do not count, see `Detector.levelsWithout`
 * @throws NumericError as `judge`, and where the network computes zeros for a tile that is not of one colour
 */
export async function judgeTiles(
  model: Detector,
  cut: (tile: Rect) => InputPicture,
  leftOut?: readonly number[],
): Promise<Judged> {
  const { config } = model;
  const method = methodOf(model);
  const input = inputOf(config);
  const tile = tileOf(config);
  const rects = tileRects(config, tileUnit(config));
  const featured = new Set(featuredTiles(rects.length));
  const blended = new BlendedLevels(input, tile);
  const features: Float32Array[] = [];
  for (let first = 0; first < rects.length; first += TOGETHER) {
    const part = rects.slice(first, first + TOGETHER);
    const pictures = part.map(cut);
    const images = imageTensor(pictures, tile);
    try {
      const found = await measured(model, images, leftOut && part.map(() => leftOut));
      for (const [i, levels] of found.levels.entries()) {
        requireSoundTile(levels, pictures[i]!);
        blended.add(levels, part[i]!);
        if (featured.has(first + i)) features.push(found.prototypes[i]!);
      }
    } finally {
      tf.dispose(images);
    }
  }
  const levels = blended.result();
  const { map, score } = pictureMap(method, levels, input, input, config.map);
  const { height, width } = input;
  const judged = { levels, map, score, height, width, feature: Float32Array.from(meanFeature(features)) };
  requireSoundJudgement(judged, method.roundsByShare);
  return judged;
}

/** Zeros may be the answer of a failed device, and mean OK. A tile of one colour is like another of it: there they may be true. */
function requireSoundTile(levels: readonly LevelMap[], { data }: InputPicture): void {
  // sums keep what is not finite, and are found by `requireSoundJudgement`
  if (!levels.some((level) => level.data.every((value) => value === 0))) return;
  if (data.every((value, i) => value === data[i % 3])) return;
  throw new NumericError('the network computed zeros for a part of the picture, so there is no verdict');
}
