import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { Dataset } from '@pyramid-mamba/data';
import type { Protocol } from '@pyramid-mamba/metrics';
import { loadModel } from '@pyramid-mamba/model';
import { Option, type Command } from 'commander';
import { pickBackend } from '../backend.js';
import { dataLocation, openDataset } from '../dataset.js';
import { readUserFile } from '../encoderSource.js';
import { UserError } from '../errors.js';
import { evaluate } from '../evaluation.js';
import { say, type Io } from '../io.js';
import { metricsTable } from '../metricsReport.js';
import { names } from '../options.js';
import { Run } from '../run.js';

interface EvaluateOptions {
  model?: string;
  data?: string;
  out?: string;
  protocol: Protocol;
  backend?: string;
  classes?: string[];
}

export function addEvaluate(program: Command, io: Io): void {
  program
    .command('evaluate')
    .description('measure a trained model on test pictures and draw its heat maps')
    .argument('[run]', 'folder of a run; its model, data set, classes and backend are the defaults')
    .option('--model <file>', 'a model file, in place of a run')
    .option('--data <dir>', 'folder in MVTec\'s layout, or "synthetic"')
    .option('--out <dir>', 'folder to write to (default: the folder of the run)')
    .addOption(
      new Option('--protocol <name>', "how to measure: the paper's way, or over every threshold")
        .choices(['paper', 'exact'])
        .default('paper'),
    )
    .option('--backend <name>', 'engine: auto, webgpu, webgpu:GPU-NAME, wasm or cpu')
    .option('--classes <a,b>', 'only these classes', names)
    .action((run: string | undefined, options: EvaluateOptions) => runEvaluate(run, options, io));
}

interface Choices {
  modelFile: string;
  data: string;
  out: string;
  backend: string;
  classes: string[] | undefined;
}

async function choose(folder: string | undefined, options: EvaluateOptions): Promise<Choices> {
  if ((folder === undefined) === (options.model === undefined)) {
    throw new UserError('evaluate: give either the folder of a run or --model with a model file');
  }
  if (folder !== undefined) {
    const run = new Run(resolve(folder));
    const config = await run.readConfig();
    if (!existsSync(run.model)) {
      throw new UserError(
        `${run.folder} has no model.safetensors yet: its training has not ended; end it with \`train --out ${folder} --resume\``,
      );
    }
    const data = options.data === undefined ? config.data : dataLocation(options.data);
    return {
      modelFile: run.model,
      data,
      out: resolve(options.out ?? folder),
      backend: options.backend ?? config.backend,
      classes: options.classes ?? (data === config.data ? config.classes : undefined),
    };
  }
  if (options.data === undefined || options.out === undefined) {
    throw new UserError(
      'evaluate: --model needs --data (the pictures) and --out (the folder for the results)',
    );
  }
  return {
    modelFile: resolve(options.model!),
    data: dataLocation(options.data),
    out: resolve(options.out),
    backend: options.backend ?? 'auto',
    classes: options.classes,
  };
}

async function runEvaluate(folder: string | undefined, options: EvaluateOptions, io: Io): Promise<void> {
  const { modelFile, data, out, backend, classes } = await choose(folder, options);
  const bytes = await readUserFile(modelFile, 'evaluate');
  const dataset = await openDataset(data, classes);
  say(io, (await pickBackend(backend)).line);
  await evaluateModelFile({ bytes, modelFile, dataset, out, protocol: options.protocol }, io);
}

/** Evaluates a model file's bytes, prints the table and says where the files are. */
export async function evaluateModelFile(
  job: { bytes: Uint8Array; modelFile: string; dataset: Dataset; out: string; protocol: Protocol },
  io: Io,
): Promise<void> {
  const { dataset, out, protocol } = job;
  const { model, info } = loadModel(job.bytes, job.modelFile);
  try {
    const strange = dataset.classes.filter((name) => !info.classes.includes(name));
    if (strange.length > 0) {
      say(
        io,
        `note: the model was not trained on ${strange.join(', ')}; it knows ${info.classes.join(', ')}`,
      );
    }
    const run = new Run(out);
    const report = await evaluate({ model, dataset, protocol, run, io });
    say(io, `\n${metricsTable(report)}\n`);
    for (const path of [run.metrics, run.scores, run.maps]) {
      const near = relative(process.cwd(), path);
      say(io, `wrote ${near.startsWith('..') ? path : near}`);
    }
  } finally {
    model.dispose();
  }
}
