import { someOf } from '@pyramid-mamba/data';
import { existsSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import {
  Inspector,
  LEARNING_RULE,
  learnInto,
  picturesInTest,
  trainedDigests,
  type Learnt,
  type TrainedPictures,
} from '@pyramid-mamba/inspect';
import type { ModelInfo } from '@pyramid-mamba/model';
import { withLock } from '@pyramid-mamba/runs/node';
import type { Command } from 'commander';
import { BACKEND_OPTION, pickBackend } from '../backend.js';
import { UserError } from '../errors.js';
import { knownTrained } from '../evaluation/unseen.js';
import { labelledPictures, verdictsOf, type Labelled } from '../learn/labelled.js';
import { lessonLines, verdictLines } from '../learn/lines.js';
import { Run } from '../run/run.js';
import { MAX_FALSE_REJECTS, positiveInteger, rate } from '../settings/options.js';
import { onInterrupt } from '../terminal/interrupt.js';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import { NEXT } from '../terminal/nextSteps.js';
import { Progress } from '../terminal/progress.js';
import { plural } from '../text/plural.js';
import { thresholdLine } from '../text/thresholdLine.js';
import { JUDGES_OPTION } from '../threads/count.js';
import { Judging } from '../threads/judging.js';
import { readUserFile } from '../weights/encoderSource.js';
import { modelFileOf } from './predict.js';

interface LearnOptions {
  model: string;
  good?: string[];
  bad?: string[];
  product?: string;
  maxFalseRejects?: number;
  workers?: number;
  backend: string;
  json?: boolean;
}

/** Of the drawn defects where the file does not say the seed of its training. */
const SEED = 1;

export function addLearn(program: Command, io: Io): void {
  program
    .command('learn')
    .description('teach a finished model its mistakes; it changes only where it does not get worse')
    .requiredOption('--model <file>', 'a model file, or the folder of a run')
    .option('--good <path...>', 'good pictures that were not judged OK: files, folders or patterns')
    .option('--bad <path...>', 'defective pictures that were judged OK')
    .option(
      '--product <name>',
      'of all pictures (default: by a folder inside the ones given, else by the picture)',
      (name: string) => name.normalize('NFC'),
    )
    .option(...MAX_FALSE_REJECTS, rate)
    .option(...JUDGES_OPTION, positiveInteger)
    .option(...BACKEND_OPTION, 'auto')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba learn --model runs/first --good false-alarms/ --bad escapes/',
    )
    .action((options: LearnOptions) => answer(io, options.json, (talk) => runLearn(options, talk)));
}

async function runLearn(options: LearnOptions, io: Io) {
  const { good = [], bad = [] } = options;
  if (good.length + bad.length === 0)
    throw new UserError('learn: no pictures are given; pass false alarms with --good, escapes with --bad');
  const file = modelFileOf(options.model);
  return withLock([dirname(file)], 'learn', () => learnHere(file, { good, bad }, options, io));
}

async function learnHere(
  file: string,
  given: { good: readonly string[]; bad: readonly string[] },
  options: LearnOptions,
  io: Io,
) {
  const bytes = await readUserFile(file, '--model');
  const backend = await pickBackend(options.backend);
  say(io, backend.line);
  const inspector = Inspector.open(bytes, file, NEXT);
  const judging = new Judging(io, backend, options.workers);
  const progress = new Progress(io);
  const release = onInterrupt(io, () => `stopped: nothing was written, ${file} is as before`);
  try {
    const { info, model } = inspector;
    if (options.product !== undefined && !info.classes.includes(options.product))
      throw new UserError(
        `--product: the model was not trained on "${options.product}"; it was trained on ${someOf(info.classes)}`,
      );
    const run = new Run(dirname(file));
    const trained = await knownTrained(info, existsSync(run.config) ? run : undefined);
    const pictures = await labelledPictures(inspector, given, options.product, trained, (sentence) =>
      say(io, `note: ${sentence}`),
    );
    if (pictures.length === 0)
      throw new UserError('learn: there is nothing new to learn in the given pictures');
    const begun = performance.now();
    const learnt = await learnInto(model, info, pictures, {
      next: NEXT,
      seed: seedOf(info),
      maxFalseRejects: options.maxFalseRejects,
      digests: digestsOf(pictures),
      defectiveDigests: digestsOf(pictures.filter(({ label }) => label === 'defective')),
      measurerOf: async (now) =>
        (
          await judging.judgesOf(
            now,
            picturesInTest(
              pictures.map(({ label, className }) => ({
                className,
                ...(label === 'defective' && { defective: true as const }),
              })),
            ),
          )
        )?.measurer,
      onProgress: (done, total, doing) => progress.update({ done, total, label: doing }),
    }).catch((error: unknown) => {
      throw error instanceof Error && error.constructor === Error
        ? new UserError(`learn: ${error.message}`, { cause: error })
        : error;
    });
    progress.clear();
    say(io, learntLine(learnt, pictures, (performance.now() - begun) / 1000));
    for (const lesson of learnt.classes) for (const line of lessonLines(lesson)) say(io, line);
    const { made } = learnt;
    if (!made) throw refused(file, learnt);
    const after = await verdictsAfter(made.bytes, file, pictures);
    for (const line of verdictLines(pictures, after)) say(io, line);
    const passing = pictures.filter(({ label }, i) => label === 'defective' && after[i] === 'OK');
    for (const { path } of passing)
      say(io, `note: ${path} is still judged OK: too many good pictures score as it does`);
    for (const { className } of learnt.classes) {
      const thresholds = made.info.calibration?.[className];
      if (thresholds) say(io, thresholdLine(className, thresholds));
      if (info.calibration?.[className]?.method === 'manual')
        say(io, `note: the thresholds of ${className} were set by hand; they are replaced`);
    }
    if (learnt.exchanged && 'members' in model)
      say(
        io,
        'note: only the memory bank of the ensemble has learnt the good pictures; its network needs those it was trained on: train again with all of them',
      );
    noteOthers(learnt, info, io);
    const kept = await replace(file, bytes, made.bytes);
    say(io, `wrote ${file}; the model of before is ${kept}`);
    return {
      model: file,
      kept,
      classes: learnt.classes,
      exchanged: learnt.exchanged ?? null,
      pictures: pictures.map(({ path, label, className, verdict }, i) => ({
        path,
        label,
        product: className,
        before: verdict,
        after: after[i]!,
      })),
    };
  } finally {
    release();
    progress.clear();
    await judging.stop();
    inspector.dispose();
  }
}

const digestsOf = (pictures: readonly Labelled[]): TrainedPictures =>
  trainedDigests(
    pictures.map(({ hash }) => hash),
    pictures.map(({ pixels }) => pixels),
  );

const seedOf = ({ training }: ModelInfo): number =>
  typeof training?.['seed'] === 'number' ? training['seed'] : SEED;

function learntLine({ exchanged }: Learnt, pictures: readonly Labelled[], seconds: number): string {
  const what = exchanged ? `${exchanged.rows} patches exchanged in the memory bank` : 'thresholds alone';
  return `learnt from ${plural(pictures.length, 'picture')} in ${seconds.toFixed(0)} s: ${what}`;
}

function refused(file: string, { classes }: Learnt): UserError {
  const why = classes.flatMap(({ className, worse }) =>
    worse === undefined ? [] : [`${className}: ${worse}`],
  );
  return new UserError(
    `learn: ${file} stays as it is, it would get worse: ${why.join('; ')}. The rule: ${LEARNING_RULE}. ` +
      'Look at the given pictures again, give fewer or more of them, or train again with all pictures',
  );
}

async function verdictsAfter(
  bytes: Uint8Array,
  file: string,
  pictures: readonly Labelled[],
): Promise<Labelled['verdict'][]> {
  const inspector = Inspector.open(bytes, file, NEXT);
  try {
    return await verdictsOf(inspector, pictures);
  } finally {
    inspector.dispose();
  }
}

/** A bank is shared by all products. */
function noteOthers({ classes, exchanged }: Learnt, info: ModelInfo, io: Io): void {
  const others = info.classes.filter((name) => classes.every(({ className }) => className !== name));
  if (others.length > 0 && exchanged && exchanged.rows > 0)
    say(
      io,
      `note: the memory bank also judges ${others.join(', ')}, which nothing was given to test by: \`evaluate\` does`,
    );
}

/** Puts the new model in place and the old one beside it; resolves to the path of that one. */
async function replace(file: string, before: Uint8Array, after: Uint8Array): Promise<string> {
  const now = await readUserFile(file, 'learn');
  if (Buffer.compare(now, before) !== 0)
    throw new UserError(`${file} was changed by another program meanwhile; run \`learn\` again`);
  const stem = join(dirname(file), basename(file, extname(file)));
  let n = 1;
  while (existsSync(`${stem}.before-${n}${extname(file)}`)) n++;
  const kept = `${stem}.before-${n}${extname(file)}`;
  await writeFileAtomic(kept, before);
  await writeFileAtomic(file, after);
  return kept;
}
