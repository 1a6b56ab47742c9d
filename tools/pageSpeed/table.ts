// The figures of the page as a table in Markdown, each beside what is wanted of it.
import type { Interaction } from '../../apps/viewer/scripts/interaction/trace.ts';

/** What was measured on the page; times in milliseconds. */
export interface Measured {
  /** Bytes of the first screen's scripts, compressed as hosts do. */
  readonly scriptBytes: number;
  /** Good pictures that were dropped on the first screen. */
  readonly pictures: number;
  /** From the drop to the page's sentence that a model can be used, and to the first verdict shown. */
  readonly usable: number;
  readonly answered: number;
  /** From choosing one picture to its verdict on the screen, for each. */
  readonly verdicts: readonly number[];
  /** From choosing a folder to the last of its verdicts. */
  readonly folder: { readonly pictures: number; readonly milliseconds: number; readonly cores: number };
  /** The main thread's frames while a person drags a slider; null if the work ended before. */
  readonly whileTraining: Interaction | null;
  readonly whileJudging: Interaction | null;
}

/** The mean of the middle two, or the middle one. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;
const whole = (milliseconds: number) => `${milliseconds.toFixed(0)} ms`;

/** The longest frame and the 95th percentile; the CPU time is what remains where other programs take none. */
function frames(found: Interaction | null): string {
  if (!found) return 'not measured: the work ended before';
  const { wall, cpu } = found.work;
  return `${whole(wall.max)}, 95 % within ${whole(wall.p95)}; of CPU time ${whole(cpu.max)}, ${whole(cpu.p95)}`;
}

export function tableOf(found: Measured): string {
  const { verdicts, folder } = found;
  const rows: [what: string, wanted: string, measured: string][] = [
    ['script of the first load, gzip', 'at most 200 KB', `${(found.scriptBytes / 1000).toFixed(1)} KB`],
    [
      `first verdict, from the drop of ${found.pictures} pictures of 256×256`,
      'at most 60 s',
      `${seconds(found.answered)}; a model can be used after ${seconds(found.usable)}`,
    ],
    [
      `verdict of one picture, median of ${verdicts.length}`,
      'at most 500 ms',
      `${whole(medianOf(verdicts))}, slowest ${whole(Math.max(...verdicts))}`,
    ],
    [
      `folder of ${folder.pictures} pictures`,
      'on all cores',
      `${seconds(folder.milliseconds)} on ${folder.cores}, ${whole(folder.milliseconds / folder.pictures)} per picture`,
    ],
    ['longest frame while it trains', 'at most 50 ms', frames(found.whileTraining)],
    ['longest frame while it judges', 'at most 50 ms', frames(found.whileJudging)],
  ];
  return [
    '| | wanted | measured |',
    '| --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');
}

/** What is said of the machine's other work: figures of a busy machine say at most how slow the page is. */
export function loadSentence(before: number, after: number, cores: number): string {
  const load = `Load ${before.toFixed(1)} before it began, ${after.toFixed(1)} at the end (its own work among it), ${cores} cores.`;
  return before > cores / 4
    ? `${load} Other programs were running: an idle machine is faster than these figures.`
    : load;
}
