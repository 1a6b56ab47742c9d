import { join, resolve } from 'node:path';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import type { Fit, Size } from '@pyramid-mamba/model';
import type { Command } from 'commander';
import { ABLATIONS, variantsOf, withParts, type Ablation, type Variant } from '../ablation/ablation.js';
import { leftOf } from '../ablation/done.js';
import { ablationResult, ablationTable, classBars, classTable, keyOf, runOf } from '../ablation/result.js';
import { Unsound } from '../ablation/unsound.js';
import { BACKEND_OPTION } from '../backend.js';
import { dataLocation, noteNotices, openDataset } from '../run/dataset.js';
import {
  defaultEncoder,
  ENCODER_OPTION,
  encoderLocation,
  foreignEncoder,
  readUserFile,
} from '../weights/encoderSource.js';
import { UserError } from '../errors.js';
import { defaultCacheFolder } from '../training/featureCache.js';
import { holdBack } from '@pyramid-mamba/data';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import { waiting } from '../terminal/waiting.js';
import {
  CLASSES_HELP,
  fitOption,
  INPUT_SIZE_HELP,
  inputSides,
  moreNames,
  names,
  positiveInteger,
  seed as readSeed,
} from '../settings/options.js';
import type { Run } from '../run/run.js';
import { withLock } from '@pyramid-mamba/runs/node';
import { onEncoder, presetSettings, requireShown, withOverrides } from '../settings/settings.js';
import type { TrainRequest } from '../training/prepare.js';
import { train } from '../training/training.js';
import { evaluateModelFile } from './evaluate.js';

interface AblateOptions {
  data: string;
  out: string;
  tables: string[];
  seeds: number[];
  preset: string;
  encoder?: string;
  classes?: string[];
  epochs?: number;
  maxSteps?: number;
  inputSize?: Size;
  fit?: Fit;
  batchSize?: number;
  workers?: number;
  backend: string;
  cache?: string;
  json?: boolean;
}

/** The paper's figure 4 shows each class. */
const BY_CLASS = 'fig4';
/** The printed one of the figures by class; all are drawn. */
const PRINTED = 'AU-PRO';

export function addAblate(program: Command, io: Io): void {
  program
    .command('ablate')
    .description(
      "train and evaluate the paper's ablations, and others' parts, over seeds; resumes when interrupted",
    )
    .requiredOption('--data <dir>', 'folder of pictures, or "synthetic" for the embedded data set')
    .requiredOption('--out <dir>', 'folder for the runs and the tables')
    .option(
      '--tables <list>',
      'which: III (PSS, LEC), IV (pyramid, noise), fig4 (pyramid levels), parts (of other methods)',
      names,
      ['III', 'IV', 'fig4'],
    )
    .option('--seeds <list>', 'seeds to train each with', (text: string) => names(text).map(readSeed), [1])
    .option('--preset <name>', 'settings to start from: tiny, paper or official', 'tiny')
    .option(...ENCODER_OPTION)
    .option('--classes <a,b>', CLASSES_HELP, moreNames)
    .option('--epochs <n>', 'passes over the training pictures', positiveInteger)
    .option('--max-steps <n>', 'stop each training after this many steps', positiveInteger)
    .option('--input-size <px>', INPUT_SIZE_HELP, inputSides)
    .addOption(fitOption())
    .option('--batch-size <n>', 'pictures per step', positiveInteger)
    .option('--workers <n>', 'threads that share each batch', positiveInteger)
    .option(...BACKEND_OPTION, 'auto')
    .option('--cache <dir>', 'cache folder of encoder features')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba ablate --data mvtec --encoder resnet34 --out ablation --seeds 1,2,3',
    )
    .action((options: AblateOptions) => answer(io, options.json, (talk) => runAblate(options, talk)));
}

/** Returns what `ablation.json` holds. */
async function runAblate(options: AblateOptions, io: Io) {
  const unknown = options.tables.filter((key) => !ABLATIONS.some((one) => one.key === key));
  if (unknown.length > 0) {
    throw new UserError(
      `--tables: unknown ${unknown.join(', ')}; choose among ${ABLATIONS.map(({ key }) => key).join(', ')}`,
    );
  }
  const tables = ABLATIONS.filter(({ key }) => options.tables.includes(key));
  const out = resolve(options.out);
  return withLock([out], 'ablate', () => ablateHere(tables, out, options, io));
}

async function ablateHere(tables: readonly Ablation[], out: string, options: AblateOptions, io: Io) {
  const variants = variantsOf(tables);
  const jobs = variants.flatMap((variant) => options.seeds.map((seed) => ({ variant, seed })));
  // report incompatible settings, and runs with other ones, before hours of training, not in between
  const requests = [];
  for (const { variant, seed } of jobs) {
    const request = await requestOf(options, variant, seed, runOf(out, variant.key, seed), io);
    requests.push({ request, left: await leftOf(request) });
  }
  const unsound = new Unsound();
  for (const [i, { request, left }] of requests.entries()) {
    const { variant, seed } = jobs[i]!;
    const head = `[${i + 1}/${jobs.length}] ${variant.key}, seed ${seed}`;
    if (left === 'nothing') say(io, `${head}: already done`);
    else {
      say(io, head);
      const work = () =>
        request.run.writing('ablate', () => trainAndEvaluate(request, left !== 'measuring', io));
      await unsound.make(keyOf(variant.key, seed), request.run, work, io);
    }
  }
  const results = await Promise.all(
    tables.map((one) => ablationResult(one, options.seeds, out, unsound.reasons)),
  );
  const byClass = results.filter(({ key }) => key === BY_CLASS);
  const text = [...results.map(ablationTable), ...byClass.map((one) => classTable(one, PRINTED))].join(
    '\n\n',
  );
  const files: [name: string, text: string][] = [
    ['ablation.txt', `${text}\n`],
    ['ablation.json', `${JSON.stringify(results, null, 2)}\n`],
    ...byClass.map((one): [string, string] => [`${one.key}.svg`, classBars(one)]),
  ];
  for (const [name, content] of files) await writeFileAtomic(join(out, name), content);
  say(io, `\n${text}\n\nwrote ${files.map(([name]) => join(out, name)).join(', ')}`);
  unsound.requireNone('ablate', jobs.length, join(out, 'ablation.txt'));
  return results;
}

async function settingsOf(options: AblateOptions, variant: Variant, seed: number) {
  const { epochs, inputSize, fit, batchSize, workers, encoder } = options;
  const usual = presetSettings(options.preset);
  const foreign =
    encoder === undefined ? undefined : await foreignEncoder(encoderLocation(encoder), usual.model.encoder);
  return withOverrides(onEncoder(withParts(usual, variant), foreign), {
    epochs,
    inputSize,
    fit,
    batchSize,
    workers,
    seed,
    ...variant.change,
  });
}

async function requestOf(
  options: AblateOptions,
  variant: Variant,
  seed: number,
  run: Run,
  io: Io,
): Promise<TrainRequest> {
  const data = dataLocation(options.data);
  const settings = await settingsOf(options, variant, seed);
  let usual = defaultEncoder(settings.model.encoder);
  if (!run.exists()) requireShown(settings.model);
  else {
    // a run of an older version goes on with the random numbers and the encoder it was started with
    const { train, encoder } = await run.readConfig();
    settings.train.random = train.random ?? 1;
    usual = encoder.file;
  }
  const opened = await waiting(io, 'reading the headers of the pictures', () =>
    openDataset(data, options.classes),
  );
  noteNotices(io, opened.notices);
  const { dataset, heldBack } = await holdBack(opened.dataset, undefined, seed);
  return {
    run,
    data,
    dataset,
    heldBack,
    preset: options.preset,
    settings,
    encoderFile: options.encoder === undefined ? usual : encoderLocation(options.encoder),
    backend: options.backend,
    cacheFolder: resolve(options.cache ?? defaultCacheFolder()),
    resume: run.exists(),
    overwrite: false,
    maxSteps: options.maxSteps,
  };
}

async function trainAndEvaluate(request: TrainRequest, trains: boolean, io: Io): Promise<void> {
  const { run, dataset } = request;
  if (trains) await train(request, io);
  const bytes = await readUserFile(run.model, 'ablate');
  await evaluateModelFile(
    { bytes, modelFile: run.model, dataset, out: run.folder, protocol: 'paper', own: run, keeps: true },
    io,
  );
}
