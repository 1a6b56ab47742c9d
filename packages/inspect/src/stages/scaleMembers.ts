import { ahead } from '@pyramid-mamba/data';
import { ownValue } from '@pyramid-mamba/metrics';
import {
  inputOf,
  meanFeature,
  memberMaps,
  NumericError,
  type ClassScale,
  type Ensemble,
  type Exclusive,
  type Judged,
} from '@pyramid-mamba/model';
import type { ProductsAreas } from '../areas/index.js';
import { isLost, judgedOf } from '../locating/index.js';
import { measureEach } from '../measure.js';
import type { SelfTestPicture } from '../selfTest/crossScore.js';
import type { NextSteps } from '../types.js';

export interface ScaleOptions {
  readonly next: Pick<NextSteps, 'invalid'>;
  /** The judged part of each class's pictures; by default all of them. */
  readonly areas?: ProductsAreas | undefined;
  /** Called after each picture. */
  readonly onProgress?: (done: number, total: number) => void | Promise<void>;
  /** Taken per picture. */
  readonly exclusive?: Exclusive;
}

/**
 * The map and the score of a picture's judged part by each member of an ensemble alone, in units of the member's scale.
 * @param mask of the map: 1 where pixels are judged; by default all are
 */
export const byMember = ({ config }: Ensemble, { levels, height, width }: Judged, mask?: Uint8Array) =>
  memberMaps(config.map, levels, inputOf(config), { height, width }, mask);

/**
 * Sets the scales of an ensemble from good pictures: for each class and member the median of the scores that the member alone gives them, so
 * that 1 is the score of a usual good picture by every member. A class without pictures is judged by the scales of the class that its
 * pictures are nearest to.
 *
 * @param pictures good ones that no member has learnt from, or that can be left out (`SelfTestPicture.trainedAs`); copies do not count, nor those whose
 *   part was not found
 * @returns the scales by class
 * @throws NumericError where the network computes invalid numbers, a RangeError without pictures
 */
export async function scaleMembers(
  model: Ensemble,
  pictures: readonly SelfTestPicture[],
  { next, areas, onProgress, exclusive = (work) => work() }: ScaleOptions,
): Promise<Map<string, ClassScale>> {
  const independent = pictures.filter(({ copy }) => copy !== true);
  type Scored = Map<string, { feature: Float32Array; scores: number[] }[]>;
  const [found, lost]: [Scored, Scored] = [new Map(), new Map()];
  const input = inputOf(model.config);
  const loaded = ahead(independent, 2, ({ load }) => load(input));
  model.setScales(null);
  let done = 0;
  for await (const image of loaded) {
    const { className, trainedAs } = independent[done]!;
    const filed = ownValue(areas, className);
    const [judged] = await exclusive(() =>
      measureEach(model, [image], next, trainedAs === undefined ? undefined : [trainedAs]),
    );
    done++;
    if (judged instanceof NumericError) {
      // a picture that another training picture is a copy of has no distance to the rest
      if (trainedAs === undefined) throw judged;
    } else {
      const isFound = !isLost(image, filed);
      const mask = isFound ? judgedOf(image, filed) : undefined;
      const scores = byMember(model, judged!, mask).map(({ score }) => score);
      const own = isFound ? found : lost;
      own.set(className, [...(own.get(className) ?? []), { feature: judged!.feature, scores }]);
    }
    await onProgress?.(done, independent.length);
  }
  // without any other the model needs scales nevertheless; it has no thresholds then
  const classes = new Map<string, ClassScale>();
  for (const [name, own] of found.size > 0 ? found : lost) {
    const scale = model.members.map((_, m) => median(own.map(({ scores }) => scores[m]!)));
    classes.set(name, { prototype: meanFeature(own.map(({ feature }) => feature)), scale });
  }
  model.setScales([...classes.values()]);
  return classes;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
