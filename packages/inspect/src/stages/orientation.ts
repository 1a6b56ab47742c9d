// Whether a product is photographed in any orientation: then what is least alike in a good picture has a nearer neighbour in rotated and
// mirrored copies of the others than in the others as they were taken. What a surface adds is the bank that it fits, see `BankOf`.
import { seededRandom, shuffle, type PictureWays, type Sample, someOf } from '@pyramid-mamba/data';
import type {
  Detector,
  DetectorConfig,
  Exclusive,
  FeatureSource,
  ModelInfo,
  PatchCoreConfig,
  SelfTest,
} from '@pyramid-mamba/model';
import { groupedBy, ownValue } from '@pyramid-mamba/metrics';
import * as tf from '@tensorflow/tfjs-core';
import { findsMore } from '../takeOver.js';

/** Pictures of a class that are compared: each of them is encoded in eight orientations. */
const COMPARED = 10;
/** Fewer pictures have hardly any neighbours. */
const LEAST = 4;
/** More pictures show a product's orientations themselves, and eight times as many would push those of other classes out of the bank. */
const MOST = 60;

/** Classes that are looked at: a bank is fitted for each, so a thousand would take hours. */
const MOST_CLASSES = 100;

/** Copies are tried for classes in which the largest distance of a good picture falls by at least this share: docs/methods/patchcore.md. */
export const LEAST_GAIN = 0.05;

/** Rows of a bank of up to eight times as many pictures, as a multiple: docs/methods/patchcore.md. */
const ROWS_WITH_COPIES = 2;

/** A memory bank that has learnt pictures and copies of them. */
export interface FittedBank {
  readonly detector: Detector;
  /** Of `pictures.samples`, in that order. */
  readonly features: Pick<FeatureSource, 'batch'>;
  readonly pictures: PictureWays;
}

/** Fits a bank to pictures of one class and all their copies, and releases it once the work with it has ended. */
export type BankOf = <T>(
  pictures: readonly Sample[],
  className: string,
  work: (bank: FittedBank) => Promise<T>,
) => Promise<T>;

export interface OrientationOptions {
  readonly bankOf: BankOf;
  /** The seed of the training. */
  readonly seed: number | string;
  /** Called before each class that is looked at, with a clause for people. */
  readonly onProgress?: (done: number, total: number, doing: string) => void | Promise<void>;
  /** Taken per picture. */
  readonly exclusive?: Exclusive;
  /** Asked before each picture: true ends the work with an AbortError. */
  readonly stopped?: () => boolean;
  /** Of the bank without copies: of more than a hundred classes those are looked at that it finds least of. */
  readonly selfTest?: SelfTest | undefined;
}

/** The classes that have enough pictures, and not too many; of more than a hundred those whose self-test is weakest, in the order given. */
function lookedAt(
  classes: readonly string[],
  pictures: ReadonlyMap<string, readonly Sample[]>,
  selfTest: SelfTest | undefined,
): string[] {
  const open = classes.filter((name) => {
    const count = pictures.get(name)?.length ?? 0;
    return count >= LEAST && count <= MOST;
  });
  if (open.length <= MOST_CLASSES) return open;
  const figure = (name: string): number => ownValue(selfTest, name)?.figure ?? 0;
  const weakest = new Set(open.toSorted((a, b) => figure(a) - figure(b)).slice(0, MOST_CLASSES));
  return open.filter((name) => weakest.has(name));
}

/**
 * For each class by what share the largest distance of a good picture's patches to the patches of the others falls, where these are also
 * shown rotated and mirrored; the median over up to ten pictures. Classes of fewer than four pictures have none, and neither have those of
 * more than sixty. Of more than a hundred classes only the weakest are looked at, see `OrientationOptions.selfTest`.
 */
export async function orientationGains(
  { classes, train }: { readonly classes: readonly string[]; readonly train: readonly Sample[] },
  options: OrientationOptions,
): Promise<Record<string, number>> {
  // a class may be called `__proto__`
  const gains = Object.create(null) as Record<string, number>;
  const pictures = groupedBy(train, ({ className }) => className);
  const open = lookedAt(classes, pictures, options.selfTest);
  for (const [done, name] of open.entries()) {
    const own = pictures.get(name)!;
    await options.onProgress?.(done, open.length, `does ${name} lie in any orientation?`);
    const random = seededRandom('orientation', options.seed, name);
    const compared = shuffle([...own], random).slice(0, COMPARED);
    gains[name] = await options.bankOf(compared, name, (bank) => gainOf(bank, options));
  }
  return gains;
}

async function gainOf(
  { detector, features, pictures: { samples, ways } }: FittedBank,
  { exclusive = (work) => work(), stopped = () => false }: OrientationOptions,
): Promise<number> {
  const distance = (picture: number, leftOut: readonly number[]): Promise<number> =>
    exclusive(async () => {
      const batch = await features.batch([picture]);
      try {
        const [levels] = await detector.levelsWithout!(batch, [leftOut]);
        return levels![0]!.data.reduce((most, value) => Math.max(most, value), 0);
      } finally {
        tf.dispose(batch);
      }
    });
  const copies = samples.map((_, i) => i).slice(ways.length);
  const shares: number[] = [];
  for (const [picture, own] of ways.entries()) {
    if (stopped()) throw new DOMException('the comparison of orientations was stopped', 'AbortError');
    const asTaken = await distance(picture, [picture, ...copies]);
    if (asTaken > 0) shares.push(1 - (await distance(picture, own)) / asTaken);
  }
  return shares.sort((a, b) => a - b)[shares.length >> 1] ?? 0;
}

/** The configuration of a bank that also learns rotated and mirrored copies. */
export function withMoreRows(model: DetectorConfig): DetectorConfig {
  const bank = model as DetectorConfig & Pick<PatchCoreConfig, 'coreset'>;
  const { candidates, ...coreset } = bank.coreset;
  const more = { ...coreset, candidates: candidates && ROWS_WITH_COPIES * candidates };
  return { ...bank, coreset: more } as DetectorConfig;
}

/**
 * The bank with rotated and mirrored copies of the classes that lie in any orientation, where it tests better than the one without; undefined where
 * it does not, and where no class gains.
 *
 * @param gains of `orientationGains`
 * @param make makes and tests the bank with the copies of these classes
 * @param say told what is tried and what came of it, a sentence each
 */
export async function rotatedIfBetter<T extends { readonly info: Pick<ModelInfo, 'selfTest'> }>(
  now: T,
  gains: Readonly<Record<string, number>>,
  make: (classes: string[]) => Promise<T>,
  say: (sentence: string) => void,
): Promise<{ readonly classes: string[]; readonly made: T } | undefined> {
  const classes = Object.keys(gains).filter((name) => gains[name]! >= LEAST_GAIN);
  if (classes.length === 0) return undefined;
  const nearer = someOf(classes.map((name) => `${name} (${Math.round(100 * gains[name]!)} % nearer)`));
  say(
    `orientations: ${nearer}: good pictures are like rotated and mirrored ones of each other; a memory bank with such copies is tried`,
  );
  const made = await make(classes);
  const { takesOver, reason } = findsMore(now.info.selfTest ?? {}, made.info.selfTest ?? {});
  say(`orientations: rotated and mirrored copies ${takesOver ? 'stay' : 'are left out'}: ${reason}`);
  return takesOver ? { classes, made } : undefined;
}
