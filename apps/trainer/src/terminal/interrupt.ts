import { INTERRUPTED } from './exitCode.js';
import type { Io } from './io.js';

/**
 * On Ctrl+C, prints what is kept and how to continue, then ends the process. Returns a function that removes the
 * handler; call it when the work has ended, with or without success.
 */
export function onInterrupt(io: Io, sentence: () => string): () => void {
  const interrupted = () => {
    io.err(`\n${sentence()}\n`);
    process.exit(INTERRUPTED);
  };
  process.once('SIGINT', interrupted);
  return () => void process.removeListener('SIGINT', interrupted);
}
