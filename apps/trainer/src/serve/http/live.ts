import { VERDICTS } from '@pyramid-mamba/metrics';
import type { DriftWarning } from '../drift/driftListener.js';
import type { Follower } from '../journal/follower.js';
import type { Result } from '../journal/entries.js';
import type { Outcome } from '../judging/work.js';
import type { Listener, Station } from '../station.js';
import type { Recent } from './state.js';

/** Pictures and points of the trend that are kept. */
const PICTURES = 12;
const POINTS = 200;
/** Small pictures are made for so long after somebody looked. */
const WATCHED_MS = 15_000;

/** What the live page shows: the last pictures, counts, trend, warnings. Its memory is bounded. */
export class Live implements Listener {
  readonly #since = new Date().toISOString();
  readonly #counts = new Map<string, { product: string; verdict: string; pictures: number }>();
  readonly #trend = new Map<string, Recent['trend'][number]['points']>();
  readonly #pictures: Recent['pictures'] = [];
  #watchedUntil = 0;

  constructor(
    private readonly station: Station,
    private readonly followers: () => readonly Follower[],
    private readonly warnings: () => readonly DriftWarning[],
  ) {}

  wantsThumbnails(): boolean {
    return performance.now() < this.#watchedUntil;
  }

  judged(result: Result, outcome: Outcome): void {
    const product = result.class ?? '';
    const verdict = result.error === null ? (result.verdict ?? 'none') : 'error';
    const key = JSON.stringify([product, verdict]);
    const count = this.#counts.get(key) ?? { product, verdict, pictures: 0 };
    count.pictures++;
    this.#counts.set(key, count);
    if (result.scoreOfLimit !== null) {
      const points = this.#trend.get(product) ?? [];
      points.push({ at: result.time, verdict: result.verdict, scoreOfLimit: result.scoreOfLimit });
      if (points.length > POINTS) points.shift();
      this.#trend.set(product, points);
    }
    const small = 'error' in outcome ? undefined : outcome.thumbnail;
    const thumbnail =
      small === undefined ? null : `data:image/webp;base64,${Buffer.from(small).toString('base64')}`;
    this.#pictures.unshift({ result, thumbnail });
    this.#pictures.length = Math.min(PICTURES, this.#pictures.length);
  }

  recent(): Recent {
    this.#watchedUntil = performance.now() + WATCHED_MS;
    const order = [...VERDICTS, 'none', 'error'] as readonly string[];
    return {
      ready: this.station.notReady === undefined,
      since: this.#since,
      counts: [...this.#counts.values()].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict)),
      trend: [...this.#trend].map(([product, points]) => ({ product, points })),
      warnings: this.warnings().map(({ className: product, ...rest }) => ({ product, ...rest })),
      outputs: this.followers().map(({ output, failure }) => ({
        name: output.name,
        failure: failure ?? null,
      })),
      pictures: this.#pictures,
    };
  }
}
