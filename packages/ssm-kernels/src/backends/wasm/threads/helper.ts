// What a helping thread does. Without imports at run time: of this function workers are also made as text.
import type { Board } from './board.js';

/** What a helping thread is sent, once. */
export interface HelperTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Of the module's exports, in the order of their numbers. */
  readonly names: readonly string[];
  readonly board: Board;
  /** Of board.ts. */
  readonly rules: {
    readonly counter: Readonly<Record<'round' | 'open' | 'done' | 'failed', number>>;
    readonly callWidth: number;
  };
  /** How often to look for a task before the thread sleeps. */
  readonly looks: number;
}

/**
 * Answers "ready", or what is wrong, and then takes and runs the tasks of the board until the thread is ended. As Team does, with the same
 * counters.
 */
export function help(
  { module, memory, names, board, rules: { counter, callWidth }, looks }: HelperTask,
  answer: (message: string) => void,
): void {
  const { counters, starts, calls, problem } = board;
  const functions: ((...args: number[]) => unknown)[] = [];
  try {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    for (const name of names) functions.push(exports[name] as (...args: number[]) => unknown);
  } catch (error) {
    answer(String((error as Error).message));
    return;
  }
  const take = (): number => {
    for (;;) {
      const open = Atomics.load(counters, counter.open);
      if (open <= 0) return -1;
      if (Atomics.compareExchange(counters, counter.open, open, open - 1) === open) return open - 1;
    }
  };
  answer('ready');
  for (;;) {
    const round = Atomics.load(counters, counter.round);
    let task = take();
    for (let look = 0; task < 0 && look < looks; look++) task = take();
    if (task < 0) {
      Atomics.wait(counters, counter.round, round);
      continue;
    }
    try {
      for (let call = starts[task]!; call < starts[task + 1]!; call++) {
        const at = call * callWidth;
        functions[calls[at]!]!(...calls.subarray(at + 2, at + 2 + calls[at + 1]!));
      }
    } catch (error) {
      const text = String((error as Error).message).slice(0, problem.length - 1);
      for (let i = 0; i < text.length; i++) problem[i] = text.charCodeAt(i);
      problem[text.length] = 0;
      Atomics.store(counters, counter.failed, 1);
    }
    Atomics.add(counters, counter.done, 1);
    Atomics.notify(counters, counter.done);
  }
}
