import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { dataLocation, openDataset } from '../dataset.js';
import { UserError } from '../errors.js';
import { defaultCacheFolder } from '../featureCache.js';
import type { Io } from '../io.js';
import { grids, names, positiveInteger, positiveNumber, seed } from '../options.js';
import { Run, type RunConfig } from '../run.js';
import { presetSettings, withOverrides, type Settings } from '../settings.js';
import { train } from '../training.js';

interface TrainOptions {
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
  inputSize?: number;
  grids?: number[];
  workers?: number;
  pss: boolean;
  lec: boolean;
  noise: boolean;
  backend?: string;
  cache?: string;
  resume?: boolean;
  overwrite?: boolean;
}

const DEFAULT_PRESET = 'tiny';

export function addTrain(program: Command, io: Io): void {
  program
    .command('train')
    .description('train one model for all classes of a data set')
    .option('--data <dir>', 'folder in MVTec\'s layout, or "synthetic" for the embedded data set')
    .requiredOption('--out <run>', 'folder to write the run to')
    .option('--preset <name>', `settings to start from: tiny, paper or official (default: ${DEFAULT_PRESET})`)
    .option('--encoder <file>', "encoder weights: safetensors with torchvision's ResNet names")
    .option('--classes <a,b>', 'only these classes', names)
    .option('--epochs <n>', 'passes over the training pictures', positiveInteger)
    .option(
      '--max-steps <n>',
      'stop after this many steps in all; --resume can go on from there',
      positiveInteger,
    )
    .option('--batch-size <n>', 'pictures a step', positiveInteger)
    .option('--lr <x>', 'learning rate', positiveNumber)
    .option('--seed <s>', 'seed of the weights, the order and the noise', seed)
    .option('--input-size <n>', 'side of the pictures in pixels, a multiple of 32', positiveInteger)
    .option('--grids <list>', 'pyramid levels of the scan: 1 (none), 1,2 or 1,2,4', grids)
    .option('--no-pss', 'without the global branch (pyramid scan)')
    .option('--no-lec', 'without the local branch (convolutions)')
    .option('--no-noise', 'without noise on the features')
    .option('--workers <n>', 'threads that share each batch (default: 2; 1 on a GPU)', positiveInteger)
    .option('--backend <name>', 'engine: auto, webgpu, webgpu:GPU-NAME, wasm or cpu (default: auto)')
    .option(
      '--cache <dir>',
      'folder that keeps encoder features (default: $XDG_CACHE_HOME/pyramid-mamba or ~/.cache/pyramid-mamba)',
    )
    .addOption(
      new Option('--resume', 'continue the run in --out from its last checkpoint').conflicts('overwrite'),
    )
    .option('--overwrite', 'replace the run in --out')
    .action((options: TrainOptions) => runTrain(options, io));
}

async function runTrain(options: TrainOptions, io: Io): Promise<void> {
  const run = new Run(resolve(options.out));
  if (options.resume && !run.exists()) {
    throw new UserError(`--resume: ${run.folder} holds no run to continue; leave --resume out to begin one`);
  }
  const saved = options.resume ? await run.readConfig() : undefined;
  const data = options.data === undefined ? saved?.data : dataLocation(options.data);
  if (data === undefined) {
    throw new UserError(
      'train: --data is missing; give a folder in MVTec\'s layout, or "synthetic" for the embedded data set',
    );
  }
  const settings = withOverrides(startingSettings(options, saved), {
    ...options,
    // commander gives `true` where a --no-… switch is absent; the settings then stand as they are
    pss: options.pss ? undefined : false,
    lec: options.lec ? undefined : false,
    noise: options.noise ? undefined : false,
  });
  const encoderFile =
    options.encoder === undefined ? (saved?.encoder.file ?? null) : resolve(options.encoder);
  await train(
    {
      run,
      data,
      dataset: await openDataset(data, options.classes ?? saved?.classes),
      preset: options.preset ?? saved?.preset ?? DEFAULT_PRESET,
      settings,
      encoderFile,
      backend: options.backend ?? saved?.backend ?? 'auto',
      cacheFolder: resolve(options.cache ?? defaultCacheFolder()),
      resume: options.resume === true,
      overwrite: options.overwrite === true,
      maxSteps: options.maxSteps,
    },
    io,
  );
}

function startingSettings(options: TrainOptions, saved: RunConfig | undefined): Settings {
  if (saved && options.preset === undefined)
    return { model: saved.model, train: saved.train, workers: saved.workers };
  return presetSettings(options.preset ?? DEFAULT_PRESET);
}
