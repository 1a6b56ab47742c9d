import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { executable } from '../browser/executable.ts';

/** Times of repeated runs, in milliseconds. */
export interface Timing {
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** Least processor time of a run, of all threads: other programs on the machine change it little. */
  readonly processor: number;
}

interface Run {
  readonly elapsed: number;
  readonly processor: number;
}

async function timed(work: () => Promise<void> | void): Promise<Run> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { elapsed: performance.now() - start, processor: (user + system) / 1000 };
}

function timingOf(runs: readonly Run[]): Timing {
  const times = runs.map(({ elapsed }) => elapsed).sort((a, b) => a - b);
  return {
    min: times[0]!,
    median: times[Math.floor(times.length / 2)]!,
    max: times.at(-1)!,
    processor: Math.min(...runs.map(({ processor }) => processor)),
  };
}

/** Runs the works in turn, so that load on the machine affects all of them equally. */
export async function timePaired(
  repeats: number,
  works: readonly (() => Promise<void>)[],
): Promise<Timing[]> {
  for (const work of works) await work();
  const runs = works.map((): Run[] => []);
  for (let r = 0; r < repeats; r++) for (const [i, work] of works.entries()) runs[i]!.push(await timed(work));
  return runs.map(timingOf);
}

/** Times of `work`, each awaited, after one warm-up. */
export async function timeAsync(repeats: number, work: () => Promise<void> | void): Promise<Timing> {
  await work();
  const runs: Run[] = [];
  for (let i = 0; i < repeats; i++) runs.push(await timed(work));
  return timingOf(runs);
}

/** `min/median/max` in milliseconds, with as many decimals as make sense. */
export function milliseconds({ min, median, max }: Timing): string {
  const digits = median < 10 ? 2 : median < 1000 ? 1 : 0;
  return `${median.toFixed(digits)} ms [${min.toFixed(digits)}..${max.toFixed(digits)}]`;
}

/** The machine, its load (of the last minute), Node version and commit of a figure. */
export function provenance(): string {
  const processor = cpus();
  let commit = 'no commit';
  try {
    const head = execFileSync(executable('git'), ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
    }).trim();
    const dirty =
      execFileSync(executable('git'), ['status', '--porcelain'], { encoding: 'utf8' }).trim() !== '';
    commit = `commit ${head}${dirty ? ' + changes' : ''}`;
  } catch {
    // not a git checkout: the figures have no commit
  }
  return `${processor[0]?.model.trim() ?? 'unknown processor'} × ${processor.length}, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}, ${commit}`;
}
