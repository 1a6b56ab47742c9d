import { resolve } from 'node:path';
import { syntheticDataset } from '@pyramid-mamba/data';
import type { Command } from 'commander';
import { SYNTHETIC } from '../run/dataset.js';
import { demoSettings, FAST, FULL } from '../settings/demo.js';
import { encoderLocation, readUserFile, UNTRAINED } from '../weights/encoderSource.js';
import { UserError } from '../errors.js';
import { defaultCacheFolder } from '../training/featureCache.js';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import { positiveInteger } from '../settings/options.js';
import { plural } from '../text/plural.js';
import { Run } from '../run/run.js';
import { BACKEND_OPTION } from '../backend.js';
import { withOverrides, WORKERS_OPTION } from '../settings/settings.js';
import { train } from '../training/training.js';
import { trainResult } from '../training/result.js';
import { evaluateModelFile } from './evaluate.js';

interface DemoOptions {
  out: string;
  epochs?: number;
  maxSteps?: number;
  fast?: boolean;
  encoder: string;
  workers?: number;
  backend: string;
  json?: boolean;
}

const PRESET = 'demo';

export function addDemo(program: Command, io: Io): void {
  program
    .command('demo')
    .description('train and evaluate a small model on the embedded data set: no download, a few minutes')
    .option('--out <dir>', 'output folder; an existing demo is replaced', 'runs/demo')
    .option('--epochs <n>', 'passes over the training pictures', positiveInteger)
    .option('--max-steps <n>', 'stop training after this many steps', positiveInteger)
    .option('--fast', 'a shortened run: fewer pictures, less training')
    .option(
      '--encoder <name>',
      'encoder weights, as for train; trained ones take several times as long',
      UNTRAINED,
    )
    .option(...WORKERS_OPTION, positiveInteger)
    .option(...BACKEND_OPTION, 'auto')
    .option(...JSON_OPTION)
    .addHelpText('after', '\nExample:\n  pyramid-mamba demo     (then: view runs/demo)')
    .action((options: DemoOptions) => answer(io, options.json, (talk) => runDemo(options, talk)));
}

/** Returns the results of `train` and `evaluate`. */
async function runDemo(options: DemoOptions, io: Io) {
  const run = new Run(resolve(options.out));
  return run.writing('demo', () => demoHere(run, options, io));
}

async function demoHere(run: Run, options: DemoOptions, io: Io) {
  if (run.exists() && (await run.readConfig()).preset !== PRESET) {
    throw new UserError(
      `--out: ${run.folder} contains a run that is not a demo's, and the demo would replace it; pass another folder`,
    );
  }
  const size = options.fast ? FAST : FULL;
  const dataset = syntheticDataset(size.pictures);
  say(
    io,
    `data: the embedded data set, ${plural(dataset.classes.length, 'class', 'classes')} (${dataset.classes.join(', ')}), ` +
      `${dataset.train.length} training and ${dataset.test.length} test pictures`,
  );
  await train(
    {
      run,
      data: SYNTHETIC,
      dataset,
      heldBack: [],
      preset: PRESET,
      settings: withOverrides(demoSettings(size), { epochs: options.epochs, workers: options.workers }),
      encoderFile: encoderLocation(options.encoder),
      backend: options.backend,
      cacheFolder: defaultCacheFolder(),
      resume: false,
      overwrite: true,
      maxSteps: options.maxSteps,
    },
    io,
  );
  const bytes = await readUserFile(run.model, 'demo');
  const evaluated = await evaluateModelFile(
    { bytes, modelFile: run.model, dataset, out: run.folder, protocol: 'paper', own: run, keeps: true },
    io,
  );
  say(io, `heat maps are in ${run.maps}: picture, anomaly map, true defect`);
  return { train: await trainResult(run), evaluate: evaluated };
}
