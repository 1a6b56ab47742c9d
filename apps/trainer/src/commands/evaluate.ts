import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { someOf, withHeldBack, type Dataset } from '@pyramid-mamba/data';
import { distrustOf, fewPicturesOf, measurerOf, notLearnt } from '@pyramid-mamba/inspect';
import {
  byName,
  countOutcomes,
  groupedBy,
  ownValue,
  type OutcomeCounts,
  type Protocol,
} from '@pyramid-mamba/metrics';
import { loadModel, readModelInfo, type Calibration, type ModelInfo } from '@pyramid-mamba/model';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { Option, type Command } from 'commander';
import { BACKEND_OPTION, currentBackend, pickBackend } from '../backend.js';
import { dataLocation, noteNotices, openDataset, requireThere } from '../run/dataset.js';
import { readUserFile } from '../weights/encoderSource.js';
import { UserError } from '../errors.js';
import { evaluate, type Measured, type Settled } from '../evaluation/evaluation.js';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import type { MetricsReport } from '@pyramid-mamba/runs';
import { metricsTable } from '../evaluation/metricsTable.js';
import { NEXT } from '../terminal/nextSteps.js';
import { CLASSES_HELP, MAX_FALSE_REJECTS, moreNames, positiveInteger, rate } from '../settings/options.js';
import { readEpochs, trainedSteps } from '../report/runResults.js';
import { summaryLine } from '../report/summary.js';
import { Progress } from '../terminal/progress.js';
import { Run } from '../run/run.js';
import { JUDGES_OPTION } from '../threads/count.js';
import { Judging } from '../threads/judging.js';
import { waiting } from '../terminal/waiting.js';
import { withLock } from '@pyramid-mamba/runs/node';
import { typed } from '../text/shellWords.js';
import { classLines } from '../text/manyClasses.js';
import { tilesNote } from '../text/tilesNote.js';
import { keptThresholds, weightsDigest, type KeptThresholds } from '../evaluation/thresholdsKept.js';
import { asOnlyProduct } from '../evaluation/onlyProduct.js';
import { knownTrained, onlyUnseen } from '../evaluation/unseen.js';
import { outcomeLines } from '../evaluation/outcomeLines.js';

interface EvaluateOptions {
  model?: string;
  data?: string;
  out?: string;
  protocol: Protocol;
  backend?: string;
  classes?: string[];
  replaceThresholds?: boolean;
  maxFalseRejects?: number;
  workers?: number;
  json?: boolean;
}

export function addEvaluate(program: Command, io: Io): void {
  program
    .command('evaluate')
    .description('evaluate a trained model on test pictures and draw its heat maps')
    .argument('[run]', 'folder of a run; its model, data set, classes and backend are the defaults')
    .option('--model <file>', 'a model file, instead of a run')
    .option('--data <dir>', 'folder of pictures, or "synthetic"')
    .option('--out <dir>', 'folder to write to (default: the folder of the run)')
    .addOption(
      new Option('--protocol <name>', 'how to evaluate: as in the paper, or over every threshold')
        .choices(['paper', 'exact'])
        .default('paper'),
    )
    .option(...BACKEND_OPTION)
    .option('--classes <a,b>', CLASSES_HELP, moreNames)
    .option(
      '--replace-thresholds',
      'also replace thresholds that were set by hand, or by more good pictures (default: keep them)',
    )
    .option(...MAX_FALSE_REJECTS, rate)
    .option(...JUDGES_OPTION, positiveInteger)
    .option(...JSON_OPTION)
    .addHelpText('after', '\nExample:\n  pyramid-mamba evaluate runs/first')
    .action((run: string | undefined, options: EvaluateOptions) =>
      answer(io, options.json, (talk) => runEvaluate(run, options, talk)),
    );
}

interface Choices {
  modelFile: string;
  data: string;
  out: string;
  backend: string;
  classes: string[] | undefined;
  heldBack: string[];
  /** The run that is evaluated on its own data, whose model file stores the resulting thresholds. */
  own: Run | undefined;
  /** The model's run, if given. */
  of: Run | undefined;
}

async function choose(folder: string | undefined, options: EvaluateOptions): Promise<Choices> {
  if ((folder === undefined) === (options.model === undefined)) {
    throw new UserError('evaluate: pass either the folder of a run or --model with a model file');
  }
  if (folder !== undefined) {
    const run = new Run(resolve(folder));
    const config = await run.readConfig();
    if (!existsSync(run.model)) {
      throw new UserError(
        `${run.folder} has no model.safetensors yet: its training is not finished; finish it with \`train --out ${folder} --resume\``,
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
      own: data === config.data ? run : undefined,
      of: run,
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
    own: undefined,
    of: undefined,
  };
}

async function runEvaluate(
  folder: string | undefined,
  options: EvaluateOptions,
  io: Io,
): Promise<EvaluateResult & { notices: string[] }> {
  const { out, own } = await choose(folder, options);
  // a read-only run is evaluated too; its thresholds are then unchanged
  const keeps = own !== undefined && own.folder !== out && (await isWritable(own.folder));
  const folders = keeps ? [out, own.folder] : [out];
  return withLock(folders, 'evaluate', async () => {
    for (const one of folders) await new Run(one).finishExchanges();
    // read again: the run may have changed before it was locked
    const choices = await choose(folder, options);
    return measure(choices, keeps || choices.own?.folder === out, options, io);
  });
}

/** Whether files can be created in a folder. */
const isWritable = (folder: string): Promise<boolean> =>
  access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );

async function measure(
  choices: Choices,
  keeps: boolean,
  options: EvaluateOptions,
  io: Io,
): Promise<EvaluateResult & { notices: string[] }> {
  const { modelFile, data, out, backend, classes, heldBack, own, of } = choices;
  const bytes = await readUserFile(modelFile, 'evaluate');
  if (options.data === undefined && of) requireThere(data, of.folder);
  const {
    dataset: found,
    sentence,
    notices,
  } = await waiting(io, 'reading the headers of the pictures', () => openDataset(data, classes));
  say(io, `data: ${sentence}`);
  noteNotices(io, notices);
  const { info } = readModelInfo(bytes, modelFile, { recalibrate: true });
  const { dataset: opened, note: renamed } = asOnlyProduct(found, info);
  if (renamed !== undefined) say(io, `note: ${renamed}`);
  // --classes may exclude the classes of some held-back pictures
  const here = new Set(opened.train.map(({ id }) => id.normalize('NFC')));
  const ids = options.classes ? heldBack.filter((id) => here.has(id.normalize('NFC'))) : heldBack;
  const progress = new Progress(io);
  const onPicture = (done: number, total: number) =>
    progress.update({ done, total, label: `comparing picture ${done}/${total} with the training pictures` });
  const { dataset, notes } = await knownTrained(info, of, onPicture)
    .then((trained) => onlyUnseen(withHeldBack(opened, ids).dataset, trained, onPicture))
    .finally(() => progress.clear());
  for (const note of notes) say(io, `note: ${note}`);
  say(io, (await waiting(io, 'starting the backend', () => pickBackend(backend))).line);
  const { protocol, replaceThresholds = false, maxFalseRejects } = options;
  const result = await evaluateModelFile(
    {
      bytes,
      modelFile,
      dataset,
      out,
      protocol,
      own,
      keeps,
      replaceManual: replaceThresholds,
      maxFalseRejects,
      workers: options.workers,
    },
    io,
  );
  return { ...result, notices };
}

/** The JSON result of an evaluation: the content of `metrics.json`, and the paths of the files. */
export interface EvaluateResult extends MetricsReport {
  /** null if the model was not evaluated on the data of its own run. */
  summary: string | null;
  /** The thresholds of the verdicts. */
  thresholds: Record<string, Calibration>;
  /** The outcomes of the verdicts, by class. */
  outcomes: Record<string, OutcomeCounts>;
  files: Record<string, string>;
}

/** Evaluates a model file's bytes, prints the table and the paths of the files. */
export async function evaluateModelFile(
  job: {
    bytes: Uint8Array;
    modelFile: string;
    dataset: Dataset;
    out: string;
    protocol: Protocol;
    /** The run that is evaluated on its own data: its model file stores the resulting thresholds, and it gets a summary. */
    own: Run | undefined;
    /** Whether that model file is writable. */
    keeps: boolean;
    /** Whether thresholds set by hand are replaced too. */
    replaceManual?: boolean;
    /** The target of the reject thresholds. */
    maxFalseRejects?: number | undefined;
    /** Threads that judge; undefined chooses. */
    workers?: number | undefined;
  },
  io: Io,
): Promise<EvaluateResult> {
  const { dataset, out, protocol, own, keeps } = job;
  const { model, info } = loadModel(job.bytes, job.modelFile, { recalibrate: true });
  const backend = currentBackend();
  const judging = backend && new Judging(io, backend, job.workers);
  try {
    const strange = dataset.classes.filter((name) => !info.classes.includes(name));
    if (strange.length > 0) {
      say(
        io,
        `note: the model was not trained on ${someOf(strange)}; its classes are ${someOf(info.classes)}`,
      );
    }
    const run = new Run(out);
    const known = info.calibration ?? {};
    const digest = weightsDigest(job.bytes, job.modelFile);
    let summary: string | null = null;
    let kept: KeptThresholds | undefined;
    const settle = async ({ report, found }: Measured): Promise<Settled> => {
      const files: Settled['files'] = {};
      if (own) files['summary.txt'] = `${(summary = await summaryOf(own, report, info))}\n`;
      // a model on other data is evaluated with its own thresholds, like `predict`, not with these pictures'
      if (!own || !keeps) return { calibration: { ...found, ...known }, files };
      const { classes } = dataset;
      kept = await keptThresholds(job.modelFile, digest, classes, found, job.replaceManual === true);
      if (own.folder === out) files['model.safetensors'] = kept.bytes;
      return { calibration: kept.calibration, files };
    };
    const tiles = await tilesNote(model, dataset.test.length);
    if (tiles !== undefined) say(io, tiles);
    const judges = await judging?.judgesOf(model, dataset.test.length);
    const measured = await evaluate({
      model,
      measurer: judges?.measurer ?? measurerOf(model, NEXT),
      info,
      maxFalseRejects: job.maxFalseRejects,
      digest,
      dataset,
      protocol,
      settle,
      run,
      io,
    });
    const { report, calibration, scores: lines } = measured;
    if (kept && own?.folder !== out) await writeFileAtomic(job.modelFile, kept.bytes);
    say(io, `\n${metricsTable(report)}\n`);
    const byClass = groupedBy(lines, (line) => line.class);
    const outcomes = byName<OutcomeCounts>();
    for (const name of dataset.classes) outcomes[name] = countOutcomes(byClass.get(name) ?? []);
    for (const line of outcomeLines(dataset.classes, byClass, calibration)) say(io, line);
    const unusable = dataset.classes.filter(
      (name) =>
        !Object.hasOwn(calibration, name) && byClass.get(name)?.some(({ label }) => label === 0) === true,
    );
    if (unusable.length > 0) say(io, `note: ${notLearnt(unusable, NEXT)}`);
    // thresholds of the model file that stay are of other pictures
    const chosenHere = dataset.classes.filter(
      (name) =>
        ownValue(calibration, name)?.method === 'f1' && (kept !== undefined || !Object.hasOwn(known, name)),
    );
    if (chosenHere.length > 0) {
      say(
        io,
        `note: the thresholds of ${someOf(chosenHere)} were chosen on these same pictures, so expect more mistakes on new ones`,
      );
    }
    if (kept && kept.better.length > 0) {
      say(
        io,
        `note: the thresholds of ${someOf(kept.better)} rest on more good pictures than were evaluated and are unchanged; ` +
          '--replace-thresholds replaces them',
      );
    }
    if (job.maxFalseRejects !== undefined) {
      if (!kept) {
        say(io, 'note: --max-false-rejects has no effect where the thresholds of the model file are used');
      }
      const few = fewPicturesOf(calibration, job.maxFalseRejects).map((line) => `note: ${line}`);
      for (const line of classLines(few, 'they have as few good pictures')) say(io, line);
    }
    if (kept && kept.manual.length > 0) {
      say(
        io,
        `note: the thresholds of ${someOf(kept.manual)} were set by hand and are unchanged; ` +
          '--replace-thresholds replaces them',
      );
    }
    const retested = retestNotes(info, calibration, dataset.classes).map((line) => `note: ${line}`);
    for (const line of classLines(retested, '`predict` says it with each of their pictures')) say(io, line);
    if (own && !keeps) {
      say(io, `note: ${own.folder} is read-only: the thresholds in its model file are unchanged`);
    }
    const { metrics, scores, curves, maps, viewer } = run;
    const files = {
      metrics,
      scores,
      curves,
      maps,
      viewer,
      ...(own && keeps ? { model: job.modelFile } : {}),
    };
    for (const path of Object.values(files)) {
      const near = relative(process.cwd(), path);
      say(io, `wrote ${near.startsWith('..') ? path : near}`);
    }
    if (own && own.folder === out) {
      const folder = typed(own.folder);
      say(
        io,
        `next: \`pyramid-mamba report ${folder}\` writes a report to read, print or mail; \`pyramid-mamba view ${folder}\` shows every picture`,
      );
    }
    if (summary !== null) say(io, `summary: ${summary}`);
    return { summary, ...report, thresholds: calibration, outcomes, files };
  } finally {
    await judging?.stop();
    model.dispose();
  }
}

/** What other thresholds change in the result of the self-test, a sentence for each class where they do. */
function retestNotes(
  info: ModelInfo,
  calibration: Readonly<Record<string, Calibration>>,
  classes: readonly string[],
): string[] {
  return classes.flatMap((name) => {
    const [before, now] = [distrustOf(info, name), distrustOf({ ...info, calibration }, name)];
    if ((before === undefined) === (now === undefined)) return [];
    return now === undefined
      ? [`with these thresholds the self-test of ${name} passes`]
      : [`with these thresholds ${now}; its pictures get REVIEW in place of OK`];
  });
}

async function summaryOf(run: Run, metrics: MetricsReport, info: ModelInfo): Promise<string> {
  const [config, epochs] = [await run.readConfig(), await readEpochs(run)];
  return summaryLine({ config, epochs, steps: trainedSteps(info), metrics });
}
