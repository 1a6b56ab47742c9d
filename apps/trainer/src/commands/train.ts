import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { BEST } from '@pyramid-mamba/inspect';
import { allMethods, type Locating } from '@pyramid-mamba/model';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { BACKEND_OPTION } from '../backend.js';
import { areasOfClasses, readAreas } from '../settings/areasFile.js';
import { fileSettings, merged, parseSet, readConfigFile } from '../settings/configFile.js';
import { dataLocation, noteNotices, openDataset, requireThere, type OpenedDataset } from '../run/dataset.js';
import { newRunFolder, productOf } from '../run/naming.js';
import { ENCODER_OPTION } from '../weights/encoderSource.js';
import { UserError } from '../errors.js';
import { defaultCacheFolder } from '../training/featureCache.js';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import {
  CLASSES_HELP,
  fitOption,
  grids,
  INPUT_SIZE_HELP,
  inputSides,
  MAX_FALSE_REJECTS,
  moreNames,
  names,
  positiveInteger,
  positiveNumber,
  rate,
  seed,
  share,
  timeSpan,
} from '../settings/options.js';
import { Run, type RunConfig } from '../run/run.js';
import { WORKERS_OPTION } from '../settings/settings.js';
import { typed } from '../text/shellWords.js';
import { waiting } from '../terminal/waiting.js';
import { SINGLE_OPTIONS, singleMethodBy } from '../settings/stages.js';
import { trainResult, type TrainResult } from '../training/result.js';
import { inStages } from './ways/inStages.js';
import { singleMethod } from './ways/single.js';
import { locateBy, type Asked, type TrainOptions } from './ways/way.js';
const methodNames = (): string =>
  allMethods()
    .filter(({ learns }) => learns !== 'members')
    .map(({ name }) => name)
    .join(', ');
/** The presets of all methods, each once, on one line; a default one that has its method's name need not be given. */
const presetNames = (): string =>
  [
    ...new Set(
      allMethods()
        .filter(({ learns }) => learns !== 'members')
        .flatMap(({ name, presets }) => Object.keys(presets).filter((preset) => preset !== name)),
    ),
  ].join(', ');

export function addTrain(program: Command, io: Io): void {
  program
    .command('train')
    .description('train one model for all products of a folder (or "synthetic")')
    .argument('[data]')
    .addOption(new Option('--data <dir>', 'the same as an option').hideHelp())
    .option('--out <run>', "the run's folder (default: runs/DATE-PRODUCT)")
    .option('--time <span>', 'for the network, such as 90s or 1h (default: 10m)', timeSpan)
    .addOption(new Option('--quick', 'stop after the memory bank').conflicts('time'))
    .option('--method <name>', `train this method alone: ${methodNames()}`)
    .option('--preset <name>', `${BEST}, ${presetNames()}`)
    .option('--config <file>', "settings in YAML or JSON, or a run's config.json")
    .option(
      '--set <key=value>',
      'one setting, e.g. train.lr=1e-3; may be repeated',
      (text: string, before: string[] | undefined) => [...(before ?? []), text],
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
    .option('--tiles <px>', 'cut a large input into tiles, for small defects', inputSides)
    .option('--overlap <px>', 'of tiles (default: a quarter of their side)', seed)
    .addOption(new Option('--grids <list>', 'pyramid levels of the scan').argParser(grids).hideHelp())
    .option('--augment-rotations <a,b>', 'products in any orientation: turned and mirrored', names)
    .addOption(
      new Option('--any-way-round <a,b>').hideHelp().argParser(() => {
        throw new UserError('--any-way-round is now called --augment-rotations; use that');
      }),
    )
    .addOption(new Option('--no-pss', 'switch off the global branch (pyramid scan)').hideHelp())
    .addOption(new Option('--no-lec', 'switch off the local branch (convolutions)').hideHelp())
    .addOption(new Option('--no-noise', 'switch off the noise on the features').hideHelp())
    .option('--hold-back <share>', 'of good pictures kept for tests (default: 0.2)', share)
    .option(...MAX_FALSE_REJECTS, rate)
    .option('--areas <file>', 'JSON: the judged part, as `areas --set` takes it')
    .option('--locate <how>', 'find a part that moves: shift or turn', locateHow)
    .option(...WORKERS_OPTION, positiveInteger)
    .option(BACKEND_OPTION[0], `${BACKEND_OPTION[1]} (default: auto)`)
    .option('--cache <dir>', 'of encoder features (default: in ~/.cache)')
    .addOption(new Option('--resume', 'continue the run in --out').conflicts('overwrite'))
    .option('--overwrite', 'replace the run in --out')
    .option('--verbose', 'show epochs, loss and speed')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      `\nOne method is trained alone, without the memory bank, by ${SINGLE_OPTIONS.slice(0, 3).join(', ')},\n` +
        `${SINGLE_OPTIONS.slice(3).join(', ')}. Presets are a method's, but ${BEST}: RD4AD after the bank.` +
        '\n\nExample:\n  pyramid-mamba train photos --time 1h --out runs/first',
    )
    .action((folder: string | undefined, options: TrainOptions) =>
      answer(io, options.json, (talk) => runTrain(withFolder(options, folder), talk)),
    );
}

function locateHow(text: string): Locating['by'] {
  if (text === 'shift' || text === 'turn') return text;
  throw new InvalidArgumentError('expected shift, or turn for a part that is turned too');
}

/** The folder of pictures may be given with or without `--data`. */
function withFolder(options: TrainOptions, folder: string | undefined): TrainOptions {
  if (folder === undefined) return options;
  if (options.data !== undefined && options.data !== folder)
    throw new UserError(
      `train: two folders of pictures, ${folder} and --data ${options.data}; give one of them`,
    );
  return { ...options, data: folder };
}

type Result = TrainResult & { notices: string[] };
async function runTrain(options: TrainOptions, io: Io): Promise<Result> {
  const asked = await readSettings(options);
  if (options.out !== undefined) return runIn(new Run(resolve(options.out)), options, asked, io);
  for (const [given, name] of [
    [options.resume, '--resume'],
    [options.overwrite, '--overwrite'],
  ] as const)
    if (given) throw new UserError(`${name}: --out is missing; name the run's folder with it`);
  const location = options.data ?? asked.data;
  if (location === undefined) throw missingData();
  const data = dataLocation(location);
  const opened = await openedSlowly(data, options.classes ?? asked.classes, io);
  const run = new Run(newRunFolder(productOf(opened.dataset, data)));
  say(io, `run: ${typed(run.folder)} (named by date and product; --out gives it another name)`);
  return runIn(run, options, asked, io, opened);
}

const missingData = (): UserError =>
  new UserError(
    'train: the folder of pictures is missing; pass it, as in `train photos`, or "synthetic" for the embedded data set',
  );

function runIn(
  run: Run,
  options: TrainOptions,
  asked: Asked,
  io: Io,
  opened?: OpenedDataset,
): Promise<Result> {
  if (options.resume && !run.exists()) {
    throw new UserError(`--resume: ${run.folder} contains no run to continue; omit --resume to start one`);
  }
  return run.writing(options.resume ? 'train --resume' : 'train', () =>
    trainHere(run, options, asked, io, opened),
  );
}

async function trainHere(
  run: Run,
  options: TrainOptions,
  asked: Asked,
  io: Io,
  found?: OpenedDataset,
): Promise<Result> {
  const saved = options.resume ? await run.readConfig() : undefined;
  const single = requireOneWay(singleMethodBy(options, asked, asked.where), options, asked, saved);
  const location = options.data ?? asked.data;
  const data = location === undefined ? saved?.data : dataLocation(location);
  if (data === undefined) throw missingData();
  const givenAreas =
    options.areas === undefined
      ? asked.areas && { by: asked.areas }
      : await readAreas(options.areas, '--areas');
  const common = {
    run,
    data,
    backend: options.backend ?? asked.backend ?? saved?.backend ?? 'auto',
    cacheFolder: resolve(options.cache ?? asked.cache ?? defaultCacheFolder()),
    resume: options.resume === true,
    overwrite: options.overwrite === true,
    verbose: options.verbose === true,
    maxFalseRejects: options.maxFalseRejects ?? asked.maxFalseRejects ?? saved?.maxFalseRejects,
    judges: options.workers ?? asked.workers,
    locate: locateBy(options, asked, saved),
  };
  // settings that do not fit are refused before the pictures are looked for
  const way = await (single ? singleMethod : inStages)(options, asked, saved);
  if (location === undefined) requireThere(data, run.folder);
  const { dataset, sentence, notices } =
    found ?? (await openedSlowly(data, options.classes ?? asked.classes ?? saved?.classes, io));
  say(io, `data: ${sentence}`);
  noteNotices(io, notices);
  const areas = givenAreas && areasOfClasses(givenAreas, dataset.classes, '--areas');
  if (saved && areas && !isDeepStrictEqual(areas, saved.areas ?? {}))
    throw new UserError(
      '--areas: the run was begun with other areas, by which its models are tested; omit it, or give another --out',
    );
  const tested = await way({ ...common, areas: areas ?? saved?.areas }, dataset, io);
  const result = { ...(await trainResult(run)), notices };
  say(io, `summary: ${result.summary}`);
  if (result.trust !== undefined) say(io, result.trust);
  if (result.advice !== undefined) say(io, result.advice);
  say(io, nextCommands(run, tested));
  return result;
}

const openedSlowly = (data: string, classes: readonly string[] | undefined, io: Io): Promise<OpenedDataset> =>
  waiting(io, 'reading the headers of the pictures', () => openDataset(data, classes));

/** Whether one method is trained alone. Throws a UserError where the options ask for both ways, or for another one than the resumed run's. */
function requireOneWay(
  single: string | undefined,
  { time, quick, preset, resume }: TrainOptions,
  asked: Asked,
  saved: RunConfig | undefined,
): boolean {
  const stagesBy =
    time !== undefined
      ? '--time'
      : quick
        ? '--quick'
        : (preset ?? asked.preset) === BEST
          ? `--preset ${BEST}`
          : (['time', 'quick', 'stages'] as const).find((key) => asked[key] !== undefined);
  if (single !== undefined && stagesBy !== undefined)
    throw new UserError(
      `${stagesBy}: belongs to a training that begins with a memory bank, but ${single} trains one method alone; omit one of them`,
    );
  if (resume && saved?.stages && single !== undefined)
    throw new UserError(
      `--resume: the run was begun with a memory bank, and ${single} trains one method alone; omit it, or give another --out`,
    );
  if (resume && saved && !saved.stages && stagesBy !== undefined)
    throw new UserError(
      `--resume: the run trains one method alone, and ${stagesBy} belongs to a training that begins with a memory bank; omit it`,
    );
  return saved ? saved.stages === undefined : single !== undefined;
}
/** The next steps with a trained model. */
function nextCommands({ folder }: Run, canEvaluate: boolean): string {
  const run = typed(folder);
  const measure = `\`pyramid-mamba evaluate ${run}\` evaluates the model and draws heat maps, then \`pyramid-mamba view ${run}\` shows them; `;
  return `next: ${canEvaluate ? measure : ''}\`pyramid-mamba predict PICTURES --model ${run}\` judges new pictures`;
}

/** The configuration file, overridden by `--set`. */
async function readSettings({ config, set = [] }: TrainOptions): Promise<Asked> {
  const where = config ?? '--set';
  const trees = [config === undefined ? {} : await readConfigFile(config), ...set.map(parseSet)];
  return { ...fileSettings(trees.reduce(merged), where), where };
}
