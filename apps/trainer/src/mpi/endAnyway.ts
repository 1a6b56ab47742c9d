import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/**
 * Runs in a thread of its own, since the main one is in a call that does not return: no timer runs there, and nothing that it prints. `_exit` of the C
 * library ends the process at once, with an exit code, which a signal would not.
 */
const THREAD = `
  const { workerData } = require('node:worker_threads');
  const { writeSync } = require('node:fs');
  setTimeout(() => {
    writeSync(2, workerData.sentence);
    require(workerData.koffi).load(null).func('_exit', 'void', ['int'])(workerData.code);
  }, workerData.milliseconds);
`;

/**
 * Runs `last`, which blocks this thread. Where it does not return within so many milliseconds, writes the sentence on stderr and ends the process with the code.
 * For Linux and macOS.
 */
export function endingAnyway(
  milliseconds: number,
  { sentence, code }: { sentence: string; code: number },
  last: () => void,
): void {
  const koffi = createRequire(import.meta.url).resolve('koffi');
  const thread = new Worker(THREAD, {
    eval: true,
    execArgv: [],
    workerData: { koffi, milliseconds, sentence: `${sentence}\n`, code },
  });
  thread.unref();
  try {
    last();
  } finally {
    void thread.terminate();
  }
}
