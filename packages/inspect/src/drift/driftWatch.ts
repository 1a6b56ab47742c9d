import { FEATURES, type Appearance, type Feature } from './appearance.js';
import { added, baselineOf, LIMIT, type Baseline, type Cusum } from './cusum.js';

/** What is watched: the features of the picture, and the score of pictures judged OK as a multiple of their limit. */
export const WATCHED = [...FEATURES, 'score'] as const;
export type Watched = Feature | 'score';

/** Pictures judged OK that tell what is usual, where the model's training did not. */
export const LEARNT_FROM = 30;
/** Smallest standard deviations that are believed: thirty equal pictures do not make the next one a change. */
const LEAST: Readonly<Record<Watched, number>> = {
  brightness: 0.01,
  warmth: 0.01,
  coolness: 0.01,
  sharpness: 0.08,
  x: 0.005,
  y: 0.005,
  score: 0.02,
};
const SENTENCES: Readonly<Record<Watched, { high: string; low: string; check: string }>> = {
  brightness: {
    high: 'pictures are brighter',
    low: 'pictures are darker',
    check: 'the lamp and the exposure',
  },
  warmth: {
    high: 'pictures are redder',
    low: 'pictures are less red',
    check: 'the lamp and the white balance',
  },
  coolness: {
    high: 'pictures are bluer',
    low: 'pictures are less blue',
    check: 'the lamp and the white balance',
  },
  sharpness: {
    high: 'pictures are sharper or noisier',
    low: 'pictures are less sharp',
    check: 'focus, lens and vibration',
  },
  x: {
    high: 'parts are further right',
    low: 'parts are further left',
    check: 'the camera and where parts lie',
  },
  y: { high: 'parts are further down', low: 'parts are further up', check: 'the camera and where parts lie' },
  score: {
    high: 'scores of pictures judged OK are higher',
    low: 'scores of pictures judged OK are lower',
    check: 'light, camera, and whether the product has changed',
  },
};

/** A picture that was judged. */
export interface Seen {
  readonly className: string;
  readonly isOk: boolean;
  readonly appearance: Appearance;
  /** As a multiple of the limit; null without one. */
  readonly scoreOfLimit: number | null;
}

/** Something changed, or is as it was again. */
export interface DriftChange {
  readonly className: string;
  readonly what: Watched;
  readonly active: boolean;
  /** A sentence without its full stop. */
  readonly message: string;
}

/** The present state of one quantity of one product. */
export interface DriftFigure {
  readonly className: string;
  readonly what: Watched;
  /** Of the last pictures, in standard deviations from the usual; null while that is being learnt. */
  readonly deviation: number | null;
  readonly active: boolean;
}

interface Quantity {
  baseline: Baseline | null;
  /** Values from which the baseline is learnt. */
  learning: number[];
  sums: Cusum;
  /** Exponential mean of the last values. */
  recent: number | null;
  active: boolean;
}
/** What `DriftWatch.state` gives, to go on after a restart: JSON. */
export type DriftState = Record<string, Record<Watched, Quantity>>;

/** Of the exponential mean: about the last twenty pictures. */
const WEIGHT = 0.1;

/**
 * Watches, by product, whether light, camera and scores are as they were: a cumulative sum for each quantity against its mean over the first
 * `LEARNT_FROM` pictures judged OK, or, for scores, over the good pictures of the model's self-test. Pictures of any verdict count, as a dark
 * lamp makes good parts NG.
 */
export class DriftWatch {
  readonly #products: Map<string, Record<Watched, Quantity>>;

  /** @param scores of good pictures that the model had not seen, by product, as multiples of the limit */
  constructor(
    private readonly scores: Readonly<Record<string, readonly number[]>> = {},
    state: DriftState = {},
  ) {
    this.#products = new Map(Object.entries(state));
  }

  /** Counts a picture; gives what changed by it. */
  add({ className, isOk, appearance, scoreOfLimit }: Seen): DriftChange[] {
    const product = this.#productOf(className);
    const changes: DriftChange[] = [];
    for (const what of WATCHED) {
      const value = what === 'score' ? (isOk ? scoreOfLimit : null) : appearance[what];
      if (value === null || !Number.isFinite(value)) continue;
      const quantity = product[what];
      if (!quantity.baseline) {
        if (isOk) quantity.learning.push(value);
        if (quantity.learning.length < LEARNT_FROM) continue;
        quantity.baseline = baselineOf(quantity.learning, LEAST[what]);
        quantity.learning = [];
        continue;
      }
      quantity.sums = added(quantity.sums, value, quantity.baseline);
      quantity.recent =
        quantity.recent === null ? value : quantity.recent + WEIGHT * (value - quantity.recent);
      const { high, low } = quantity.sums;
      const most = Math.max(high, low);
      // it ends where half of it is gone, so that it does not flicker
      const active = quantity.active ? most > LIMIT / 2 : most > LIMIT;
      if (active !== quantity.active) changes.push(changeOf(className, what, active, high > low));
      quantity.active = active;
    }
    return changes;
  }

  figures(): DriftFigure[] {
    return [...this.#products].flatMap(([className, product]) =>
      WATCHED.map((what) => {
        const { baseline, recent, active } = product[what];
        const deviation = baseline && recent !== null ? (recent - baseline.mean) / baseline.sd : null;
        return { className, what, deviation, active };
      }),
    );
  }

  /** What has changed and is not as it was again. */
  warnings(): DriftChange[] {
    return [...this.#products].flatMap(([className, product]) =>
      WATCHED.filter((what) => product[what].active).map((what) => {
        const { high, low } = product[what].sums;
        return changeOf(className, what, true, high > low);
      }),
    );
  }

  state(): DriftState {
    return Object.fromEntries(this.#products);
  }

  #productOf(className: string): Record<Watched, Quantity> {
    const known = this.#products.get(className);
    if (known) return known;
    const product = Object.fromEntries(
      WATCHED.map((what): [Watched, Quantity] => [
        what,
        { baseline: null, learning: [], sums: { high: 0, low: 0 }, recent: null, active: false },
      ]),
    ) as Record<Watched, Quantity>;
    const scores = Object.hasOwn(this.scores, className) ? this.scores[className]! : [];
    if (scores.length >= 2) product.score.baseline = baselineOf(scores, LEAST.score);
    this.#products.set(className, product);
    return product;
  }
}

function changeOf(className: string, what: Watched, active: boolean, isHigh: boolean): DriftChange {
  const { high, low, check } = SENTENCES[what];
  const message = active
    ? `${className}: ${isHigh ? high : low} than usual: check ${check}`
    : `${className}: ${what === 'score' ? 'scores' : what} as usual again`;
  return { className, what, active, message };
}
