import { join, resolve } from 'node:path';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { BEST } from '@pyramid-mamba/inspect';
import { withLock } from '@pyramid-mamba/runs/node';
import type { Command } from 'commander';
import { leftOf, type Left } from '../ablation/done.js';
import { Unsound } from '../ablation/unsound.js';
import { BACKEND_OPTION } from '../backend.js';
import {
  canBeTimed,
  cellsOf,
  comparable,
  encoderChoices,
  methodChoices,
  requestOf,
  type Cell,
  type CellOptions,
} from '../compare/cells.js';
import { readCost } from '../compare/cost.js';
import { asCsv, asFigure, asLatex, asMarkdown, asText, picturesCsv } from '../compare/formats.js';
import { makeCell, requireSameTime, requireSuited } from '../compare/make.js';
import { comparisonOf, type Comparison } from '../compare/result.js';
import { UserError } from '../errors.js';
import { dataLocation, noteNotices, openDataset } from '../run/dataset.js';
import {
  CLASSES_HELP,
  fitOption,
  INPUT_SIZE_HELP,
  inputSides,
  moreNames,
  names,
  positiveInteger,
  timeSpan,
} from '../settings/options.js';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import { waiting } from '../terminal/waiting.js';
import { defaultCacheFolder } from '../training/featureCache.js';
import { openSources, type TrainRequest } from '../training/prepare.js';
import { EMBEDDED } from '../weights/encoderSource.js';

interface CompareOptions extends CellOptions {
  data: string;
  out: string;
  methods: string[];
  encoders: string[];
  seeds: number;
  classes?: string[];
  cache?: string;
  json?: boolean;
}

export function addCompare(program: Command, io: Io): void {
  program
    .command('compare')
    .description('train and evaluate several methods on the same pictures; resumes, and tabulates them')
    .requiredOption('--data <dir>', 'folder of pictures, or "synthetic" for the embedded data set')
    .requiredOption('--out <dir>', 'folder for the runs and the tables')
    .option(
      '--methods <a,b>',
      `METHOD, METHOD:PRESET, or ${BEST} (default: all methods; with --time those that can be planned by it)`,
      names,
      [],
    )
    .option('--encoders <x,y>', 'encoder weights, each as `train --encoder` takes it', names, [EMBEDDED])
    .option('--seeds <n>', 'train each with the seeds 1 to n', positiveInteger, 3)
    .option('--preset <name>', 'of the methods that have it and name none (default: the first of each)')
    .option(
      '--time <span>',
      'of training for each, such as 90s or 1h; a memory bank takes what it needs',
      timeSpan,
    )
    .option('--epochs <n>', 'passes over the training pictures', positiveInteger)
    .option('--max-steps <n>', 'stop each training after this many steps', positiveInteger)
    .option('--batch-size <n>', 'pictures per step', positiveInteger)
    .option('--input-size <px>', INPUT_SIZE_HELP, inputSides)
    .addOption(fitOption())
    .option('--classes <a,b>', CLASSES_HELP, moreNames)
    .option('--workers <n>', 'threads that share each batch', positiveInteger)
    .option(...BACKEND_OPTION, 'auto')
    .option('--cache <dir>', 'cache folder of encoder features')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba compare --data photos --methods pyramid-mamba,patchcore,rd4ad --seeds 3 --time 10m --out compared',
    )
    .action((options: CompareOptions) => answer(io, options.json, (talk) => runCompare(options, talk)));
}

/** Returns what `compare.json` holds. */
async function runCompare(options: CompareOptions, io: Io): Promise<Comparison> {
  for (const [given, name] of [
    [options.epochs, '--epochs'],
    [options.maxSteps, '--max-steps'],
  ] as const)
    if (options.time !== undefined && given !== undefined)
      throw new UserError(`--time and ${name} both give the length of a training; omit one of them`);
  const out = resolve(options.out);
  return withLock([out], 'compare', () => compareHere(out, options, io));
}

interface Job {
  cell: Cell;
  request: TrainRequest;
  left: Left;
}

async function compareHere(out: string, options: CompareOptions, io: Io): Promise<Comparison> {
  const usual = comparable().filter((method) => options.time === undefined || canBeTimed(method));
  const named = options.methods.length > 0 ? options.methods : usual.map(({ name }) => name);
  const methods = methodChoices(named, options.preset);
  const encoders = encoderChoices(options.encoders);
  const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1);
  const data = dataLocation(options.data);
  const opened = await waiting(io, 'reading the headers of the pictures', () =>
    openDataset(data, options.classes),
  );
  noteNotices(io, opened.notices);
  const { dataset } = opened;
  const shared = { out, data, dataset, cacheFolder: resolve(options.cache ?? defaultCacheFolder()) };
  // report what does not fit before hours of training, not in between
  const jobs: Job[] = [];
  for (const cell of cellsOf(methods, encoders, seeds)) {
    const request = await requestOf(cell, options, shared);
    requireSameTime(await readCost(out, cell.key), request);
    const sources = await openSources(request, request.settings);
    requireSuited({ ...request.settings.model, encoder: sources.encoder.config });
    jobs.push({ cell, request, left: await leftOf(request, sources) });
  }
  const unsound = new Unsound();
  let isFirst = true;
  for (const [i, { cell, request, left }] of jobs.entries()) {
    const head = `[${i + 1}/${jobs.length}] ${cell.method.title}, ${cell.preset}, ${cell.encoder.label}, seed ${cell.seed}`;
    say(io, left === 'nothing' ? `${head}: already done` : head);
    const work = () =>
      request.run.writing('compare', () => makeCell({ out, key: cell.key, request, left, isFirst }, io));
    await unsound.make(cell.key, request.run, work, io);
    if (left !== 'nothing') isFirst = false;
  }
  const { classes } = dataset;
  const comparison = await comparisonOf(methods, encoders, seeds, {
    out,
    data,
    classes,
    failed: unsound.reasons,
  });
  const text = asText(comparison);
  const files: [name: string, text: string][] = [
    ['compare.txt', `${text}\n`],
    ['compare.md', asMarkdown(comparison)],
    ['compare.csv', asCsv(comparison)],
    ['compare-pictures.csv', picturesCsv(comparison)],
    ['compare.tex', asLatex(comparison)],
    ['compare.json', `${JSON.stringify(comparison, null, 2)}\n`],
    ['compare.svg', asFigure(comparison)],
  ];
  for (const [name, content] of files) await writeFileAtomic(join(out, name), content);
  say(io, `\n${text}\n\nwrote ${files.map(([name]) => join(out, name)).join(', ')}`);
  unsound.requireNone('compare', jobs.length, join(out, 'compare.txt'));
  return comparison;
}
