import {
  describeEncoder,
  epochsForEnoughSteps,
  inputOf,
  iterationsPerEpoch,
  allMethods,
  familyOf,
  isPyramidMamba,
  methodOf,
  presets,
  tileOf,
  tileUnit,
  withEncoder,
  trainConfigSchema,
  withInput,
  withRenamedKeys,
  type DetectorConfig,
  type EncoderConfig,
  type Fit,
  type Method,
  type Preset,
  type PyramidMambaConfig,
  type Size,
  type TrainConfig,
} from '@pyramid-mamba/model';
import { MAX_SIZE, MAX_TILED_SIZE } from '@pyramid-mamba/runs';
import type { ZodType } from 'zod';
import type { BackendName } from '../backend.js';
import { merged, nearest, requireKnownKeys, type Tree } from './configFile.js';
import { UserError } from '../errors.js';
import { SINGLE_THREAD } from '../threads/count.js';

/** The settings of a run: the preset with the command line's changes. */
export interface Settings<C extends DetectorConfig = DetectorConfig> {
  model: C;
  train: TrainConfig;
  /**
   * Replicas that share each batch, one thread each, or undefined for the backend's default. This affects results, not only
   * speed: each has its own batch statistics.
   */
  workers: number | undefined;
}

/** The name and the help of the option that sets the number of replicas. */
export const WORKERS_OPTION = [
  '--workers <n>',
  'threads for a batch (default: 2 on wasm) and to encode and judge (default: by cores)',
] as const;

/**
 * Two on other backends, on every machine: a run's results must not depend on where it ran. A method that learns in one pass, or from pictures,
 * has one.
 */
export function defaultWorkers(backend: BackendName, model: DetectorConfig): number {
  const { learns, needs } = methodOf(model);
  return SINGLE_THREAD.includes(backend) || learns !== 'steps' || needs === 'pictures' ? 1 : 2;
}

/** Changes to a preset; undefined keeps the preset's value. */
export interface Overrides {
  workers?: number | undefined;
  epochs?: number | undefined;
  batchSize?: number | undefined;
  lr?: number | undefined;
  seed?: number | undefined;
  /** Side of a square input, or height and width, in pixels. */
  inputSize?: number | Size | undefined;
  /** Whether pictures are stretched to the input or keep their aspect. */
  fit?: Fit | undefined;
  /** The tiles in which the network sees the input. */
  tiles?: Size | undefined;
  /** Pixels that tiles share at least; by default a quarter of their shorter side. */
  overlap?: number | undefined;
  /** Pyramid levels of the scan: `[1]`, `[1, 2]`, … */
  grids?: number[] | undefined;
  /** false disables the global branch (pyramid scan). */
  pss?: boolean | undefined;
  /** false disables the local branch (convolutions). */
  lec?: boolean | undefined;
  /** Classes whose pictures are also shown rotated and mirrored. */
  augmentRotations?: string[] | undefined;
  /** false disables the feature noise. */
  noise?: boolean | undefined;
}

/** The method called `name`. Throws a UserError that lists all if it is unknown. */
export function methodNamed(name: string, option = '--method'): Method {
  // an ensemble is made of models that have learnt
  const known = allMethods().filter(({ learns }) => learns !== 'members');
  const found = known.find((method) => method.name === name);
  if (found) return found;
  const listed = known.map(({ name, title }) => `  ${name}: ${title}`);
  const names = known.map(({ name }) => name);
  throw new UserError(`${option}: unknown method "${name}"; ${nearest(name, names)}\n${listed.join('\n')}`);
}

/** Settings of a preset of Pyramid-Mamba. Throws a UserError that lists the presets if `name` is unknown. */
export const presetSettings = (name: string): Settings<PyramidMambaConfig> => fromPreset(presets, name);

/** Settings of a method's preset, by default its first. Throws a UserError that lists the presets if `preset` is unknown. */
export const methodSettings = ({ presets }: Method, preset = Object.keys(presets)[0]!): Settings =>
  fromPreset(presets, preset);

function fromPreset<C extends DetectorConfig>(
  presets: Readonly<Record<string, Preset<C>>>,
  name: string,
): Settings<C> {
  if (!Object.hasOwn(presets, name)) {
    const known = Object.entries(presets).map(([key, { description }]) => `  ${key}: ${description}`);
    throw new UserError(
      `--preset: unknown preset "${name}"; ${nearest(name, Object.keys(presets))}\n${known.join('\n')}`,
    );
  }
  const { model, train } = presets[name]!;
  return { ...structuredClone({ model, train }), workers: undefined };
}

/** The same on an encoder of another form than the preset's, where there is one: `foreignEncoder`. */
export const onEncoder = <C extends DetectorConfig>(
  settings: Settings<C>,
  encoder: EncoderConfig | undefined,
): Settings<C> => (encoder ? { ...settings, model: withEncoder(settings.model, encoder) } : settings);

/** What a user is told where an encoder cannot see the preset's input and none was chosen; undefined where it can. */
export function otherInputLine(preset: DetectorConfig, model: DetectorConfig): string | undefined {
  const [before, now] = [inputOf(preset), inputOf(model)];
  if (before.height === now.height && before.width === now.width) return undefined;
  return `input: ${sidesOf(now)} pixels instead of the preset's ${sidesOf(before)}, which ${describeEncoder(model.encoder)} cannot see; --input-size gives another`;
}

/** The options that change a method's own settings, and those that only a training by steps has. */
const NETWORK_OPTIONS = { grids: '--grids', pss: '--no-pss', lec: '--no-lec', noise: '--no-noise' } as const;
const STEP_OPTIONS = {
  epochs: '--epochs',
  batchSize: '--batch-size',
  lr: '--lr',
  maxSteps: '--max-steps',
  workers: '--workers',
} as const;

/** Throws a UserError for the first option that has no effect on the method. */
function requireApplicable(method: Method, over: Overrides & { maxSteps?: number | undefined }): void {
  const { title, learns } = method;
  const given = (options: Readonly<Record<string, string>>) =>
    Object.entries(options).find(([key]) => over[key as keyof Overrides] !== undefined)?.[1];
  const network = isPyramidMamba({ method: method.name }) ? undefined : given(NETWORK_OPTIONS);
  if (network !== undefined) throw new UserError(`${network}: ${title} has no such part; omit the option`);
  const steps = learns === 'bank' ? given(STEP_OPTIONS) : undefined;
  if (steps !== undefined)
    throw new UserError(`${steps}: ${title} learns in one pass, without steps; omit the option`);
}

/** The training settings of a method that learns in one pass. */
const ONE_PASS = ['seed', 'random', 'augmentRotations'];

/** The same for the settings of a configuration: those that a training by steps has may only repeat the preset's. */
export function requireApplicableTree(
  { title, learns }: Method,
  { train }: Pick<Settings, 'train'>,
  over: { train?: Tree | undefined; workers?: number | undefined },
  where: string,
): void {
  if (learns === 'steps') return;
  const before: Tree = { ...train, workers: 1 };
  const asked: Tree = { ...withRenamedKeys(over.train ?? {}), workers: over.workers ?? 1 };
  const changed = Object.keys(asked).find(
    (key) => !ONE_PASS.includes(key) && JSON.stringify(asked[key]) !== JSON.stringify(before[key]),
  );
  if (changed === undefined) return;
  const key = changed === 'workers' ? changed : `train.${changed}`;
  throw new UserError(`${where}: ${key}: ${title} learns in one pass, without steps; omit the setting`);
}

/** `settings` with the given changes; throws a UserError if two of them are incompatible or one does not apply to the method. */
export function withOverrides<C extends DetectorConfig>(settings: Settings<C>, over: Overrides): Settings<C> {
  requireApplicable(methodOf(settings.model), over);
  const { train, workers, ...rest } = structuredClone(settings);
  if (over.epochs !== undefined) {
    train.epochs = over.epochs;
    delete train.steps;
  }
  if (over.batchSize !== undefined) train.batchSize = over.batchSize;
  if (over.lr !== undefined) train.lr = over.lr;
  if (over.seed !== undefined) train.seed = over.seed;
  if (over.augmentRotations !== undefined) train.augmentRotations = over.augmentRotations;
  const { inputSize } = over;
  const fitted = withInput(rest.model, {
    ...inputOf(rest.model),
    ...(typeof inputSize === 'number' ? { height: inputSize, width: inputSize } : inputSize),
    ...(over.fit !== undefined && { fit: over.fit }),
  });
  const model = withTiles(fitted, over);
  if (isPyramidMamba(model)) {
    if (over.grids !== undefined) model.decoder.grids = over.grids;
    if (over.pss !== undefined) model.decoder.pss = over.pss;
    if (over.lec !== undefined) model.decoder.lec = over.lec;
    if (over.noise === false) model.mff.noiseStd = 0;
  }
  requireSound(model);
  return { model, train, workers: over.workers ?? workers };
}

/** Settings that a configuration may contain although presets do not define them. */
const OPEN_KEYS = {
  model: {
    inputSize: undefined,
    input: undefined,
    fit: undefined,
    tiles: { size: undefined, overlap: undefined },
    centre: undefined,
    mff: { bottleneckWidth: undefined, dropout: undefined },
    decoder: { scanOrder: undefined, directions: undefined },
  },
  train: {
    augmentRotations: undefined,
    steps: undefined,
    amsgrad: undefined,
    schedule: { warmup: undefined, finalLr: undefined },
    hardMining: { share: undefined, factor: undefined, rampSteps: undefined },
    textures: undefined,
    parts: undefined,
  },
};

/**
 * `settings` overridden by the groups `model` and `train` of a configuration. Throws a UserError for an unknown key,
 * with the nearest known one, and for an invalid value; `where` is the file or option of the configuration.
 */
export function withTree<C extends DetectorConfig>(
  settings: Settings<C>,
  over: { model?: Tree | undefined; train?: Tree | undefined },
  where: string,
): Settings<C> {
  const { model, train, workers } = settings;
  const tree: Tree = { ...(model as object) };
  const known = {
    model: merged({ ...tree, method: undefined }, OPEN_KEYS.model),
    train: merged({ ...train }, OPEN_KEYS.train),
  };
  const asked = { model: over.model ?? {}, train: withRenamedKeys(over.train ?? {}) };
  // the schemas of other methods, whose presets do not show every key, name the unknown ones
  requireKnownKeys(
    isPyramidMamba(model) ? known : { train: known.train },
    isPyramidMamba(model) ? asked : { train: asked.train },
    where,
  );
  const found = fitting(
    schemaOf(model),
    merged(withoutOtherInput(tree, asked.model), asked.model),
    `${where}: model`,
  );
  const next = {
    model: withInput(found, inputOf(found)),
    train: fitting(trainConfigSchema, merged({ ...train }, asked.train), `${where}: train`),
    workers,
  };
  requireSound(next.model);
  return next;
}

/** `inputSize` and `input` exclude each other: the one that is given replaces both. */
function withoutOtherInput(model: Tree, asked: Tree): Tree {
  const { inputSize, input, ...rest } = model;
  if (Object.hasOwn(asked, 'inputSize') || Object.hasOwn(asked, 'input')) return rest;
  return { ...rest, ...(inputSize !== undefined && { inputSize }), ...(input !== undefined && { input }) };
}

/** The schema of the method's own settings. */
const schemaOf = <C extends DetectorConfig>(model: C): ZodType<C> =>
  methodOf(model).configSchema as ZodType as ZodType<C>;

function fitting<T>(schema: ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new UserError(`${where}.${issue.path.join('.')}: ${issue.message}`);
}

/**
 * The preset `tiny` with more epochs for a small data set, so that it gets enough steps: its epochs were chosen for a few
 * hundred pictures, and 30 pictures give three steps per epoch.
 */
export function withEnoughSteps<C extends DetectorConfig>(
  settings: Settings<C>,
  trainingPictures: number,
): Settings<C> {
  const { train } = settings;
  const epochs = epochsForEnoughSteps(train.epochs, iterationsPerEpoch(trainingPictures, train.batchSize));
  return { ...settings, train: { ...train, epochs } };
}

/** The same configuration with the tiles of the options. Throws a UserError where one of the options that belong together is missing. */
function withTiles<C extends DetectorConfig>(model: C, { tiles, overlap, inputSize }: Overrides): C {
  if (tiles === undefined) {
    if (overlap === undefined) return model;
    if (!model.tiles) throw new UserError('--overlap: is of tiles; add --tiles, such as --tiles 256');
    return { ...model, tiles: { ...model.tiles, overlap } };
  }
  if (inputSize === undefined && !model.tiles)
    throw new UserError(
      '--tiles: --input-size is missing, the size in pixels at which pictures are cut into tiles; for pictures of 2048×1536 pixels add, for ' +
        'example, --input-size 1536x2048',
    );
  const { height, width } = tiles;
  const unit = tileUnit(model);
  // what all methods accept
  const step = 32 % unit === 0 ? 32 : unit;
  const quarter = Math.max(1, Math.round(Math.min(height, width) / 4 / step)) * step;
  return { ...model, tiles: { size: [height, width], overlap: overlap ?? quarter } };
}

/** Throws a UserError where the input is larger than the viewer shows: such a run would be trained and then not opened. */
export function requireShown(model: DetectorConfig): void {
  const tiled = model.tiles !== undefined;
  const most = tiled ? MAX_TILED_SIZE : MAX_SIZE;
  const { height, width } = inputOf(model);
  if (Math.max(height, width) > most)
    throw new UserError(
      `--input-size: expected sides of at most ${most} pixels, the largest that the viewer opens, got ${sidesOf({ height, width })}; ` +
        `choose a smaller input${tiled ? '' : ', or cut it into --tiles'}`,
    );
  const tile = tileOf(model);
  if (Math.max(tile.height, tile.width) > MAX_SIZE)
    throw new UserError(
      `--tiles: expected sides of at most ${MAX_SIZE} pixels, got ${sidesOf(tile)}; choose smaller tiles`,
    );
}

/** Throws a UserError if settings are incompatible. */
export function requireSound(model: DetectorConfig): void {
  const found = methodOf(model).configSchema.safeParse(model);
  const ofTiles = found.error?.issues.find(({ path }) => path[0] === 'tiles');
  if (ofTiles) throw new UserError(`--tiles: ${ofTiles.message}`);
  if (isPyramidMamba(model)) {
    requireSoundNetwork(model);
    return;
  }
  const multiple = methodOf(model).inputMultiple(model);
  const { height, width } = inputOf(model);
  if (height % multiple === 0 && width % multiple === 0) return;
  throw new UserError(
    `--input-size: must be a multiple of ${multiple} for this encoder, got ${sidesOf({ height, width })}; ` +
      `try ${sidesOf(nearestSides(model, multiple))}`,
  );
}

const sidesOf = ({ height, width }: Size): string =>
  height === width ? String(height) : `${height}x${width}`;

function nearestSides(model: DetectorConfig, unit: number): Size {
  const { height, width } = inputOf(model);
  const near = (side: number) => Math.max(unit, Math.round(side / unit) * unit);
  return { height: near(height), width: near(width) };
}

export function requireSoundNetwork(model: PyramidMambaConfig): void {
  const { height, width } = inputOf(model);
  const sides = sidesOf({ height, width });
  const cell = cellOf(model);
  if (height % cell !== 0 || width % cell !== 0) {
    // features of one resolution are those of patches
    const patches = familyOf(model.encoder).contract(model.encoder).strides[0] === cell;
    const why = patches
      ? `the encoder sees patches of ${cell}x${cell} pixels`
      : 'the network halves the picture five times';
    throw new UserError(
      `--input-size: ${why}, so the size must be a multiple of ${cell}, got ${sides}; ` +
        `try ${fittingSize(model)}`,
    );
  }
  if (!model.decoder.pss && !model.decoder.lec) {
    throw new UserError(
      '--no-pss and --no-lec together leave the decoder without any branch; omit one of them',
    );
  }
  // pyramids are of what the network sees at once
  const tile = tileOf(model);
  const [rows, columns] = [tile.height / cell, tile.width / cell];
  const tooFine = model.decoder.grids.find((grid) => rows % grid !== 0 || columns % grid !== 0);
  if (tooFine !== undefined) {
    throw new UserError(
      `--grids: at ${sidesOf(tile)} pixels the smallest map is ${rows}x${columns}, which cannot be cut into ` +
        `${tooFine}x${tooFine} equal regions; omit ${tooFine}, or try ${model.tiles ? 'other --tiles' : `--input-size ${fittingSize(model)}`}`,
    );
  }
}

/** Pixels along a side per pixel of the smallest map. */
function cellOf(model: PyramidMambaConfig): number {
  const whole: PyramidMambaConfig = { ...model, decoder: { ...model.decoder, grids: [1] } };
  return methodOf(model).inputMultiple(whole);
}

/** The nearest size whose smallest map can be cut into all grids: these are powers of two, so the largest decides. */
function fittingSize(model: PyramidMambaConfig): string {
  return sidesOf(nearestSides(model, cellOf(model) * Math.max(...model.decoder.grids)));
}
