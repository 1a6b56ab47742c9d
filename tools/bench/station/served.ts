import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { judgementOf, lineOf } from './figures.ts';
import type { Predicted } from './predicted.ts';
import { usageOf } from './usage.ts';

export interface Served extends Predicted {
  /** Milliseconds of each request, warm-up left out. */
  times: number[];
  memoryAfterTenth: number;
  memoryAtEnd: number;
}

export interface ServedOptions {
  pictures: readonly string[];
  clients: number;
  state: string;
}

/** Milliseconds between two looks at the memory. */
const LOOK_MS = 200;

/** Judges pictures by HTTP: a tenth of them first, so that everything is warm, then all. */
export async function served(
  cli: string,
  options: readonly string[],
  { pictures, clients, state }: ServedOptions,
): Promise<Served> {
  const args = [cli, 'serve', ...options, '--state', state, '--port', '0', '--json', '--log-level', 'warn'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const url = await Promise.race([
    once(child.stdout, 'data').then(([line]) => (JSON.parse(String(line)) as { url: string }).url),
    ended.then(([code]): never => {
      throw new Error(`serve ended with ${code}`);
    }),
  ]);
  const judgements = new Map<string, string>();
  const judge = async (path: string): Promise<void> => {
    const response = await fetch(`${url}/v1/judge`, {
      method: 'POST',
      body: readFileSync(path),
      headers: { 'content-type': 'image/png' },
    });
    const text = await response.text();
    judgements.set(path, response.ok ? judgementOf(lineOf(text)) : `HTTP ${response.status}: ${text}`);
  };
  /** Milliseconds of each. */
  const judgeAll = async (paths: readonly string[]): Promise<number[]> => {
    const times: number[] = [];
    let next = 0;
    const client = async (): Promise<void> => {
      for (let path = paths[next++]; path !== undefined; path = paths[next++]) {
        const began = performance.now();
        await judge(path);
        times.push(performance.now() - began);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    return times;
  };
  let memory = 0;
  const looking = setInterval(() => (memory = Math.max(memory, usageOf(child.pid!).memory || 0)), LOOK_MS);
  try {
    await judgeAll(pictures.slice(0, Math.ceil(pictures.length / 10)));
    const [before, began] = [usageOf(child.pid!), performance.now()];
    const times = await judgeAll(pictures);
    const [after, seconds] = [usageOf(child.pid!), (performance.now() - began) / 1000];
    return {
      rate: pictures.length / seconds,
      processorMs: (1000 * (after.seconds - before.seconds)) / pictures.length,
      memory,
      judgements,
      times,
      memoryAfterTenth: before.memory,
      memoryAtEnd: after.memory,
    };
  } finally {
    clearInterval(looking);
    child.kill('SIGTERM');
    await ended;
  }
}
