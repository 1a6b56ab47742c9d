import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import type { Command } from 'commander';
import { ABLATIONS, meanAndStd, variantsOf, type Ablation, type Variant } from '../ablation.js';
import { dataLocation, openDataset } from '../dataset.js';
import { encoderLocation, readUserFile } from '../encoderSource.js';
import { UserError } from '../errors.js';
import { defaultCacheFolder } from '../featureCache.js';
import { holdBack } from '@pyramid-mamba/data';
import { say, type Io } from '../io.js';
import type { MetricsReport } from '../metricsReport.js';
import { names, positiveInteger, seed as readSeed } from '../options.js';
import { Run } from '../run.js';
import { presetSettings, withOverrides } from '../settings.js';
import { table } from '../table.js';
import { train } from '../training.js';
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
  inputSize?: number;
  batchSize?: number;
  workers?: number;
  backend: string;
  cache?: string;
}

const HEADER = ['image AU-ROC', 'AP', 'F1-max', 'pixel AU-ROC', 'AP', 'F1-max', 'AU-PRO'];

export function addAblate(program: Command, io: Io): void {
  program
    .command('ablate')
    .description("train and evaluate the paper's ablations over seeds; goes on where it was stopped")
    .requiredOption('--data <dir>', 'folder of pictures, or "synthetic" for the embedded data set')
    .requiredOption('--out <dir>', 'folder for the runs and the tables')
    .option('--tables <list>', 'which: III (PSS, LEC), IV (pyramid, noise), fig4 (pyramid levels)', names, [
      'III',
      'IV',
      'fig4',
    ])
    .option('--seeds <list>', 'seeds to train each with', (text: string) => names(text).map(readSeed), [1])
    .option('--preset <name>', 'settings to start from: tiny, paper or official', 'tiny')
    .option('--encoder <file>', 'encoder weights, as for train')
    .option('--classes <a,b>', 'only these classes', names)
    .option('--epochs <n>', 'passes over the training pictures', positiveInteger)
    .option('--max-steps <n>', 'stop each training after this many steps', positiveInteger)
    .option('--input-size <n>', 'side of the pictures in pixels', positiveInteger)
    .option('--batch-size <n>', 'pictures a step', positiveInteger)
    .option('--workers <n>', 'threads that share each batch', positiveInteger)
    .option('--backend <name>', 'engine: auto, webgpu, webgpu:GPU-NAME, tensorflow, wasm or cpu', 'auto')
    .option('--cache <dir>', 'folder that keeps encoder features')
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba ablate --data mvtec --encoder resnet34 --out ablation --seeds 1,2,3',
    )
    .action((options: AblateOptions) => runAblate(options, io));
}

async function runAblate(options: AblateOptions, io: Io): Promise<void> {
  const unknown = options.tables.filter((key) => !ABLATIONS.some((one) => one.key === key));
  if (unknown.length > 0) {
    throw new UserError(
      `--tables: there is no ${unknown.join(', ')}; choose among ${ABLATIONS.map(({ key }) => key).join(', ')}`,
    );
  }
  const tables = ABLATIONS.filter(({ key }) => options.tables.includes(key));
  const out = resolve(options.out);
  const variants = variantsOf(tables);
  const jobs = variants.flatMap((variant) => options.seeds.map((seed) => ({ variant, seed })));
  // settings that do not go together are told before hours of training, not between
  for (const { variant, seed } of jobs) settingsOf(options, variant, seed);
  for (const [i, { variant, seed }] of jobs.entries()) {
    const run = new Run(join(out, `${variant.key}-seed${seed}`));
    const head = `[${i + 1}/${jobs.length}] ${variant.key}, seed ${seed}`;
    if (existsSync(run.metrics)) say(io, `${head}: done before`);
    else {
      say(io, head);
      await trainAndEvaluate(options, variant, seed, run, io);
    }
  }
  const text = (await Promise.all(tables.map((one) => ablationTable(one, options.seeds, out)))).join('\n\n');
  await writeFileAtomic(join(out, 'ablation.txt'), `${text}\n`);
  say(io, `\n${text}\n\nwrote ${join(out, 'ablation.txt')}`);
}

function settingsOf(options: AblateOptions, { change }: Variant, seed: number) {
  const { epochs, inputSize, batchSize, workers } = options;
  return withOverrides(presetSettings(options.preset), {
    epochs,
    inputSize,
    batchSize,
    workers,
    seed,
    ...change,
  });
}

async function trainAndEvaluate(
  options: AblateOptions,
  variant: Variant,
  seed: number,
  run: Run,
  io: Io,
): Promise<void> {
  const data = dataLocation(options.data);
  const settings = settingsOf(options, variant, seed);
  const { dataset, heldBack } = await holdBack(
    (await openDataset(data, options.classes)).dataset,
    undefined,
    seed,
  );
  if (!existsSync(run.model)) {
    await train(
      {
        run,
        data,
        dataset,
        heldBack,
        preset: options.preset,
        settings,
        encoderFile: options.encoder === undefined ? null : encoderLocation(options.encoder),
        backend: options.backend,
        cacheFolder: resolve(options.cache ?? defaultCacheFolder()),
        resume: run.exists(),
        overwrite: false,
        maxSteps: options.maxSteps,
      },
      io,
    );
  }
  const bytes = await readUserFile(run.model, 'ablate');
  await evaluateModelFile(
    { bytes, modelFile: run.model, dataset, out: run.folder, protocol: 'paper', keep: true },
    io,
  );
}

async function figuresOf(run: Run): Promise<(number | null)[]> {
  const { image, pixel } = (JSON.parse(await readFile(run.metrics, 'utf8')) as MetricsReport).mean;
  return [image.auroc, image.ap, image.f1max, pixel.auroc, pixel.ap, pixel.f1max, pixel.aupro];
}

/** A table in the paper's shape, percent, mean ± standard deviation over the seeds, the paper's figures below each row. */
async function ablationTable(
  { title, rows }: Ablation,
  seeds: readonly number[],
  out: string,
): Promise<string> {
  const lines: string[][] = [];
  for (const { label, variant, paper } of rows) {
    const found = await Promise.all(
      seeds.map((seed) => figuresOf(new Run(join(out, `${variant}-seed${seed}`)))),
    );
    lines.push([
      label,
      ...HEADER.map((_, c) => {
        const values = found.flatMap((figures) => (figures[c] === null ? [] : [figures[c]! * 100]));
        const result = meanAndStd(values);
        return result ? `${result.mean.toFixed(1)} ± ${result.std.toFixed(1)}` : '–';
      }),
    ]);
    if (paper) lines.push(['  paper', ...paper.map((value) => value.toFixed(1))]);
  }
  const over = `mean ± standard deviation over ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'} (${seeds.join(', ')})`;
  return `${title}, mean over the classes, percent, ${over}\n${table(['', ...HEADER], lines)}`;
}
