import { normalizedPicture } from '@pyramid-mamba/data';
import { imageTensor, inputOf, tileOf, tileRects, tileUnit, type DetectorConfig } from '@pyramid-mamba/model';
import * as tf from '@tensorflow/tfjs-core';
import type { Model } from '../types.js';

/** Bytes for a pixel of the input while a picture is judged: it, its map, and the maps that are smoothed, in float64. */
const BYTES_PER_PIXEL = 60;

/** Tiles of a picture: 1 without tiles. */
export const tileCount = (config: DetectorConfig): number => tileRects(config, tileUnit(config)).length;

/** Bytes that a picture takes while it is judged, beyond what one tile takes in the network; 0 without tiles. */
export function tiledBytes(config: DetectorConfig): number {
  const { width, height } = inputOf(config);
  return config.tiles ? BYTES_PER_PIXEL * width * height : 0;
}

/** What a picture costs a model with tiles. */
export interface TilesCost {
  readonly tiles: number;
  /** To judge a picture in one thread, on this machine as it is now. */
  readonly seconds: number;
  /** Memory of a picture while it is judged, without the model. */
  readonly bytes: number;
}

/** The cost of a picture by the time of one tile, the first one aside, which is slower. undefined for a model without tiles. */
export async function tilesCost(model: Model): Promise<TilesCost | undefined> {
  const { config } = model;
  if (!config.tiles) return undefined;
  const tile = tileOf(config);
  const length = 3 * tile.width * tile.height;
  const data = Uint8Array.from({ length }, (_, i) => 64 + ((i * 37) % 128));
  const images = imageTensor([normalizedPicture({ ...tile, data })], tile);
  let seconds = 0;
  try {
    for (let i = 0; i < 2; i++) {
      const begun = performance.now();
      const features = model.encode(images);
      await model.levels(features);
      tf.dispose(features);
      seconds = (performance.now() - begun) / 1000;
    }
  } finally {
    images.dispose();
  }
  const tiles = tileCount(config);
  return { tiles, seconds: tiles * seconds, bytes: tiledBytes(config) };
}
