import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import {
  allMethods,
  detectorConfigSchema,
  methodOf,
  trainConfigSchema,
  type DetectorConfig,
  type TrainConfig,
} from '@pyramid-mamba/model';
import { UserError } from '../errors.js';
import { EVENTS_FILE } from '../training/tensorboard.js';
import { readJson, RUN_FORMAT, runConfigSchema, type RunConfig as ConfigOf } from '@pyramid-mamba/runs';
import { finish, folderFiles, isUnfinished, sweep, withLock } from '@pyramid-mamba/runs/node';

export { RUN_FORMAT };

/** The file of a method's model where another one's is in `model.safetensors`. */
function besideName(method: string): string {
  return `${method}.safetensors`;
}

/** The files of a run that are written to a temporary name first. */
const OWN = [
  'config.json',
  'train.jsonl',
  'last.safetensors',
  'model.safetensors',
  'metrics.json',
  'scores.jsonl',
  'curves.json',
  'summary.txt',
  'maps',
  'viewer',
  'report',
  'results',
  'taking-over',
  'predictions.jsonl',
  '.lock',
  // models beside `model.safetensors`
  ...allMethods().map(({ name }) => besideName(name)),
];

/** The results that an evaluation replaces atomically: metrics, scores, curves, heat maps and the viewer's data. */
export const RESULTS = 'results';
/** The folder that `report` replaces. */
export const REPORT = 'report';
/** A model that takes the place of another, with the run's settings. */
export const TAKE_OVER = 'taking-over';

/** A run's `config.json`. */
export type RunConfig = ConfigOf<DetectorConfig, TrainConfig>;
const configSchema = runConfigSchema<DetectorConfig, TrainConfig>(detectorConfigSchema, trainConfigSchema);

/** Paths of a run directory. */
export class Run {
  constructor(readonly folder: string) {}
  readonly #at = (...parts: string[]) => join(this.folder, ...parts);
  /** For the readers of its files. */
  get files() {
    return folderFiles(this.folder);
  }
  get config() {
    return this.#at('config.json');
  }
  get log() {
    return this.#at('train.jsonl');
  }
  get checkpointFolder() {
    return this.#at('checkpoint');
  }
  get checkpoint() {
    return this.#at('checkpoint', 'last.safetensors');
  }
  get model() {
    return this.#at('model.safetensors');
  }
  /** A method's model where another one's is in `model.safetensors`. */
  modelOf(method: string): string {
    return this.#at(besideName(method));
  }
  get metrics() {
    return this.#at('metrics.json');
  }
  get scores() {
    return this.#at('scores.jsonl');
  }
  get maps() {
    return this.#at('maps');
  }
  get curves() {
    return this.#at('curves.json');
  }
  get summary() {
    return this.#at('summary.txt');
  }
  get viewer() {
    return this.#at('viewer');
  }
  get report() {
    return this.#at('report');
  }
  get events() {
    return this.#at('tensorboard');
  }

  /**
   * Runs `work` as the only writer of the run, whose folder is created if missing; first completes what a
   * killed process left half in place. `command` describes this process to others.
   *
   * @throws UserError if another process is writing to it; FileError if the folder cannot be written
   */
  async writing<T>(command: string, work: () => Promise<T>): Promise<T> {
    return withLock([this.folder], command, async () => {
      await this.finishExchanges();
      return work();
    });
  }

  /** Moves into place what a killed process declared complete, and removes what it did not complete. Requires the lock. */
  async finishExchanges(): Promise<void> {
    for (const name of [RESULTS, REPORT, TAKE_OVER]) await finish(this.folder, name);
    await this.sweep();
  }

  /** Whether only some results are in place: an evaluation is moving them, or died meanwhile. */
  hasHalfResults(): boolean {
    return isUnfinished(this.folder, RESULTS);
  }

  /** Whether training was started here. */
  exists(): boolean {
    return [this.config, this.checkpoint, this.model].some((path) => existsSync(path));
  }

  /** Removes only the files of a run. */
  async clear(): Promise<void> {
    // config.json last: a partly cleared folder is still recognised as a run
    const own = [
      this.log,
      this.checkpointFolder,
      this.model,
      ...allMethods().map(({ name }) => this.modelOf(name)),
      this.metrics,
      this.scores,
      this.maps,
      this.viewer,
      this.curves,
      this.summary,
      this.report,
      this.events,
      this.config,
    ];
    for (const path of own) await rm(path, { recursive: true, force: true });
  }

  /** Removes temporary files and folders of ours that a killed process left behind. */
  async sweep(): Promise<void> {
    for (const folder of [this.folder, this.checkpointFolder]) await sweep(folder, OWN);
    await sweep(this.events, [EVENTS_FILE]);
    // predict names these pictures after the judged ones
    for (const name of ['overlays', 'maps']) await sweep(this.#at(name), 'all');
  }

  /** `path` where the file is not to be in place yet. */
  async writeConfig(config: Omit<RunConfig, 'format'>, path = this.config): Promise<void> {
    await writeFileAtomic(path, `${JSON.stringify({ format: RUN_FORMAT, ...config }, null, 2)}\n`);
  }

  /** Reads `config.json`; throws a UserError if it is missing or not one of ours. */
  async readConfig(): Promise<RunConfig> {
    const config = await readJson(this.files, 'config.json', configSchema, {
      wanted: `the settings of a run ("format": "${RUN_FORMAT}")`,
      next: 'restore it, or give another folder',
    });
    if (config) return config as RunConfig;
    throw new UserError(
      `${this.folder}: expected the folder of a run, but it has no config.json; give the folder that was --out of \`train\``,
    );
  }
}

/** Keys of a resumed run's settings that must be unchanged, with readable names. */
const IDENTITY: [name: string, of: (config: Omit<RunConfig, 'format'>) => unknown][] = [
  ['the classes', (c) => c.classes],
  ['the training pictures', (c) => c.dataFingerprint],
  ['the encoder weights', (c) => c.encoder.fingerprint],
  ['the network', (c) => ({ ...c.model, method: methodOf(c.model).name })],
  // absent before there were two versions
  ['the training settings', (c) => ({ ...c.train, random: c.train.random ?? 1 })],
  ['the number of workers', ({ workers }) => ({ workers })],
];

/** Throws a UserError if `now` would not continue the run of `before`. */
export function requireSameRun(
  folder: string,
  before: Omit<RunConfig, 'format'>,
  now: Omit<RunConfig, 'format'>,
  advice = 'pass the old ones, or train again in another folder (or here with --overwrite)',
  option = '--resume',
): void {
  const changed = IDENTITY.filter(([, of]) => !sameJson(of(before), of(now)));
  if (changed.length === 0) return;
  const details = changed.flatMap(([name, of]) => {
    const parts = difference(of(before), of(now));
    return parts.length > 0 ? parts.map((part) => `${name} (${part})`) : [name];
  });
  throw new UserError(
    `${option}: ${folder} was trained with other settings, and these differ: ${details.join(', ')}; ${advice}`,
  );
}

/** The same for a run in stages, stage by stage. */
export function requireSameStages(
  folder: string,
  before: Omit<RunConfig, 'format'>,
  now: Omit<RunConfig, 'format'>,
): void {
  const [old, asked] = [before.stages?.settings ?? [], now.stages?.settings ?? []];
  for (const [i, settings] of asked.entries())
    requireSameRun(folder, { ...before, ...old[i]! }, { ...now, ...settings });
}

const sameJson = (a: unknown, b: unknown) => canonical(a) === canonical(b);

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([x], [y]) => (x < y ? -1 : 1)))
      : v,
  );
}

/** `key: old -> new` for the differences of two plain objects, nested keys joined by dots. */
function difference(before: unknown, now: unknown, prefix = ''): string[] {
  const isPlain = (v: unknown): v is Record<string, unknown> =>
    v !== null && typeof v === 'object' && !Array.isArray(v);
  if (!isPlain(before) || !isPlain(now)) return [];
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) => {
    const [a, b] = [before[key], now[key]];
    if (sameJson(a ?? null, b ?? null)) return [];
    if (isPlain(a) && isPlain(b)) return difference(a, b, `${prefix}${key}.`);
    return [`${prefix}${key}: ${JSON.stringify(a)} -> ${JSON.stringify(b)}`];
  });
}
