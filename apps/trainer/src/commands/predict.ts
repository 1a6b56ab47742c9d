import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { loadModel } from '@pyramid-mamba/model';
import type { Command } from 'commander';
import { BACKEND_OPTION, pickBackend } from '../backend.js';
import { readUserFile } from '../encoderSource.js';
import { UserError } from '../errors.js';
import type { Io } from '../io.js';
import { linesOf, picturePaths } from '../predict/paths.js';
import { AUTO, requireClass } from '../predict/chooseClass.js';
import { predict, type Prediction } from '../predict/predict.js';
import { Run } from '../run.js';

interface PredictOptions {
  model: string;
  class: string;
  out?: string;
  overlays?: boolean;
  maps?: boolean;
  backend: string;
}

const STDIN = '-';

export function addPredict(program: Command, io: Io): void {
  program
    .command('predict')
    .description('judge pictures: one line of JSON each, with score, verdict and defect regions')
    .argument('<path...>', 'pictures, folders, patterns such as "line3/*.png", or - for a list on stdin')
    .requiredOption('--model <file>', 'a model file, or the folder of a run')
    .option('--class <name>', 'product of all pictures; auto goes by their folder, else by their look', AUTO)
    .option('--out <dir>', 'write predictions.jsonl there, in place of stdout')
    .option('--overlays', 'with --out: write each picture with its heat map over it')
    .option('--maps', 'with --out: write anomaly maps as 16-bit PNG, raw score = value / 65535')
    .option(...BACKEND_OPTION, 'auto')
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba predict photos/ --model runs/first --out verdicts --overlays',
    )
    .action((paths: string[], options: PredictOptions) => {
      const work = () => runPredict(paths, options, io);
      return options.out === undefined ? work() : new Run(resolve(options.out)).writing('predict', work);
    });
}

/** The model file that `path` is, or that the run in the folder `path` has. */
export function modelFileOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found)
    throw new UserError(`--model: ${path} does not exist; give a model file or the folder of a run`);
  return resolve(found.isDirectory() ? new Run(path).model : path);
}

async function runPredict(given: string[], options: PredictOptions, io: Io): Promise<void> {
  const { out } = options;
  if (out === undefined && (options.overlays || options.maps)) {
    throw new UserError('predict: --overlays and --maps need --out, the folder for the pictures they write');
  }
  // notes go to stderr: stdout is for the lines of JSON
  const note = (line: string) => io.err(`${line}\n`);
  const paths = await picturePaths(
    given.flatMap((path) => (path === STDIN ? linesOf(readFileSync(0)) : [path])),
    (sentence) => note(`note: ${sentence}`),
  );
  if (paths.length === 0) throw new UserError('predict: the list on stdin names no picture; give one a line');
  const file = modelFileOf(options.model);
  const bytes = await readUserFile(file, '--model');
  note((await pickBackend(options.backend)).line);
  const { model, info } = loadModel(bytes, file);
  const counts = new Map<string, number>();
  const lines: string[] = [];
  try {
    requireClass(info, options.class);
    if (!info.calibration) {
      note(
        'note: the model file has no thresholds, so there are no verdicts; `evaluate` its run, or train with --hold-back',
      );
    }
    const found = predict({
      model,
      info,
      paths,
      className: options.class,
      folder: out,
      overlays: options.overlays === true,
      maps: options.maps === true,
    });
    for await (const prediction of found) {
      const line = `${JSON.stringify(prediction)}\n`;
      if (out === undefined) io.out(line);
      else lines.push(line);
      const key = kindOf(prediction);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  } finally {
    model.dispose();
  }
  if (out !== undefined) {
    await writeFileAtomic(join(out, 'predictions.jsonl'), lines.join(''));
    note(`wrote ${join(out, 'predictions.jsonl')}`);
  }
  note(`${paths.length} pictures: ${[...counts].map(([key, count]) => `${count} ${key}`).join(', ')}`);
  const failed = counts.get(FAILED);
  if (failed !== undefined) {
    throw new UserError(
      `predict: ${failed} of ${paths.length} pictures could not be read; their lines say why`,
    );
  }
}

const FAILED = 'unreadable';
const kindOf = (prediction: Prediction): string =>
  'error' in prediction ? FAILED : (prediction.verdict ?? 'without verdict');
