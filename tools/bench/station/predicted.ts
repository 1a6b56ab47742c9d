import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { judgementOf, lineOf } from './figures.ts';
import { usageOf, type Usage } from './usage.ts';

export interface Predicted {
  /** Pictures a second and processor time a picture from the first line on: without the start. */
  rate: number;
  processorMs: number;
  /** MiB at most. */
  memory: number;
  /** By path. */
  judgements: Map<string, string>;
}

/** Judges a list of paths by `predict`. */
export async function predicted(
  cli: string,
  options: readonly string[],
  paths: readonly string[],
): Promise<Predicted> {
  const child = spawn(process.execPath, [cli, 'predict', '-', ...options, '--json'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.end(paths.join('\n'));
  const judgements = new Map<string, string>();
  let first: { time: number; usage: Usage } | undefined;
  let [last, memory] = [0, 0];
  let usage: Usage = { seconds: NaN, memory: NaN };
  // those of the first batch come together, before the clock starts
  let early = 0;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = lineOf(text);
    judgements.set(line.file, judgementOf(line));
    last = performance.now();
    usage = usageOf(child.pid!);
    first ??= { time: last, usage };
    if (last - first.time < 5) early = judgements.size;
    memory = Math.max(memory, usage.memory || 0);
  }
  if (!first) throw new Error('predict printed nothing; give --model and --pictures that go together');
  const counted = judgements.size - early;
  return {
    rate: (1000 * counted) / (last - first.time),
    processorMs: (1000 * (usage.seconds - first.usage.seconds)) / counted,
    memory,
    judgements,
  };
}
