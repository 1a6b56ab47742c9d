import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Processor seconds of a process and its children so far, and MiB that they hold; NaN where there is no /proc. */
export interface Usage {
  seconds: number;
  memory: number;
}

let ticks: number | undefined;
/** Ticks of the kernel's clock in a second. */
const perSecond = (): number =>
  (ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })));

/** Of a process and all that it has started and that lives. */
export function usageOf(pid: number): Usage {
  try {
    return [pid, ...childrenOf(pid)].map(own).reduce((sum, one) => ({
      seconds: sum.seconds + one.seconds,
      memory: sum.memory + one.memory,
    }));
  } catch {
    return { seconds: NaN, memory: NaN };
  }
}

function own(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // the name in brackets may itself contain spaces and brackets
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    seconds: (Number(fields[11]) + Number(fields[12])) / perSecond(),
    memory: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024,
  };
}

function childrenOf(pid: number): number[] {
  const found = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
  return found.flatMap((child) => [child, ...childrenOf(child)]);
}
