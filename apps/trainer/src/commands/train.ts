import { resolve } from 'node:path';
import { holdBack, withHeldBack } from '@pyramid-mamba/data';
import { allMethods, methodOf, type Fit, type Method, type Size } from '@pyramid-mamba/model';
import { Option, type Command } from 'commander';
import { BACKEND_OPTION } from '../backend.js';
import { fileSettings, merged, parseSet, readConfigFile, type FileSettings } from '../settings/configFile.js';
import { dataLocation, noteNotices, openDataset, requireThere } from '../run/dataset.js';
import { defaultEncoder, ENCODER_OPTION, encoderLocation } from '../weights/encoderSource.js';
import { UserError } from '../errors.js';
import { defaultCacheFolder } from '../training/featureCache.js';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import {
  CLASSES_HELP,
  fitOption,
  grids,
  INPUT_SIZE_HELP,
  inputSides,
  moreNames,
  names,
  positiveInteger,
  positiveNumber,
  seed,
  share,
} from '../settings/options.js';
import { Run, type RunConfig } from '../run/run.js';
import {
  methodNamed,
  methodSettings,
  requireApplicableTree,
  requireShown,
  withEnoughSteps,
  withOverrides,
  withTree,
  WORKERS_OPTION,
  type Settings,
} from '../settings/settings.js';
import { typed } from '../text/shellWords.js';
import { waiting } from '../terminal/waiting.js';
import { train } from '../training/training.js';
import { trainResult, type TrainResult } from '../training/result.js';

interface TrainOptions {
  method?: string;
  data?: string;
  out: string;
  preset?: string;
  encoder?: string;
  classes?: string[];
  epochs?: number;
  maxSteps?: number;
  batchSize?: number;
  lr?: number;
  seed?: number;
  inputSize?: Size;
  fit?: Fit;
  grids?: number[];
  workers?: number;
  augmentRotations?: string[];
  pss: boolean;
  lec: boolean;
  noise: boolean;
  backend?: string;
  cache?: string;
  resume?: boolean;
  overwrite?: boolean;
  config?: string;
  set: string[];
  holdBack?: number;
  json?: boolean;
}

const DEFAULT_METHOD = methodOf({}).name;
const DEFAULT_PRESET = 'tiny';

const methodNames = (): string =>
  allMethods()
    .map(({ name }) => name)
    .join(', ');
const presetNames = (): string => Object.keys(methodOf({}).presets).join(', ');

export function addTrain(program: Command, io: Io): void {
  program
    .command('train')
    .description('train one model for all classes of a data set')
    .option('--data <dir>', 'folder of pictures, or "synthetic" (embedded set)')
    .requiredOption('--out <run>', 'folder to write the run to')
    .option('--method <name>', `${methodNames()} (default: ${DEFAULT_METHOD})`)
    .option('--preset <name>', `${presetNames()} (default: ${DEFAULT_PRESET})`)
    .option('--config <file>', "settings in YAML or JSON; another run's config.json repeats its training")
    .option(
      '--set <key=value>',
      'one setting, e.g. train.lr=1e-3; may be repeated',
      (text: string, before: string[]) => [...before, text],
      [],
    )
    .option(...ENCODER_OPTION)
    .option('--classes <a,b>', CLASSES_HELP, moreNames)
    .option('--epochs <n>', 'passes over the training pictures', positiveInteger)
    .option('--max-steps <n>', 'stop after this many steps; --resume continues', positiveInteger)
    .option('--batch-size <n>', 'pictures per step', positiveInteger)
    .option('--lr <x>', 'learning rate', positiveNumber)
    .option('--seed <s>', 'seed of the weights, the order and the noise', seed)
    .option('--input-size <px>', INPUT_SIZE_HELP, inputSides)
    .addOption(fitOption())
    .option('--grids <list>', 'pyramid levels of the scan: 1 (none), 1,2 or 1,2,4', grids)
    .option(
      '--augment-rotations <a,b>',
      'classes whose pictures are also rotated by quarter turns and mirrored: for products in any orientation',
      names,
    )
    .addOption(
      new Option('--any-way-round <a,b>').hideHelp().argParser(() => {
        throw new UserError('--any-way-round is now called --augment-rotations; use that');
      }),
    )
    .option('--no-pss', 'switch off the global branch (pyramid scan)')
    .option('--no-lec', 'switch off the local branch (convolutions)')
    .option('--no-noise', 'switch off the noise on the features')
    .option(
      '--hold-back <share>',
      'share of good pictures held out from training, to set thresholds (default: 0.2 for classes without good test pictures, else 0)',
      share,
    )
    .option(...WORKERS_OPTION, positiveInteger)
    .option(BACKEND_OPTION[0], `${BACKEND_OPTION[1]} (default: auto)`)
    .option(
      '--cache <dir>',
      'cache folder of encoder features (default: pyramid-mamba in $XDG_CACHE_HOME or ~/.cache)',
    )
    .addOption(
      new Option('--resume', 'continue the run in --out from its last checkpoint').conflicts('overwrite'),
    )
    .option('--overwrite', 'replace the run in --out')
    .option(...JSON_OPTION)
    .addHelpText('after', '\nExample:\n  pyramid-mamba train --data photos --out runs/first')
    .action((options: TrainOptions) => answer(io, options.json, (talk) => runTrain(options, talk)));
}

async function runTrain(options: TrainOptions, io: Io): Promise<TrainResult & { notices: string[] }> {
  const run = new Run(resolve(options.out));
  if (options.resume && !run.exists()) {
    throw new UserError(`--resume: ${run.folder} contains no run to continue; omit --resume to start one`);
  }
  return run.writing(options.resume ? 'train --resume' : 'train', () => trainHere(run, options, io));
}

async function trainHere(
  run: Run,
  options: TrainOptions,
  io: Io,
): Promise<TrainResult & { notices: string[] }> {
  const saved = options.resume ? await run.readConfig() : undefined;
  const asked = await readSettings(options);
  const location = options.data ?? asked.data;
  const data = location === undefined ? saved?.data : dataLocation(location);
  if (data === undefined) {
    throw new UserError(
      'train: --data is missing; pass a folder of pictures, or "synthetic" for the embedded data set',
    );
  }
  const preset = options.preset ?? asked.preset;
  const method = chosenMethod(options, asked, saved);
  const start = startingSettings(method, preset, saved);
  let settings = withTree(start, asked, asked.where);
  requireApplicableTree(method, start, asked, asked.where);
  settings = withOverrides(settings, {
    ...options,
    workers: options.workers ?? (method.learns === 'steps' ? asked.workers : undefined),
    // commander returns `true` if a --no-… option is absent; the settings are then unchanged
    pss: options.pss ? undefined : false,
    lec: options.lec ? undefined : false,
    noise: options.noise ? undefined : false,
  });
  // runs of earlier versions may be larger, and can be continued
  if (!saved) requireShown(settings.model);
  const classes = options.classes ?? asked.classes ?? saved?.classes;
  if (location === undefined) requireThere(data, run.folder);
  const { dataset, sentence, notices } = await waiting(io, 'reading the headers of the pictures', () =>
    openDataset(data, classes),
  );
  say(io, `data: ${sentence}`);
  noteNotices(io, notices);
  const split = saved
    ? withHeldBack(dataset, saved.heldBack)
    : await holdBack(dataset, options.holdBack ?? asked.holdBack, settings.train.seed);
  if (split.heldBack.length > 0) {
    say(
      io,
      `held out: ${split.heldBack.length} good pictures are not trained on; they set the thresholds and serve as good test pictures`,
    );
  }
  const presetName = preset ?? saved?.preset ?? Object.keys(method.presets)[0]!;
  const openEpochs = options.epochs === undefined && asked.train?.['epochs'] === undefined && !saved;
  if (method.learns === 'steps' && presetName === DEFAULT_PRESET && openEpochs) {
    settings = withEnoughSteps(settings, split.dataset.train.length);
  }
  const encoder = options.encoder ?? asked.encoder;
  const usual = saved ? saved.encoder.file : defaultEncoder(settings.model.encoder);
  await train(
    {
      run,
      data,
      dataset: split.dataset,
      heldBack: split.heldBack,
      preset: presetName,
      settings,
      encoderFile: encoder === undefined ? usual : encoderLocation(encoder),
      backend: options.backend ?? asked.backend ?? saved?.backend ?? 'auto',
      cacheFolder: resolve(options.cache ?? asked.cache ?? defaultCacheFolder()),
      resume: options.resume === true,
      overwrite: options.overwrite === true,
      maxSteps: options.maxSteps,
    },
    io,
  );
  const result = { ...(await trainResult(run)), notices };
  say(io, `summary: ${result.summary}`);
  say(io, nextCommands(run, split.dataset.test.length > 0));
  return result;
}

/** The next steps with a trained model. */
function nextCommands({ folder }: Run, canEvaluate: boolean): string {
  const run = typed(folder);
  const measure = `\`pyramid-mamba evaluate ${run}\` evaluates the model and draws heat maps, then \`pyramid-mamba view ${run}\` shows them; `;
  return `next: ${canEvaluate ? measure : ''}\`pyramid-mamba predict PICTURES --model ${run}\` judges new pictures`;
}

/** The configuration file, overridden by `--set`. */
async function readSettings({ config, set }: TrainOptions): Promise<FileSettings & { where: string }> {
  const where = config ?? '--set';
  const trees = [config === undefined ? {} : await readConfigFile(config), ...set.map(parseSet)];
  return { ...fileSettings(trees.reduce(merged), where), where };
}

/** The method that the command or its configuration names, or that of the resumed run. */
function chosenMethod(
  { method: option }: TrainOptions,
  { method: key, model, where }: FileSettings & { where: string },
  saved: RunConfig | undefined,
): Method {
  const inModel = model?.['method'];
  const named = option ?? key ?? (inModel === undefined ? undefined : String(inModel));
  if (option !== undefined && key !== undefined && option !== key)
    throw new UserError(`--method: ${option}, but ${where} says ${key}; give one of them`);
  return named === undefined ? methodOf(saved?.model ?? {}) : methodNamed(named);
}

function startingSettings(
  method: Method,
  preset: string | undefined,
  saved: RunConfig | undefined,
): Settings {
  if (saved && preset === undefined && methodOf(saved.model) === method)
    return { model: saved.model, train: saved.train, workers: saved.workers };
  const settings = methodSettings(method, preset);
  // a resumed run keeps its own version of the random streams
  return saved ? { ...settings, train: { ...settings.train, random: saved.train.random ?? 1 } } : settings;
}
