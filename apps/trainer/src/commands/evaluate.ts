import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { withHeldBack, type Dataset } from '@pyramid-mamba/data';
import type { Protocol } from '@pyramid-mamba/metrics';
import { loadModel, withModelInfo, type Calibration } from '@pyramid-mamba/model';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
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
import { thresholdLine } from '../thresholdLine.js';

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
    .option('--data <dir>', 'folder of pictures, or "synthetic"')
    .option('--out <dir>', 'folder to write to (default: the folder of the run)')
    .addOption(
      new Option('--protocol <name>', "how to measure: the paper's way, or over every threshold")
        .choices(['paper', 'exact'])
        .default('paper'),
    )
    .option('--backend <name>', 'engine: auto, webgpu, webgpu:GPU-NAME, tensorflow, wasm or cpu')
    .option('--classes <a,b>', 'only these classes', names)
    .action((run: string | undefined, options: EvaluateOptions) => runEvaluate(run, options, io));
}

interface Choices {
  modelFile: string;
  data: string;
  out: string;
  backend: string;
  classes: string[] | undefined;
  heldBack: string[];
  /** Whether the thresholds found are to be kept in the model file. */
  keep: boolean;
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
      heldBack: data === config.data ? config.heldBack : [],
      keep: data === config.data,
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
    heldBack: [],
    keep: false,
  };
}

async function runEvaluate(folder: string | undefined, options: EvaluateOptions, io: Io): Promise<void> {
  const { modelFile, data, out, backend, classes, heldBack, keep } = await choose(folder, options);
  const bytes = await readUserFile(modelFile, 'evaluate');
  const { dataset: opened, sentence } = await openDataset(data, classes);
  say(io, `data: ${sentence}`);
  // --classes may leave out what some of the pictures held back belong to
  const here = new Set(opened.train.map(({ id }) => id));
  const ids = options.classes ? heldBack.filter((id) => here.has(id)) : heldBack;
  const { dataset } = withHeldBack(opened, ids);
  say(io, (await pickBackend(backend)).line);
  await evaluateModelFile({ bytes, modelFile, dataset, out, protocol: options.protocol, keep }, io);
}

/** Evaluates a model file's bytes, prints the table and says where the files are. */
export async function evaluateModelFile(
  job: {
    bytes: Uint8Array;
    modelFile: string;
    dataset: Dataset;
    out: string;
    protocol: Protocol;
    /** Keep the thresholds found in the model file. */
    keep: boolean;
  },
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
    const { report, calibration } = await evaluate({ model, dataset, protocol, run, io });
    say(io, `\n${metricsTable(report)}\n`);
    for (const [name, found] of Object.entries(calibration)) say(io, thresholdLine(name, found));
    if (job.keep) await keepThresholds(job, calibration);
    for (const path of [
      run.metrics,
      run.scores,
      run.maps,
      run.viewer,
      ...(job.keep ? [job.modelFile] : []),
    ]) {
      const near = relative(process.cwd(), path);
      say(io, `wrote ${near.startsWith('..') ? path : near}`);
    }
  } finally {
    model.dispose();
  }
}

async function keepThresholds(
  { bytes, modelFile }: { bytes: Uint8Array; modelFile: string },
  found: Record<string, Calibration>,
): Promise<void> {
  const next = withModelInfo(bytes, modelFile, (info) => ({
    ...info,
    calibration: { ...info.calibration, ...found },
  }));
  await writeFileAtomic(modelFile, next);
}
