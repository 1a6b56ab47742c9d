// A bank that learns from more pictures without growing: rows that say what others say too make room for patches that no row is like.
import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../../../encoders/types.js';
import { NumericError } from '../../../errors.js';
import { inputOf } from '../../../inference/input.js';
import { ownCells } from '../../../inference/pictureMap.js';
import type { ExtendOptions, FeatureSource } from '../../types.js';
import type { PatchCoreConfig } from '../config.js';
import { squaredDistance } from '../distance.js';
import { eachBatch } from '../fit.js';
import type { NeighbourSearch } from '../neighbours.js';
import { greedyCoreset } from './greedy.js';
import { Rows } from './rows.js';

/** Rows of the bank that are compared with all others at once. */
const COMPARED = 1024;
/** Where the stages end, as shares of the work. */
const READ = 0.5;
const COMPARED_ALL = 0.9;

/** The rows of a bank after an exchange; of each the index of the picture that it comes from, −1 for a row from before. */
export interface ExchangedRows {
  readonly rows: Float32Array;
  readonly pictures: Int32Array;
  readonly taken: number;
  /** See `Extended`. */
  readonly farther: number;
}

interface Bank {
  readonly search: NeighbourSearch;
  readonly config: PatchCoreConfig;
}

/**
 * Exchanges rows of a bank for patches of more pictures, as long as the covering gains by it: the patch that is farthest from bank and taken
 * patches (the greedy coreset, begun with the bank) for the row that is nearest to another one that stays. A row that another one was given
 * up for stays, so what was near the bank is now farther by at most the distance of the two.
 *
 * @param embed the patches (b·h·w, dims) of a batch
 * @throws NumericError where a feature is not finite, an AbortError where it is stopped; the bank is as before then
 */
export async function exchangedRows(
  { search, config }: Bank,
  source: FeatureSource,
  embed: (features: Features) => tf.Tensor2D,
  { share, onProgress = () => {}, stopped = () => false }: ExtendOptions,
): Promise<ExchangedRows> {
  const { bank, dims, rows: count } = search;
  const step = async (done: number, doing: string): Promise<void> => {
    if (stopped()) throw new DOMException('learning was stopped', 'AbortError');
    await onProgress(done, doing);
  };
  const { patches, pictures, distances } = await newPatches(search, config, source, embed, (picture) =>
    step((READ * picture) / source.count, `reading picture ${picture + 1} of ${source.count}`),
  );
  const order = await greedyCoreset(
    patches,
    Math.min(Math.ceil(share * count), count - 1),
    Float64Array.from(distances),
    () => step(READ, 'choosing new patches'),
  );
  const fromBank = chosenDistances(patches, order, distances);
  const spare = spareRows(
    await nearestOthers(search, (done) =>
      step(READ + ((COMPARED_ALL - READ) * done) / count, 'comparing the patches of the bank'),
    ),
  );
  let taken = 0;
  while (taken < Math.min(order.length, spare.length) && fromBank[taken]! > spare[taken]!.squared) taken++;
  const out = bank.slice();
  const origins = new Int32Array(count).fill(-1);
  for (let i = 0; i < taken; i++) {
    const { row } = spare[i]!;
    patches.copy(order[i]!, out, row * dims);
    origins[row] = pictures[order[i]!]!;
  }
  await step(1, 'exchanging patches');
  return {
    rows: out,
    pictures: origins,
    taken,
    farther: taken === 0 ? 0 : Math.sqrt(spare[taken - 1]!.squared),
  };
}

/** All patches of the pictures that do not lie in a border, of each its picture and its squared distance to the bank. */
async function newPatches(
  search: NeighbourSearch,
  config: PatchCoreConfig,
  source: FeatureSource,
  embed: (features: Features) => tf.Tensor2D,
  onPicture: (picture: number) => Promise<void>,
) {
  const input = inputOf(config);
  const patches = new Rows(search.dims);
  const pictures: number[] = [];
  const distances: number[] = [];
  await eachBatch(source, config.levels[0]!, embed, async (batch, indices, grid) => {
    await onPicture(indices[0]!);
    const perPicture = grid[0] * grid[1];
    const sizes = await source.sizes?.(indices);
    const data = await batch.data<'float32'>();
    const { squared } = await search.nearest(batch, 1);
    if (!squared.every(Number.isFinite))
      throw new NumericError('the encoder computed features that are not finite, so they cannot be kept');
    for (const [i, picture] of indices.entries()) {
      const cells = ownCells(grid, input, sizes?.[i] ?? input);
      const own = new Float32Array(cells.length * search.dims);
      for (const [n, cell] of cells.entries()) {
        const at = i * perPicture + cell;
        own.set(data.subarray(at * search.dims, (at + 1) * search.dims), n * search.dims);
        pictures.push(picture);
        distances.push(squared[at]!);
      }
      patches.append(own);
    }
  });
  return { patches, pictures, distances };
}

/** The squared distance of each chosen patch to the bank and to those chosen before it: as the greedy choice had it. */
function chosenDistances(
  patches: Rows,
  order: readonly number[],
  distances: readonly number[],
): Float64Array {
  return Float64Array.from(order, (index, i) => {
    const { part, at } = patches.place(index);
    let least = distances[index]!;
    for (let j = 0; j < i; j++) {
      const other = patches.place(order[j]!);
      least = Math.min(least, squaredDistance(part, at, other.part, other.at, patches.dims, least));
    }
    return least;
  });
}

interface Nearest {
  readonly row: number;
  readonly other: number;
  readonly squared: number;
}

/** For each row of the bank the nearest other one. */
async function nearestOthers(
  search: NeighbourSearch,
  onRow: (done: number) => Promise<void>,
): Promise<Nearest[]> {
  const { bank, dims, rows } = search;
  const found: Nearest[] = [];
  if (rows < 2) return found;
  for (let first = 0; first < rows; first += COMPARED) {
    await onRow(first);
    const count = Math.min(COMPARED, rows - first);
    const queries = tf.tensor2d(bank.slice(first * dims, (first + count) * dims), [count, dims]);
    try {
      const { k, indices, squared } = await search.nearest(queries, 2);
      for (let i = 0; i < count; i++) {
        // of equal rows another one may come before the row itself
        const own = indices[i * k] === first + i ? 1 : 0;
        found.push({ row: first + i, other: indices[i * k + own]!, squared: squared[i * k + own]! });
      }
    } finally {
      queries.dispose();
    }
  }
  return found;
}

/** Rows that can be given up, the one that is missed least first: each is near another one that is never given up. */
function spareRows(all: readonly Nearest[]): Nearest[] {
  const needed = new Uint8Array(all.length);
  const gone = new Uint8Array(all.length);
  const ordered = [...all].sort((a, b) => a.squared - b.squared || a.row - b.row);
  return ordered.filter(({ row, other }) => {
    if (needed[row] === 1 || gone[other] === 1) return false;
    needed[other] = 1;
    gone[row] = 1;
    return true;
  });
}
