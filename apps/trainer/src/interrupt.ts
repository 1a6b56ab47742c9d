import type { Io } from './io.js';

/** 128 + the number of SIGINT, as shells report it. */
const INTERRUPTED = 130;

/**
 * Says on Ctrl+C what is kept and how to go on, then ends the process. Returns how to take that back; to be called when the work is
 * done, well or not.
 */
export function onInterrupt(io: Io, sentence: () => string): () => void {
  const interrupted = () => {
    io.err(`\n${sentence()}\n`);
    process.exit(INTERRUPTED);
  };
  process.once('SIGINT', interrupted);
  return () => void process.removeListener('SIGINT', interrupted);
}
