// Whether a product is photographed in any orientation: then what is least alike in a good picture has a nearer neighbour in rotated and
// mirrored copies of the others than in the others as they were taken.
import { seededRandom, shuffle, type Dataset } from '@pyramid-mamba/data';
import * as tf from '@tensorflow/tfjs-core';
import { Judging } from '../../threads/judging.js';
import type { Io } from '../../terminal/io.js';
import { Progress } from '../../terminal/progress.js';
import { bankSession, fitBank } from './fitBank.js';
import { prepare, type Sources, type TrainRequest } from '../prepare.js';

/** Pictures of a class that are compared: each of them is encoded in eight orientations. */
const COMPARED = 10;
/** Fewer pictures have hardly any neighbours. */
const LEAST = 4;
/** More pictures show a product's orientations themselves, and eight times as many would push those of other classes out of the bank. */
const MOST = 60;

/** Copies are tried for classes in which the largest distance of a good picture falls by at least this share: docs/methods/patchcore.md. */
export const LEAST_GAIN = 0.05;

/**
 * For each class by what share the largest distance of a good picture's patches to the patches of the others falls, where these are also
 * shown rotated and mirrored; the median over up to ten pictures. Classes of fewer than four pictures have
 * none, and neither have those of more than sixty.
 *
 * @param bank the request of the memory bank
 */
export async function orientationGains(
  bank: TrainRequest,
  sources: Sources,
  io: Io,
): Promise<Record<string, number>> {
  const { dataset } = bank;
  // a class may be called `__proto__`
  const gains = Object.create(null) as Record<string, number>;
  const progress = new Progress(io);
  try {
    for (const [done, name] of dataset.classes.entries()) {
      const own = dataset.train.filter(({ className }) => className === name);
      if (own.length < LEAST || own.length > MOST) continue;
      const { seed } = bank.settings.train;
      const train = shuffle([...own], seededRandom('orientation', seed, name)).slice(0, COMPARED);
      progress.update({
        done,
        total: dataset.classes.length,
        label: `does ${name} lie in any orientation?`,
      });
      gains[name] = await gainOf({ ...bank, dataset: { ...dataset, train } }, name, sources, io);
    }
    return gains;
  } finally {
    progress.clear();
  }
}

async function gainOf(
  request: TrainRequest & { dataset: Dataset },
  name: string,
  sources: Sources,
  io: Io,
): Promise<number> {
  const { settings } = request;
  const rotated: TrainRequest = {
    ...request,
    settings: { ...settings, train: { ...settings.train, augmentRotations: [name] } },
  };
  const prepared = await prepare(rotated, sources);
  const { samples, ways } = prepared.pictures;
  const session = bankSession(prepared);
  const judging = new Judging(io, prepared.backend, request.judges);
  try {
    const features = await fitBank(session, { request: rotated, prepared }, io, judging);
    const { detector } = session;
    const distance = async (picture: number, leftOut: readonly number[]): Promise<number> => {
      const batch = await features.batch([picture]);
      try {
        const [levels] = await detector.levelsWithout!(batch, [leftOut]);
        return levels![0]!.data.reduce((most, value) => Math.max(most, value), 0);
      } finally {
        tf.dispose(batch);
      }
    };
    const copies = samples.map((_, i) => i).slice(ways.length);
    const shares: number[] = [];
    for (const [picture, own] of ways.entries()) {
      const asTaken = await distance(picture, [picture, ...copies]);
      if (asTaken > 0) shares.push(1 - (await distance(picture, own)) / asTaken);
    }
    return shares.sort((a, b) => a - b)[shares.length >> 1] ?? 0;
  } finally {
    await judging.stop();
    session.dispose();
  }
}
