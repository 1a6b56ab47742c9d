import { dirname, resolve } from 'node:path';
import { detectorConfigSchema, productAreasSchema, trainConfigSchema } from '@pyramid-mamba/model';
import { distance } from 'fastest-levenshtein';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { SYNTHETIC } from '../run/dataset.js';
import { readUserFile } from '../weights/encoderSource.js';
import { UserError } from '../errors.js';
import { RUN_FORMAT } from '../run/run.js';

/** A nested object of settings, none of them checked yet. */
export type Tree = { [key: string]: unknown };

/** The content of a configuration file and `--set`: all optional, unknown keys are errors. */
const fileSchema = z.strictObject({
  data: z.string().optional(),
  method: z.string().optional(),
  preset: z.string().optional(),
  encoder: z.string().nullable().optional(),
  classes: z.array(z.string()).min(1).optional(),
  backend: z.string().optional(),
  workers: z.number().int().positive().optional(),
  cache: z.string().optional(),
  holdBack: z.number().min(0).max(0.9).optional(),
  /** As `--max-false-rejects`. */
  maxFalseRejects: z.number().gt(0).lt(1).optional(),
  /** As `--areas`, by product. */
  areas: z.record(z.string(), productAreasSchema).optional(),
  /** As `--locate`. */
  locate: z.enum(['shift', 'turn']).optional(),
  model: z.record(z.string(), z.unknown()).optional(),
  train: z.record(z.string(), z.unknown()).optional(),
  /** As `--time` and `--quick`. */
  time: z.string().optional(),
  quick: z.boolean().optional(),
  /** Of the `config.json` of a run in stages. */
  stages: z
    .object({
      seconds: z.number().positive().nullable(),
      holdBack: z.number().min(0).max(0.9).nullable().default(null),
      orientations: z.enum(['open', 'chosen']).optional(),
      patches: z.enum(['open', 'chosen']).optional(),
      settings: z
        .array(
          z.object({
            preset: z.string(),
            model: detectorConfigSchema,
            train: trainConfigSchema,
            workers: z.number().int().positive(),
          }),
        )
        .min(1),
    })
    .optional(),
});
export type FileSettings = z.infer<typeof fileSchema>;

const KEYS = Object.keys(fileSchema.shape);
/** Another name for `train`, as optimisers are called elsewhere. */
const ALIASES: Readonly<Record<string, string>> = { optim: 'train' };
/** Maximum size of a configuration in bytes; a real one has a few hundred. */
const LARGEST = 2 ** 20;

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `did you mean …?`, or the whole list without a near match. */
export function nearest(key: string, known: readonly string[]): string {
  const near = [...known].sort((a, b) => distance(key, a) - distance(key, b))[0];
  return near !== undefined && distance(key, near) <= Math.max(3, key.length / 2)
    ? `did you mean "${near}"?`
    : `known: ${known.join(', ')}`;
}

/** `base` overridden by `over`: objects merged key by key, everything else replaced. */
export function merged(base: Tree, over: Tree): Tree {
  const out: Tree = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const old = Object.hasOwn(out, key) ? out[key] : undefined;
    out[key] = isTree(old) && isTree(value) ? merged(old, value) : value;
  }
  return out;
}

/** YAML, including JSON. Throws a UserError with the position of the first fault. */
function parsed(text: string, where: string): unknown {
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true, stringKeys: true });
  const fault = document.errors[0];
  if (fault) {
    throw new UserError(
      `${where}: expected YAML or JSON, but ${fault.message.split('\n')[0]!.replace(/:$/, '')}`,
    );
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw new UserError(`${where}: expected YAML or JSON, but ${(error as Error).message}`, { cause: error });
  }
}

function withoutAliases(tree: Tree, where: string): Tree {
  let out: Tree = {};
  for (const [key, value] of Object.entries(tree)) {
    if (key === '__proto__') throw new UserError(`${where}: "__proto__" is not a setting; remove it`);
    out = merged(out, { [Object.hasOwn(ALIASES, key) ? ALIASES[key]! : key]: value });
  }
  return out;
}

/**
 * Reads a configuration file: YAML or JSON, or the `config.json` of a run, to repeat its training. Relative paths
 * in it are relative to its folder. Throws a UserError for anything invalid.
 */
export async function readConfigFile(path: string): Promise<Tree> {
  const bytes = await readUserFile(path, '--config');
  if (bytes.length > LARGEST) {
    throw new UserError(
      `--config: ${path} has ${bytes.length} bytes, far more than settings need; pass another file`,
    );
  }
  const tree = parsed(new TextDecoder().decode(bytes), path) ?? {};
  if (!isTree(tree))
    throw new UserError(`${path}: expected settings as "key: value", but found ${kindOf(tree)}`);
  const settings = tree['format'] === RUN_FORMAT ? settingsOfRun(tree) : withoutAliases(tree, path);
  const from = dirname(resolve(path));
  const absolute = (key: string) => {
    const value = settings[key];
    if (typeof value === 'string' && value !== '' && !(key === 'data' && value === SYNTHETIC)) {
      // the name of known weights is not a path
      if (key !== 'encoder' || /[./\\]/.test(value)) settings[key] = resolve(from, value);
    }
  };
  ['data', 'encoder', 'cache'].forEach(absolute);
  return settings;
}

/** The settings in a run's `config.json`; the rest is derived from them. */
function settingsOfRun(config: Tree): Tree {
  const { data, preset, classes, backend, workers, holdBack, maxFalseRejects, areas, locate } = config;
  const { model, train, encoder, stages } = config;
  const own = {
    preset,
    workers,
    model,
    // a run without this entry used version 1 of the random streams
    train: isTree(train) ? { random: 1, ...train } : train,
  };
  const all = {
    data,
    classes,
    backend,
    holdBack,
    maxFalseRejects,
    areas,
    locate,
    // beside its stages a run states the settings of one of them
    ...(stages === undefined ? own : { stages }),
    // null: the seeded encoder, which was the default before one was embedded
    encoder: isTree(encoder) ? (encoder['file'] ?? null) : null,
  };
  // the encoder's shape comes from its weights; the demo is not a preset of `train`
  const tree: Tree = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  if (tree['preset'] === 'demo') delete tree['preset'];
  return tree;
}

/** Reads `a.b=value`, the value as YAML would. Throws a UserError without a `=` or a key. */
export function parseSet(text: string): Tree {
  const at = text.indexOf('=');
  const keys = text
    .slice(0, at)
    .split('.')
    .map((key) => key.trim());
  if (at < 1 || keys.some((key) => key === '' || key === '__proto__')) {
    throw new UserError(`--set: expected KEY=VALUE, e.g. train.lr=1e-3, got "${text}"`);
  }
  // YAML 1.2's core schema reads 1e-3 as a number
  let value = parsed(text.slice(at + 1), `--set ${text}`);
  for (const key of keys.reverse()) value = { [key]: value };
  return withoutAliases(value as Tree, '--set');
}

const kindOf = (value: unknown): string =>
  Array.isArray(value) ? 'a list' : value === null ? 'nothing' : `a ${typeof value}`;

/** Checks the top-level keys and their types; `model` and `train` are checked when merged with the preset. */
export function fileSettings(tree: Tree, where: string): FileSettings {
  for (const key of Object.keys(tree)) {
    if (!KEYS.includes(key)) throw new UserError(`${where}: unknown setting "${key}"; ${nearest(key, KEYS)}`);
  }
  const result = fileSchema.safeParse(tree);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new UserError(`${where}: ${issue.path.join('.')}: ${issue.message}`);
}

/** Throws a UserError for the first key of `over` that `base` does not have, at any depth, naming the nearest. */
export function requireKnownKeys(base: Tree, over: Tree, where: string, path = ''): void {
  for (const [key, value] of Object.entries(over)) {
    if (!Object.hasOwn(base, key)) {
      throw new UserError(`${where}: unknown setting "${path}${key}"; ${nearest(key, Object.keys(base))}`);
    }
    const old = base[key];
    if (isTree(old)) {
      if (!isTree(value)) {
        throw new UserError(
          `${where}: "${path}${key}" is a group of settings (${Object.keys(old).join(', ')}), found ${kindOf(value)}`,
        );
      }
      requireKnownKeys(old, value, where, `${path}${key}.`);
    }
  }
}
