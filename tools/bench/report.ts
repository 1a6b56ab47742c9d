import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { executable } from '../browser/executable.ts';

/** Times of repeated runs, in milliseconds. */
export interface Timing {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Runs the works in turn, so that load on the machine affects all of them equally. */
export async function timePaired(
  repeats: number,
  works: readonly (() => Promise<void>)[],
): Promise<Timing[]> {
  for (const work of works) await work();
  const times = works.map((): number[] => []);
  for (let r = 0; r < repeats; r++)
    for (const [i, work] of works.entries()) {
      const start = performance.now();
      await work();
      times[i]!.push(performance.now() - start);
    }
  return times.map((t) => {
    t.sort((a, b) => a - b);
    return { min: t[0]!, median: t[Math.floor(t.length / 2)]!, max: t.at(-1)! };
  });
}

/** Times of `work`, each awaited, after one warm-up. */
export async function timeAsync(repeats: number, work: () => Promise<void> | void): Promise<Timing> {
  await work();
  const times: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { min: times[0]!, median: times[Math.floor(times.length / 2)]!, max: times.at(-1)! };
}

/** `min/median/max` in milliseconds, with as many decimals as make sense. */
export function milliseconds({ min, median, max }: Timing): string {
  const digits = median < 10 ? 2 : median < 1000 ? 1 : 0;
  return `${median.toFixed(digits)} ms [${min.toFixed(digits)}..${max.toFixed(digits)}]`;
}

/** The machine, Node version and commit of a figure. */
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
  return `${processor[0]?.model.trim() ?? 'unknown processor'} × ${processor.length}, Node ${process.version}, ${commit}`;
}
