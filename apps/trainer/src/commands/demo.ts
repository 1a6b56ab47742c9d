import { resolve } from 'node:path';
import { syntheticDataset } from '@pyramid-mamba/data';
import type { Command } from 'commander';
import { SYNTHETIC } from '../run/dataset.js';
import { DEMO, demoStage, FAST, FULL, SIDE } from '../settings/demo.js';
import { EMBEDDED, encoderLocation, readUserFile } from '../weights/encoderSource.js';
import { UserError } from '../errors.js';
import { defaultCacheFolder } from '../training/featureCache.js';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import { positiveInteger } from '../settings/options.js';
import { plural } from '../text/plural.js';
import { Run } from '../run/run.js';
import { BACKEND_OPTION } from '../backend.js';
import { JUDGES_OPTION } from '../threads/count.js';
import { trainInStages } from '../training/staged.js';
import { trainResult } from '../training/result.js';
import { evaluateModelFile } from './evaluate.js';

interface DemoOptions {
  out: string;
  fast?: boolean;
  encoder: string;
  workers?: number;
  backend: string;
  json?: boolean;
}

export function addDemo(program: Command, io: Io): void {
  program
    .command('demo')
    .description('make a memory bank of the embedded data set and evaluate it: no download, a minute or two')
    .option('--out <dir>', 'output folder; an existing demo is replaced', 'runs/demo')
    .option('--fast', 'a shortened run: fewer products and pictures')
    .option('--encoder <name>', 'encoder weights, as for train', EMBEDDED)
    .option(...JUDGES_OPTION, positiveInteger)
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
  if (run.exists() && (await run.readConfig()).preset !== DEMO) {
    throw new UserError(
      `--out: ${run.folder} contains a run that is not a demo's, and the demo would replace it; pass another folder`,
    );
  }
  const dataset = syntheticDataset(options.fast ? FAST : FULL);
  say(
    io,
    `data: the embedded data set, ${plural(dataset.classes.length, 'class', 'classes')} (${dataset.classes.join(', ')}), ` +
      `${dataset.train.length} training and ${dataset.test.length} test pictures`,
  );
  await trainInStages(
    {
      run,
      data: SYNTHETIC,
      encoderFile: encoderLocation(options.encoder),
      backend: options.backend,
      cacheFolder: defaultCacheFolder(),
      resume: false,
      overwrite: true,
      judges: options.workers,
      stages: [{ ...demoStage(), dataset, heldBack: [] }],
      seconds: null,
      holdBack: null,
      // its products stand upright: copies would take minutes and be left out
      orientations: undefined,
      patches: undefined,
    },
    io,
  );
  const { trust } = await trainResult(run);
  if (trust) say(io, trust);
  const bytes = await readUserFile(run.model, 'demo');
  const evaluated = await evaluateModelFile(
    {
      bytes,
      modelFile: run.model,
      dataset,
      out: run.folder,
      protocol: 'paper',
      own: run,
      keeps: true,
      workers: options.workers,
    },
    io,
  );
  say(io, `heat maps are in ${run.maps}: picture, anomaly map, true defect`);
  say(
    io,
    `the network of the paper learns in minutes more: \`pyramid-mamba train ${SYNTHETIC} --input-size ${SIDE} --time 10m\``,
  );
  return { train: await trainResult(run), evaluate: evaluated };
}
