import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../../encoders/types.js';
import { NumericError } from '../../errors.js';
import { ownCells } from '../../inference/pictureMap.js';
import { tileOf } from '../../inference/tiles/tiles.js';
import type { FeatureSource, FitOptions } from '../types.js';
import type { PatchCoreConfig } from './config.js';
import { candidatesOf } from './coreset/candidates.js';
import { coresetCount, greedyCoreset } from './coreset/greedy.js';
import { randomProjection } from './coreset/projection.js';
import { Rows } from './coreset/rows.js';
import { startAnchors } from './coreset/starts.js';

/** Pictures whose patches are computed at once. */
const BATCH = 8;
/** Where the stages end, as shares of the work. */
const READ = 0.2;
const CHOSEN = 0.95;

/** The rows of a bank, one after the other, and of each the training picture that it comes from. */
export interface FittedBank {
  readonly rows: Float32Array;
  readonly pictures: Int32Array;
}

/**
 * The rows of the bank: reads every picture's patches, chooses the coreset, and reads the chosen patches again, because only
 * their projections are kept meanwhile: 4·projection bytes per candidate. Patches wholly in the border around a picture are none of it.
 * @param embed the patches (b·h·w, dims) of a batch
 */
export async function fitBank(
  config: PatchCoreConfig,
  dims: number,
  source: FeatureSource,
  embed: (features: Features) => tf.Tensor2D,
  { seed, onProgress = () => {}, stopped = () => false }: FitOptions,
): Promise<FittedBank> {
  if (source.count === 0) throw new RangeError('patchcore: there are no training pictures to fit.');
  const input = tileOf(config);
  const { share, rows: most = Infinity, start, projection, candidates } = config.coreset;
  const shorten = (share < 1 || most < Infinity) && projection !== null && projection < dims;
  const matrix = shorten ? randomProjection(dims, projection, seed) : undefined;
  const step = async (done: number, doing: string): Promise<void> => {
    if (stopped()) throw new DOMException('the fit was stopped', 'AbortError');
    await onProgress(done, doing);
  };
  try {
    const rows = new Rows(matrix ? projection! : dims);
    /** The picture and the patch of each row. */
    const origins: { picture: number; patch: number }[] = [];
    let patchesInAll = 0;
    await eachBatch(source, config.levels[0]!, embed, async (patches, pictures, grid) => {
      await step(
        (READ * pictures[0]!) / source.count,
        `reading picture ${pictures[0]! + 1} of ${source.count}`,
      );
      const perPicture = grid[0] * grid[1];
      const sizes = await source.sizes?.(pictures);
      const kept = pictures.flatMap((picture, i) => {
        const own = ownCells(grid, input, sizes?.[i] ?? input);
        patchesInAll += own.length;
        const among = { pictures: source.count, patches: own.length, most: candidates };
        return candidatesOf(picture, among, seed).map((chosen) => {
          const patch = own[chosen]!;
          origins.push({ picture, patch });
          return i * perPicture + patch;
        });
      });
      rows.append(await picked(patches, kept, matrix));
    });
    const count = Math.min(coresetCount(patchesInAll, share), most, rows.count);
    const choose = (): Promise<number[]> =>
      greedyCoreset(rows, count, startAnchors(rows, start, seed), (done, total) =>
        step(READ + ((CHOSEN - READ) * done) / total, `choosing patch ${done} of ${total} for the bank`),
      );
    const chosen = count < rows.count ? await choose() : Array.from({ length: count }, (_, i) => i);
    const pictures = Int32Array.from(chosen, (row) => origins[row]!.picture);
    if (!matrix) return { rows: gathered(rows, chosen), pictures };
    const again = await readAgain(
      chosen.map((row) => origins[row]!),
      dims,
      source,
      config.levels[0]!,
      embed,
      (picture) =>
        step(
          CHOSEN + ((1 - CHOSEN) * picture) / source.count,
          `storing picture ${picture + 1} of ${source.count}`,
        ),
    );
    return { rows: again, pictures };
  } finally {
    matrix?.dispose();
  }
}

/** Calls `each` with the patches of every batch of pictures, which it may read until it resolves; their grid is that of `level`. */
export async function eachBatch(
  source: FeatureSource,
  level: number,
  embed: (features: Features) => tf.Tensor2D,
  each: (
    patches: tf.Tensor2D,
    pictures: readonly number[],
    grid: readonly [height: number, width: number],
  ) => Promise<void>,
): Promise<void> {
  for (let first = 0; first < source.count; first += BATCH) {
    const pictures = Array.from({ length: Math.min(BATCH, source.count - first) }, (_, i) => first + i);
    const features = await source.batch(pictures);
    const [, height, width] = features[level]!.shape;
    const patches = tf.tidy(() => embed(features));
    tf.dispose(features);
    try {
      await each(patches, pictures, [height, width]);
    } finally {
      patches.dispose();
    }
  }
}

/** Some rows of the patches, projected. Throws a NumericError where a number is not finite. */
async function picked(
  patches: tf.Tensor2D,
  kept: readonly number[],
  matrix: tf.Tensor2D | undefined,
): Promise<Float32Array> {
  const part = tf.tidy(() => {
    const some =
      kept.length === patches.shape[0] ? patches : tf.gather(patches, tf.tensor1d([...kept], 'int32'));
    return matrix ? tf.matMul(some, matrix) : tf.clone(some);
  });
  const data = Float32Array.from(await part.data());
  part.dispose();
  if (!data.every(Number.isFinite))
    throw new NumericError('the encoder computed features that are not finite, so they cannot be kept');
  return data;
}

function gathered(rows: Rows, chosen: readonly number[]): Float32Array {
  const bank = new Float32Array(chosen.length * rows.dims);
  chosen.forEach((row, i) => rows.copy(row, bank, i * rows.dims));
  return bank;
}

/** The patches at the given places, in that order. */
async function readAgain(
  places: readonly { picture: number; patch: number }[],
  dims: number,
  source: FeatureSource,
  level: number,
  embed: (features: Features) => tf.Tensor2D,
  onPicture: (picture: number) => Promise<void>,
): Promise<Float32Array> {
  const bank = new Float32Array(places.length * dims);
  const wanted = new Map<number, { row: number; patch: number }[]>();
  places.forEach(({ picture, patch }, row) => {
    const of = wanted.get(picture) ?? [];
    wanted.set(picture, of);
    of.push({ row, patch });
  });
  // the same batches as before: on some backends a row's rounding depends on its batch
  await eachBatch(source, level, embed, async (patches, pictures, [height, width]) => {
    await onPicture(pictures[0]!);
    const perPicture = height * width;
    const data = await patches.data<'float32'>();
    for (const [i, picture] of pictures.entries())
      for (const { row, patch } of wanted.get(picture) ?? []) {
        const at = (i * perPicture + patch) * dims;
        bank.set(data.subarray(at, at + dims), row * dims);
      }
  });
  return bank;
}
