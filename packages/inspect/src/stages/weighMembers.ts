import { averagePrecision } from '@pyramid-mamba/metrics';
import type { ClassScale, Ensemble, Judged } from '@pyramid-mamba/model';
import { crossScore, type CrossScoreOptions, type SelfTestPicture } from '../selfTest/crossScore.js';
import { budgetOf } from '../selfTest/plan.js';
import { isDrawn, type SelfTestRecord } from '../selfTest/records.js';
import { byMember } from './scaleMembers.js';

/** Shares of a map that the members after the first may have, the most equal ones first. */
const SHARES = [1 / 2, 3 / 8, 5 / 8, 1 / 4, 3 / 4, 1 / 8, 7 / 8, 1 / 16, 15 / 16];
/** A share that is less equal must outline better by this part: a dozen drawn defects of a class do not tell smaller differences. */
const BETTER_BY = 0.02;
/** Pixels of a map that are kept at most: 128 × 128. */
const KEPT = 16_384;
/** Maps of more classes would not fit into memory. */
const MOST_CLASSES = 64;

export interface WeighOptions extends Pick<
  CrossScoreOptions,
  'next' | 'areas' | 'stopped' | 'exclusive' | 'onProgress'
> {
  readonly seed: number | string;
}

/** Drawn pictures of each class: a third of a self-test's. */
export const weighedOf = (classes: number): number =>
  classes > MOST_CLASSES ? 0 : Math.floor(budgetOf(classes) / 3);

/** Some pixels of a picture's maps. */
interface Outlined {
  /** By the first member, and by the mean of the others. */
  readonly first: Float32Array;
  readonly others: Float32Array;
  readonly labels: Uint8Array;
  /** By which the map of each share is stretched. */
  readonly factors: Float64Array;
}

/**
 * Changes the scales of an ensemble whose maps are stretched to the first member's score, so that the others have the most equal share of the map with which drawn
 * defects are outlined as well as by any, by pixel AP, in each class. The first one's scale stays, so scores do.
 *
 * @param scales as `scaleMembers` has set them, by class
 * @param pictures as there
 * @returns the share of the others by class
 * @throws as `crossScore`
 */
export async function weighMembers(
  model: Ensemble,
  scales: ReadonlyMap<string, ClassScale>,
  pictures: readonly SelfTestPicture[],
  { seed, ...options }: WeighOptions,
): Promise<Map<string, number>> {
  const shares = new Map<string, number>();
  const independent = pictures.filter(({ copy, defective }) => copy !== true && defective !== true);
  const budget = weighedOf(new Set(independent.map(({ className }) => className)).size);
  if (budget === 0) return shares;
  model.setScales([...scales.values()]);
  const found = new Map<string, Outlined[]>();
  await crossScore(model, independent, {
    ...options,
    // other defects than those that the model is tested on
    seed: `${seed}/shares`,
    budget,
    onRecord: (record, judged, mask, drawn) => {
      const own = found.get(record.className) ?? [];
      found.set(record.className, own);
      own.push(outlined(model, record, judged, mask, drawn));
    },
  });
  for (const [name, own] of found) shares.set(name, shareOf(own));
  model.setScales(
    [...scales].map(([name, { prototype, scale }]) => {
      const share = shares.get(name) ?? SHARES[0]!;
      // the map is stretched afterwards, so only the quotient of the shares counts
      return {
        prototype,
        scale: Array.from(scale, (own, m) => (m === 0 ? own : (own * (1 - share)) / share)),
      };
    }),
  );
  return shares;
}

function outlined(
  model: Ensemble,
  record: SelfTestRecord,
  judged: Judged,
  mask: Uint8Array | undefined,
  drawn: Drawing | undefined,
): Outlined {
  const [one, ...rest] = byMember(model, judged, mask);
  const { width, height } = judged;
  const others = Float32Array.from(one!.map, (_, i) =>
    rest.reduce((sum, { map }) => sum + map[i]! / rest.length, 0),
  );
  const factors = Float64Array.from(SHARES, (share) => {
    let most = 0;
    for (let i = 0; i < others.length; i++) most = Math.max(most, mixed(one!.map[i]!, others[i]!, share));
    return most > 0 ? one!.score / most : 1;
  });
  const part = (isDrawn(record) && record.window) || { left: 0, top: 0, width, height };
  const step = Math.max(1, Math.ceil(Math.sqrt((width * height) / KEPT)));
  const at: number[] = [];
  const labels: number[] = [];
  for (let y = step >> 1; y < height; y += step)
    for (let x = step >> 1; x < width; x += step) {
      const pixel = y * width + x;
      if (mask?.[pixel] === 0) continue;
      at.push(pixel);
      labels.push(drawn && isInside(drawn, part, x, y) ? 1 : 0);
    }
  return {
    first: Float32Array.from(at, (i) => one!.map[i]!),
    others: Float32Array.from(at, (i) => others[i]!),
    labels: Uint8Array.from(labels),
    factors,
  };
}

type Drawing = NonNullable<Parameters<NonNullable<CrossScoreOptions['onRecord']>>[3]>;

/** Whether a pixel of the map lies in what was drawn on a part of it. */
function isInside(
  { width, height, data }: Drawing,
  part: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
  x: number,
  y: number,
): boolean {
  const u = Math.floor(((x - part.left + 0.5) * width) / part.width);
  const v = Math.floor(((y - part.top + 0.5) * height) / part.height);
  return u >= 0 && u < width && v >= 0 && v < height && data[v * width + u] !== 0;
}

const mixed = (first: number, others: number, share: number): number => (1 - share) * first + share * others;

function shareOf(all: readonly Outlined[]): number {
  const pixels = all.reduce((sum, { labels }) => sum + labels.length, 0);
  const labels = new Uint8Array(pixels);
  const scores = new Float64Array(pixels);
  const precisions = SHARES.map((share, s) => {
    let at = 0;
    for (const one of all)
      for (let i = 0; i < one.labels.length; i++, at++) {
        labels[at] = one.labels[i]!;
        scores[at] = one.factors[s]! * mixed(one.first[i]!, one.others[i]!, share);
      }
    // none where nothing could be drawn
    return averagePrecision(scores, labels).value ?? 0;
  });
  return mostEqual(precisions);
}

/** The most equal of the shares that are as good as the best one. @param precisions pixel AP of each of them, in their order */
export function mostEqual(precisions: readonly number[]): number {
  const enough = (1 - BETTER_BY) * Math.max(...precisions);
  return SHARES[precisions.findIndex((precision) => precision >= enough)]!;
}
