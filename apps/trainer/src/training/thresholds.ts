import { someOf, type Sample } from '@pyramid-mamba/data';
import { alignedImage, blankNote, calibrate, fewPicturesOf, notLearnt } from '@pyramid-mamba/inspect';
import { inputOf, type Calibration, type Detector } from '@pyramid-mamba/model';
import type { Judging } from '../threads/judging.js';
import { say, type Io } from '../terminal/io.js';
import { NEXT } from '../terminal/nextSteps.js';
import { Progress } from '../terminal/progress.js';
import { heldBackOf, type TestedOn } from './selfTest.js';
import { LOST_IN, lostLines } from '../text/lostLines.js';
import { classLines } from '../text/manyClasses.js';
import { THRESHOLDS_IN, thresholdLine } from '../text/thresholdLine.js';

/** Pictures judged together to set the thresholds. */
const JUDGED_TOGETHER = 8;

/** Thresholds from the held-back pictures, printed one line per class. */
export async function setThresholds(
  {
    dataset,
    heldBack,
    maxFalseRejects,
    areas,
    locating,
  }: Pick<TestedOn, 'dataset' | 'heldBack' | 'maxFalseRejects' | 'areas' | 'locating'>,
  model: Detector,
  io: Io,
  judging: Judging,
): Promise<Record<string, Calibration>> {
  // the data set may have a validation split for this
  const samples = heldBackOf({ dataset, heldBack, locating });
  const progress = new Progress(io);
  const judges = await judging.judgesOf(model, samples.length);
  const input = inputOf(model.config);
  const unseen = samples.map((sample) => ({
    className: sample.className,
    label: sample.label,
    load: async () => alignedImage(await sample.load(input)),
  }));
  const lost = new Set<Sample>();
  const { calibration: found, blank } = await calibrate(model, unseen, {
    next: NEXT,
    maxFalseRejects,
    areas,
    batch: JUDGED_TOGETHER,
    measurer: judges?.measurer,
    onLost: (index) => lost.add(samples[index]!),
    onPicture: (done) =>
      progress.update({ done, total: samples.length, label: `setting thresholds ${done}/${samples.length}` }),
  }).finally(() => progress.clear());
  for (const line of classLines(lostLines([...lost], samples), LOST_IN)) say(io, line);
  if (blank.length > 0) say(io, `note: ${blankNote(blank.map((i) => samples[i]!.id))}`);
  const lines = Object.entries(found).map(([name, own]) => thresholdLine(name, own));
  for (const line of classLines(lines, THRESHOLDS_IN)) say(io, line);
  if (maxFalseRejects !== undefined) {
    const few = fewPicturesOf(found, maxFalseRejects).map((line) => `note: ${line}`);
    for (const line of classLines(few, 'they have as few good pictures')) say(io, line);
  }
  const judged = new Set(samples.map(({ className }) => className));
  const measured = new Set(samples.filter((one) => !lost.has(one)).map(({ className }) => className));
  const unusable = dataset.classes.filter((name) => measured.has(name) && !Object.hasOwn(found, name));
  if (unusable.length > 0) say(io, `note: ${notLearnt(unusable, NEXT)}`);
  const without = dataset.classes.filter((name) => !judged.has(name));
  const tested = new Set(dataset.test.filter(({ label }) => label === 0).map(({ className }) => className));
  const later = without.filter((name) => tested.has(name));
  const never = without.filter((name) => !tested.has(name));
  if (later.length > 0) {
    say(
      io,
      `note: no thresholds for ${someOf(later)} yet, so no verdicts: \`evaluate\` sets them from the test pictures`,
    );
  }
  if (never.length > 0) {
    say(
      io,
      `note: no thresholds for ${someOf(never)}, so no verdicts: all good pictures were trained on; thresholds need good pictures ` +
        'that were not: put some into test/good and run `evaluate`, or train again with at least four per class',
    );
  }
  return found;
}
