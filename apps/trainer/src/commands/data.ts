import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { syntheticDataset, syntheticVariants, someOf } from '@pyramid-mamba/data';
import {
  checkDataset,
  LAYOUT_NAMES,
  writeDataset,
  type CheckReport,
  type LayoutName,
} from '@pyramid-mamba/data/node';
import { groupedBy } from '@pyramid-mamba/metrics';
import { Option, type Command } from 'commander';
import { UserError } from '../errors.js';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import { CLASSES_HELP, moreNames, positiveInteger, seed } from '../settings/options.js';
import { Progress } from '../terminal/progress.js';
import { isMany } from '../text/manyClasses.js';
import { table } from '../text/table.js';

interface CheckOptions {
  layout?: LayoutName;
  classes?: string[];
  json?: boolean;
}

interface SynthOptions {
  seed: number;
  train?: number;
  good?: number;
  perDefect?: number;
  size: number;
  classes?: string[];
  products?: number;
  json?: boolean;
}

export function addData(program: Command, io: Io): void {
  const data = program.command('data').description('data sets: check one, or write a synthetic one');
  data
    .command('check')
    .description('check a data set: every picture and mask is read, each fault is listed once')
    .argument('<dir>', 'folder of pictures')
    .addOption(
      new Option('--layout <name>', 'layout of the folder (default: detected)').choices(LAYOUT_NAMES),
    )
    .option('--classes <a,b>', CLASSES_HELP, moreNames)
    .option(...JSON_OPTION)
    .addHelpText('after', '\nExample:\n  pyramid-mamba data check mvtec')
    .action((dir: string, options: CheckOptions) => check(dir, options, io));
  data
    .command('synth')
    .description("write the embedded synthetic data set to a folder, in MVTec's layout")
    .argument('<dir>', 'a new or empty folder')
    .option('--seed <s>', 'seed of the pictures', seed, 1)
    .option('--train <n>', 'training pictures per class', positiveInteger)
    .option('--good <n>', 'good test pictures per class', positiveInteger)
    .option('--per-defect <n>', 'test pictures per kind of defect', positiveInteger)
    .option('--size <n>', 'side in pixels', positiveInteger, 256)
    .option('--classes <a,b>', CLASSES_HELP, moreNames)
    .addOption(
      new Option('--products <n>', 'as many products: variants of the classes in colour and proportions')
        .argParser(positiveInteger)
        .conflicts('classes'),
    )
    .option(...JSON_OPTION)
    .addHelpText('after', '\nExample:\n  pyramid-mamba data synth drawn --classes screw,tile --train 40')
    .action((dir: string, options: SynthOptions) =>
      answer(io, options.json, (talk) => synth(dir, options, talk)),
    );
}

async function check(dir: string, { layout, classes, json }: CheckOptions, io: Io): Promise<void> {
  let errors = 0;
  await answer(io, json, async (talk) => {
    const progress = new Progress(talk);
    const report = await checkDataset(resolve(dir), {
      ...(layout === undefined ? {} : { layout }),
      ...(classes === undefined ? {} : { classes }),
      onProgress: (done, total) => progress.update({ done, total, label: `checking ${done}/${total}` }),
    }).finally(() => progress.clear());
    if (!json) print(report, talk);
    errors = report.errors;
    return report;
  });
  // after the report, which is always printed
  if (errors > 0) {
    throw new UserError(`data check: ${errors} ${errors === 1 ? 'error' : 'errors'} to fix, listed above`);
  }
}

function print({ findings, classes, licence, sentence }: CheckReport, io: Io): void {
  for (const { severity, sentence: text } of findings) say(io, `${severity}: ${text}`);
  const common = (counts: Record<string, number>) => {
    const kinds = Object.keys(counts);
    return kinds.length === 0 ? '-' : `${kinds[0]}${kinds.length > 1 ? ` and ${kinds.length - 1} more` : ''}`;
  };
  const rows = classes.map((c) => [
    c.name,
    String(c.train),
    String(c.validation),
    String(c.testGood),
    String(c.testDefective),
    common(c.sizes),
    common(c.channels),
  ]);
  say(
    io,
    table(
      ['class', 'train', 'validation', 'test good', 'test defective', 'size', 'channels'],
      alikeTogether(rows),
    ),
  );
  say(io, `licence: ${licence ?? 'unknown; ask the owner of the pictures'}`);
  say(io, sentence);
}

/** Of many classes those with the same cells in one row. */
function alikeTogether(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  if (!isMany(rows.length)) return rows;
  const groups = groupedBy(rows, ([, ...cells]) => JSON.stringify(cells));
  return [...groups.values()].map((group) => [
    group.length === 1 ? group[0]![0]! : `${group[0]![0]!} and ${group.length - 1} more`,
    ...group[0]!.slice(1),
  ]);
}

async function synth(dir: string, options: SynthOptions, io: Io) {
  const folder = resolve(dir);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UserError(`data synth: ${folder} is not empty; pass a new folder`);
  }
  const { seed, train, good, perDefect, products, size } = options;
  const classes = products === undefined ? options.classes : syntheticVariants(products);
  const dataset = syntheticDataset({
    seed,
    ...(train === undefined ? {} : { trainPerClass: train }),
    ...(good === undefined ? {} : { testGoodPerClass: good }),
    ...(perDefect === undefined ? {} : { testPerDefect: perDefect }),
    ...(classes === undefined ? {} : { classes }),
  });
  const progress = new Progress(io);
  const total = dataset.train.length + dataset.test.length;
  await writeDataset(dataset, folder, size, (done) =>
    progress.update({ done, total, label: `drawing picture ${done}/${total}` }),
  ).finally(() => progress.clear());
  const { classes: drawn, train: training, test } = dataset;
  say(
    io,
    `wrote ${training.length} training and ${test.length} test pictures of ${someOf(drawn)} to ${folder}`,
  );
  return { folder, classes: drawn, train: training.length, test: test.length };
}
