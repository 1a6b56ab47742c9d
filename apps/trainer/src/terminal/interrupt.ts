import { INTERRUPTED, TERMINATED } from './exitCode.js';
import type { Io } from './io.js';

/**
 * On Ctrl+C and on SIGTERM, prints what is kept and how to continue, then ends the process. Returns a function that removes the
 * handler; call it when the work has ended, with or without success.
 */
export function onInterrupt(io: Io, sentence: () => string): () => void {
  const ending = (code: number) => () => {
    io.err(`\n${sentence()}\n`);
    process.exit(code);
  };
  const [interrupted, terminated] = [ending(INTERRUPTED), ending(TERMINATED)];
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', terminated);
  return () => {
    process.removeListener('SIGINT', interrupted);
    process.removeListener('SIGTERM', terminated);
  };
}
