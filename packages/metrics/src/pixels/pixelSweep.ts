import { DistinctScores } from '../counting/distinctScores.js';
import { edgesOf, readSegment, type Fold, type Totals } from '../counting/ranking.js';
import { connectedRegions } from '../regions/regions.js';
import { checkPair, countNonzero, survey, type Mask, type ScoreMap } from './scoreMap.js';
import { Tally } from '../counting/tally.js';

/** Default number of distinct scores of anomalous pixels held at once: about 0.5 GB if there are as many. */
export const MAX_THRESHOLDS = 2 ** 22;

/**
 * Processes all pixels of a class in passes and stores counts instead of pixels, so memory does not grow with the number of
 * maps: about 110 bytes for each threshold held, at most `maxThresholds`, and two chunks of 4 M scores. The first pass
 * finds the range and the distinct scores of the anomalous pixels (the thresholds); each further pass counts every
 * pixel against the highest thresholds not counted yet. Two passes suffice for up to
 * `maxThresholds` distinct ones; each further `maxThresholds` need one more.
 *
 * Each pass must add the same maps and masks in the same order; {@link endPass} returns whether another is needed.
 */
export class PixelSweep {
  private readonly distinct: DistinctScores;
  private surveyed: Totals | undefined;
  private folds: readonly Fold<unknown>[] = [];
  private thresholds: Float64Array = new Float64Array(0);
  private edges: Float64Array = new Float64Array(0);
  private tally: Tally | undefined;
  private regionCount = 0;
  private single = true;
  private seen = new Seen();
  private first: Seen | undefined;

  /** `figures` is called once, when the totals are known; `where` names the caller in errors. */
  constructor(
    private readonly where: string,
    private readonly figures: (totals: Totals) => readonly Fold<unknown>[],
    maxThresholds = MAX_THRESHOLDS,
  ) {
    if (!(maxThresholds >= 1)) {
      throw new Error(`${where}: maxThresholds must be at least 1, got ${maxThresholds}.`);
    }
    this.distinct = new DistinctScores(maxThresholds);
  }

  /** Takes one image; without a mask it is a normal one. Returns the maximum of the map and its anomalous pixels. */
  add(map: ScoreMap, mask: Mask | undefined): { readonly max: number; readonly anomalous: number } {
    checkPair(this.where, map, mask, this.seen.images);
    const { min, max, sum } = survey(this.where, map, this.seen.images);
    const anomalous = mask === undefined ? 0 : countNonzero(mask.data);
    this.seen.add(map.data.length, anomalous, min, max, sum);
    if (this.first === undefined && !(map.data instanceof Float32Array)) {
      this.single = false;
      this.distinct.widen();
    }
    if (mask !== undefined && anomalous > 0) {
      for (let k = 0; k < mask.data.length; k++) {
        if (mask.data[k] !== 0) this.distinct.add(map.data[k]!);
      }
    }
    if (this.tally !== undefined) this.count(this.tally, map, anomalous > 0 ? mask : undefined);
    return { max, anomalous };
  }

  /** Ends a pass; true if all maps must be added once more. Throws when a pass differs from the first. */
  endPass(): boolean {
    if (this.surveyed === undefined) {
      this.surveyed = this.seen.totals();
      this.folds = this.figures(this.surveyed);
      if (this.surveyed.positiveCount === 0) return false;
    } else {
      if (!this.seen.equals(this.first!)) {
        throw new Error(
          `${this.where}: every pass must have the same maps and masks in the same order, but a later pass had ` +
            `${this.seen} and the first ${this.first!}; pass a source that can be read repeatedly.`,
        );
      }
      this.finishSegment(this.tally!, this.surveyed);
      if (!this.remaining) return false;
    }
    this.first ??= this.seen;
    this.seen = new Seen();
    this.startSegment(this.surveyed);
    return true;
  }

  private remaining = false;

  private startSegment(totals: Totals): void {
    this.thresholds = this.distinct.take();
    this.remaining = this.distinct.overflowed;
    this.distinct.below(this.remaining ? this.thresholds[0]! : -Infinity);
    this.edges = edgesOf(this.thresholds, this.folds);
    this.tally = new Tally(this.edges, totals.negativeCount, totals.positiveCount, this.single);
    this.regionCount = 0;
  }

  private finishSegment(tally: Tally, totals: Totals): void {
    this.tally = undefined;
    tally.finish();
    const segment = readSegment(tally, this.edges, this.thresholds, totals, this.regionCount);
    this.thresholds = this.edges = new Float64Array(0);
    for (const fold of this.folds) fold.add(segment);
  }

  private count(tally: Tally, map: ScoreMap, mask: Mask | undefined): void {
    if (mask === undefined) {
      tally.addNormal(map.data);
      return;
    }
    const { labels, areas, count } = connectedRegions(mask.data, mask.width, mask.height);
    this.regionCount += count;
    tally.addNormal(map.data, labels);
    for (let k = 0; k < labels.length; k++) {
      const label = labels[k]!;
      if (label !== 0) tally.addAnomalous(map.data[k]!, 1 / areas[label - 1]!);
    }
  }
}

/** Checksums of a pass, to detect that a later pass differs. */
class Seen {
  images = 0;
  private pixels = 0;
  private anomalous = 0;
  private min = Infinity;
  private max = -Infinity;
  private sum = 0;

  add(pixels: number, anomalous: number, min: number, max: number, sum: number): void {
    this.images++;
    this.pixels += pixels;
    this.anomalous += anomalous;
    this.min = Math.min(this.min, min);
    this.max = Math.max(this.max, max);
    this.sum += sum;
  }

  totals(): Totals {
    const { anomalous, pixels, min, max } = this;
    return { positiveCount: anomalous, negativeCount: pixels - anomalous, min, max };
  }

  equals(other: Seen): boolean {
    return (
      this.images === other.images &&
      this.pixels === other.pixels &&
      this.anomalous === other.anomalous &&
      Object.is(this.sum, other.sum)
    );
  }

  toString(): string {
    return `${this.images} maps with ${this.anomalous} anomalous of ${this.pixels} pixels, sum of scores ${this.sum}`;
  }
}

/** Computes a figure of maps that are all in memory. */
export function foldMaps<R>(
  where: string,
  maps: readonly ScoreMap[],
  masks: readonly Mask[],
  figure: (totals: Totals) => Fold<R>,
): R {
  let fold: Fold<R> | undefined;
  const sweep = new PixelSweep(where, (totals) => [(fold = figure(totals))]);
  do maps.forEach((map, i) => sweep.add(map, masks[i]!));
  while (sweep.endPass());
  return fold!.result();
}
