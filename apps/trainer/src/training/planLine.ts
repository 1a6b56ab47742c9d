import { picturesInTest, tileCount, tiledBytes, withChosenPatches } from '@pyramid-mamba/inspect';
import {
  createEncoder,
  describeTiles,
  featureLength,
  featureShapes,
  tileOf,
  tileUnit,
} from '@pyramid-mamba/model';
import { duration } from '@pyramid-mamba/runs';
import * as tf from '@tensorflow/tfjs-core';
import { withOneThread } from '../backend.js';
import { plural } from '../text/plural.js';
import { judgesFor } from '../threads/count.js';
import type { Sources, TrainRequest } from './prepare.js';

/** Seconds until the first picture: threads start, files are read. */
const START = 5;
/** A picture that is judged by the bank takes so many times as long as one that is encoded (ResNet18, 256×256, 8192 rows, wasm: 2 to 2.5). */
const JUDGED = 2.5;

/**
 * What a training in stages is going to do, and how long the memory bank takes, from the time in which the encoder takes one picture on this
 * machine as it is now.
 *
 * @param network the second stage's method, and the seconds given to it; null without it
 * @param choosing whether a bank of chosen patches is still to be tried, where the pictures have enough of them
 */
export async function planLine(
  request: Pick<TrainRequest, 'dataset' | 'settings' | 'judges'>,
  sources: Sources,
  network: { readonly title: string; readonly seconds: number } | null,
  choosing = false,
): Promise<string> {
  const { train } = request.dataset;
  const judged = picturesInTest(train);
  const { model } = request.settings;
  const tiles = tileCount(model);
  const threads = judgesFor({
    asked: request.judges,
    backend: sources.backend,
    pictures: tiles * judged,
    input: tileOf(model),
    modelBytes: 0,
    waitingBytes: tiledBytes(model),
  });
  const one = tiles * (await withOneThread(() => encodingTime(request.settings.model, sources)));
  const expected = START + (one * (train.length + JUDGED * judged)) / threads;
  const bank = `a memory bank of ${plural(train.length, 'good picture')}, a model to use in about ${inMinutes(expected)}`;
  const chosen =
    choosing && withChosenPatches(model, train.length)
      ? 'then one of chosen patches, where it tests no worse; '
      : '';
  return network === null
    ? `plan: ${bank}`
    : `plan: first ${bank}; ${chosen}then ${network.title} for ${duration(network.seconds, 'spelt')}; it, or both together, takes the bank's place only if it tests better`;
}

/** What tiles cost a training, a line; undefined without tiles. */
export function tilesLine(
  { dataset, settings: { model } }: Pick<TrainRequest, 'dataset' | 'settings'>,
  { encoder }: Pick<Sources, 'encoder'>,
): string | undefined {
  if (!model.tiles) return undefined;
  const count = tileCount(model) * dataset.train.length;
  const own = createEncoder(encoder.config, encoder.weights);
  // half floats
  const each = 2 * featureLength(featureShapes(own, tileOf(model)));
  own.dispose();
  return (
    `tiles: ${describeTiles(model, tileUnit(model))}; ${count} to learn from, which need ${inBytes(count * each)} in the cache ` +
    `of features; a picture takes about ${inBytes(tiledBytes(model))} of memory while it is judged`
  );
}

/** `850 MB`, `5.3 GB`. */
export const inBytes = (bytes: number): string =>
  bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;

const inMinutes = (seconds: number): string => plural(Math.max(1, Math.round(seconds / 60)), 'minute');

/** Seconds in which the encoder takes one picture, the first one aside, which is slower. */
async function encodingTime(
  model: TrainRequest['settings']['model'],
  { encoder: { config, weights } }: Sources,
): Promise<number> {
  const { height, width } = tileOf(model);
  const encoder = createEncoder(config, weights);
  const picture = tf.zeros([1, height, width, 3]) as tf.Tensor4D;
  try {
    let seconds = 0;
    for (let i = 0; i < 2; i++) {
      const begun = performance.now();
      const features = encoder.encode(picture);
      await features.at(-1)!.data();
      tf.dispose(features);
      seconds = (performance.now() - begun) / 1000;
    }
    return seconds;
  } finally {
    picture.dispose();
    encoder.dispose();
  }
}
