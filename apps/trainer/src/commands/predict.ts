import { someOf } from '@pyramid-mamba/data';
import { readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Inspector } from '@pyramid-mamba/inspect';
import { readHeader } from '@pyramid-mamba/data/node';
import { readModelInfo, type ModelInfo } from '@pyramid-mamba/model';
import type { Command } from 'commander';
import { BACKEND_OPTION, pickBackend } from '../backend.js';
import { readUserFile } from '../weights/encoderSource.js';
import { isMendable, UserError } from '../errors.js';
import { onInterrupt } from '../terminal/interrupt.js';
import { onStderr, type Io } from '../terminal/io.js';
import { linesOf, picturePaths } from '../predict/paths.js';
import { AUTO, requireClass } from '../predict/folderClass.js';
import { BATCH, predict } from '../predict/predict.js';
import { NG_FOLDER, OVERLAYS } from '../predict/replaced.js';
import { Results } from '../predict/results.js';
import { countsLine, NOT_JUDGED } from '../predict/rows.js';
import { NEXT } from '../terminal/nextSteps.js';
import { Progress } from '../terminal/progress.js';
import { waiting } from '../terminal/waiting.js';
import { plural } from '../text/plural.js';
import { tilesNote } from '../text/tilesNote.js';
import { Run } from '../run/run.js';
import { positiveInteger } from '../settings/options.js';
import { JUDGES_OPTION } from '../threads/count.js';
import { Judging } from '../threads/judging.js';

interface PredictOptions {
  model: string;
  class: string;
  out?: string;
  csv?: string;
  json?: boolean;
  overwrite?: boolean;
  overlays?: boolean;
  maps?: boolean;
  workers?: number;
  backend: string;
}

const STDIN = '-';

export function addPredict(program: Command, io: Io): void {
  program
    .command('predict')
    .description(
      'judge pictures: verdict, score and defect regions; a table on a terminal, else one line of JSON each',
    )
    .argument('<path...>', 'pictures, folders, patterns such as "line3/*.png", or - for a list on stdin')
    .requiredOption('--model <file>', 'a model file, or the folder of a run')
    .option(
      '--class <name>',
      'product of all pictures; auto decides by a folder inside the one given, else by the picture',
      (name: string) => name.normalize('NFC'),
      AUTO,
    )
    .option('--out <dir>', 'folder for predictions.jsonl, instead of stdout')
    .option('--csv <file>', 'file for comma-separated values, instead of stdout')
    .option('--json', 'one line of JSON each on stdout, also on a terminal')
    .option('--overwrite', 'replace the results of an earlier predict in --out and --csv without asking')
    .option(
      '--overlays',
      'with --out: write each picture with its heat map, verdict, score and product; those judged NG in a folder of their own',
    )
    .option('--maps', 'with --out: write anomaly maps as 16-bit PNG, raw score = value / 65535')
    .option(...JUDGES_OPTION, positiveInteger)
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

/** The model file at `path`, or of the run in the folder `path`. */
export function modelFileOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found)
    throw new UserError(`--model: ${path} does not exist; pass a model file or the folder of a run`);
  return resolve(found.isDirectory() ? new Run(path).model : path);
}

async function runPredict(given: string[], options: PredictOptions, io: Io): Promise<void> {
  const { out } = options;
  if (out === undefined && (options.overlays || options.maps)) {
    throw new UserError('predict: --overlays and --maps need --out, the folder for the pictures they write');
  }
  // notes go to stderr: stdout is only for the lines of JSON
  const note = (line: string) => io.err(`${line}\n`);
  const named = given.flatMap((path) => (path === STDIN ? linesOf(readFileSync(0)) : [path]));
  const { pictures: paths, folders } = await waiting(onStderr(io), 'looking for pictures', () =>
    picturePaths(named, (sentence) => note(`note: ${sentence}`)),
  );
  if (paths.length === 0)
    throw new UserError('predict: the list on stdin names no picture; write one per line');
  const file = modelFileOf(options.model);
  const bytes = await readUserFile(file, '--model');
  requireClass(readModelInfo(bytes, file).info, options.class);
  const results = await Results.begin(io, {
    out,
    csv: options.csv,
    json: options.json === true,
    overwrite: options.overwrite === true,
    overlays: options.overlays === true,
    maps: options.maps === true,
  });
  const release = onInterrupt(io, () => {
    const parts = results.keepPartsNow();
    const kept = parts.length === 0 ? '; nothing was written to a file' : '';
    return `interrupted: ${sofar(results, paths.length, parts)}${kept}`;
  });
  let written: string[];
  try {
    await judgeAll(paths, folders, options, bytes, file, results, io);
    written = await results.complete();
  } catch (error) {
    throw withParts(error, results, paths.length, await results.keepParts());
  } finally {
    release();
  }
  for (const path of written) note(`wrote ${path}`);
  if (out !== undefined && options.overlays) note(overlaysLine(out, results));
  const byProduct = results.counts.table();
  if (byProduct !== undefined) note(byProduct);
  note(countsLine(results.counts.total));
  const failed = results.counts.total.get(NOT_JUDGED);
  if (failed !== undefined && results.silent) noteFailures(failed, results.failures, note);
  if (results.isTable) note(NEXT_FILES);
  if (failed !== undefined) {
    throw new UserError(
      `predict: ${failed} of ${paths.length} pictures could not be judged; their lines say why`,
    );
  }
}

/** The next step after a table on a terminal, which keeps nothing. */
const NEXT_FILES =
  'next: add `--out verdicts --overlays` to keep the verdicts and to see where each picture was looked at, or `--csv verdicts.csv` for a spreadsheet';

/** Where the overlays are. */
function overlaysLine(out: string, { counts }: Results): string {
  const folder = join(out, OVERLAYS);
  const apart = counts.total.has('NG') ? `, those of pictures judged NG in ${join(folder, NG_FOLDER)}` : '';
  return `wrote ${folder}${apart}`;
}

/** Names the first pictures that were not judged, and counts the others. */
function noteFailures(failed: number, failures: readonly string[], note: (line: string) => void): void {
  for (const failure of failures) note(`not judged: ${failure}`);
  if (failed > failures.length) note(`not judged: and ${failed - failures.length} more`);
}

async function judgeAll(
  paths: string[],
  folders: string[],
  options: PredictOptions,
  bytes: Uint8Array,
  file: string,
  results: Results,
  io: Io,
): Promise<void> {
  const note = (line: string) => io.err(`${line}\n`);
  const backend = await waiting(onStderr(io), 'starting the backend', () => pickBackend(options.backend));
  note(backend.line);
  const inspector = Inspector.open(bytes, file, NEXT);
  const judging = new Judging(onStderr(io), backend, options.workers);
  const progress = new Progress(onStderr(io));
  const total = paths.length;
  // the first rows of a table may take a while
  if (!options.json && io.errIsTTY)
    progress.update({ done: 0, total, label: `judging ${plural(total, 'picture')}` });
  try {
    const { model, info } = inspector;
    for (const line of missingThresholds(info, options)) note(line);
    const tiles = await tilesNote(model, total);
    if (tiles !== undefined) note(tiles);
    const judges = await judging.judgesOf(model, total, { info, waitingBytes: await waitingBytes(paths) });
    const found = predict({
      classes: info.classes,
      judge: (pictures) => (judges ?? inspector).judge(pictures),
      width: judges?.width ?? 1,
      paths,
      folders,
      className: options.class,
      folder: options.out,
      overlays: options.overlays === true,
      maps: options.maps === true,
    });
    let done = 0;
    for await (const prediction of found) {
      if (!results.silent) progress.clear();
      await results.add(prediction);
      done++;
      if (results.silent) progress.update({ done, total, label: `judging picture ${done}/${total}` });
    }
  } finally {
    progress.clear();
    await judging.stop();
    inspector.dispose();
  }
}

/** Bytes of the pictures that wait for a thread, and that it has: two batches of ones like the first. */
async function waitingBytes([first]: readonly string[]): Promise<number> {
  try {
    if (!(await stat(first!)).isFile()) return 0;
    const { width, height } = await readHeader(first!, first!);
    return 2 * BATCH * 3 * width * height;
  } catch {
    // its line will say what is wrong with it
    return 0;
  }
}

/** Notes on a model without thresholds, for all or some of its classes, with a remedy. */
function missingThresholds({ classes, calibration }: ModelInfo, { overlays }: PredictOptions): string[] {
  const without = classes.filter((name) => !Object.hasOwn(calibration ?? {}, name));
  if (without.length === 0) return [];
  const which = without.length === classes.length ? '' : ` for ${someOf(without)}`;
  return [
    `note: the model file has no thresholds${which}, so there are no verdicts; thresholds need good pictures that were not trained on: ` +
      'put some into test/good and run `evaluate` on the run, or train again with more good pictures (at least four per class), or, ' +
      'if `train` said that the model has not learnt its good pictures, train for more steps',
    ...(overlays
      ? [
          `note: without thresholds the colours of an overlay span the values of its own picture, so pictures cannot be compared`,
        ]
      : []),
  ];
}

/** Adds to an error the number of pictures judged before it. */
function withParts(error: unknown, results: Results, total: number, parts: readonly string[]): unknown {
  if (results.counts.total.size === 0 || !isMendable(error)) return error;
  return new UserError(`${(error as Error).message}; ${sofar(results, total, parts)}`, { cause: error });
}

/** The number of pictures judged before a failure, and where their lines are. */
function sofar({ counts }: Results, total: number, parts: readonly string[]): string {
  const done = [...counts.total.values()].reduce((sum, count) => sum + count, 0);
  const where = parts.length > 0 ? `, and their lines are kept in ${parts.join(' and ')}` : '';
  return `${done} of ${total} pictures were judged before${where}`;
}
