import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { DriftWatch, type DriftChange, type DriftFigure, type DriftState } from '@pyramid-mamba/inspect';
import type { Logger } from 'pino';
import type { Result } from '../journal/entries.js';
import type { ModelInUse } from '../judging/models.js';
import type { Outcome } from '../judging/work.js';
import type { Listener } from '../station.js';

type Saved = Record<string, DriftState>;

/** A change that goes on, and since when, UTC. */
export interface DriftWarning extends Pick<DriftChange, 'className' | 'what' | 'message'> {
  readonly since: string;
}

/** Watches the results of each model for drift; the state outlives a restart, and a new model begins anew. */
export class DriftListener implements Listener {
  readonly #watches = new Map<string, { watch: DriftWatch; name: string }>();
  #saved: Saved = {};
  #changed = false;
  /** When each warning began, or was first known after a restart. */
  readonly #since = new Map<string, string>();

  private constructor(
    private readonly path: string,
    private readonly log: Logger,
    private readonly changed: (change: DriftChange) => void,
  ) {}

  /** @param changed hears of warnings, and of their ends */
  static async open(
    path: string,
    log: Logger,
    changed: (change: DriftChange) => void,
  ): Promise<DriftListener> {
    const listener = new DriftListener(path, log, changed);
    const text = await readFile(path, 'utf8').catch(() => '{}');
    try {
      const saved: unknown = JSON.parse(text);
      if (typeof saved !== 'object' || saved === null) throw new Error('no object');
      listener.#saved = saved as Saved;
    } catch {
      log.warn({ file: path }, 'what is usual is learnt anew: its file is damaged');
    }
    return listener;
  }

  judged(result: Result, outcome: Outcome, model: ModelInUse): void {
    if ('error' in outcome || result.class === null) return;
    const { class: className, verdict, scoreOfLimit } = result;
    const { watch, key } = this.#watchOf(model);
    const changes = watch.add({
      className,
      isOk: verdict === 'OK',
      appearance: outcome.appearance,
      scoreOfLimit,
    });
    this.#changed = true;
    for (const change of changes) {
      const at = JSON.stringify([key, change.className, change.what]);
      if (change.active) this.#since.set(at, new Date().toISOString());
      else this.#since.delete(at);
      this.log[change.active ? 'warn' : 'info'](
        { product: change.className, what: change.what },
        change.message,
      );
      this.changed(change);
    }
  }

  /** One for each quantity of a product, also where several models judge it: of these the one that has changed most. */
  figures(): DriftFigure[] {
    const found = new Map<string, DriftFigure>();
    for (const { watch } of this.#watches.values())
      for (const figure of watch.figures()) {
        const key = JSON.stringify([figure.className, figure.what]);
        const known = found.get(key);
        found.set(key, known ? worse(known, figure) : figure);
      }
    return [...found.values()];
  }

  /** Of all models in use. */
  warnings(): DriftWarning[] {
    return [...this.#watches].flatMap(([key, { watch }]) =>
      watch.warnings().map(({ className, what, message }) => {
        const at = JSON.stringify([key, className, what]);
        const since = this.#since.get(at) ?? new Date().toISOString();
        this.#since.set(at, since);
        return { className, what, message, since };
      }),
    );
  }

  async save(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    // a model that has judged nothing since the start keeps what is usual for it
    const state: Saved = {
      ...this.#saved,
      ...Object.fromEntries([...this.#watches].map(([key, { watch }]) => [key, watch.state()])),
    };
    await writeFileAtomic(this.path, JSON.stringify(state)).catch((error: unknown) =>
      this.log.warn({ err: error }, 'what is usual could not be saved'),
    );
  }

  #watchOf({ name, file, info }: ModelInUse): { watch: DriftWatch; key: string } {
    const key = `${name}/${file.sha256}`;
    const known = this.#watches.get(key);
    if (known) return { watch: known.watch, key };
    // of the model that had the name before
    for (const [other, { name: of }] of this.#watches) if (of === name) this.#watches.delete(other);
    for (const other of Object.keys(this.#saved))
      if (other !== key && other.startsWith(`${name}/`)) delete this.#saved[other];
    const scores = Object.fromEntries(
      Object.entries(info.selfTest ?? {}).flatMap(([className, { scores: tested }]) => {
        const review = info.calibration?.[className]?.review;
        const good =
          review !== undefined && review > 0 ? (tested?.good ?? []).map((score) => score / review) : [];
        // those that are OK are compared with those that are OK
        return [[className, good.filter((multiple) => multiple < 1)]];
      }),
    );
    const watch = new DriftWatch(scores, Object.hasOwn(this.#saved, key) ? this.#saved[key] : {});
    this.#watches.set(key, { watch, name });
    return { watch, key };
  }
}

function worse(a: DriftFigure, b: DriftFigure): DriftFigure {
  if (a.active !== b.active) return a.active ? a : b;
  return Math.abs(b.deviation ?? 0) > Math.abs(a.deviation ?? 0) ? b : a;
}
