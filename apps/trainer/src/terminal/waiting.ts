import { duration } from '@pyramid-mamba/runs';
import type { Io } from './io.js';

/** A wait shorter than this is not shown. */
const SHOWN_AFTER_MS = 1_000;

/**
 * Work whose end cannot be estimated: where it takes longer than a second, a line says what is done, on a terminal with the seconds so far and
 * until it ends, elsewhere once. Settles as the work does.
 */
export async function waiting<T>(io: Io, label: string, work: () => Promise<T>): Promise<T> {
  let seconds = 0;
  let width = 0;
  const timer = setInterval(() => {
    seconds++;
    if (!io.isTTY) {
      if (seconds === 1) io.out(`${label} …\n`);
      return;
    }
    const shown = `${label} … ${duration(seconds)}`.slice(0, Math.max(20, io.columns - 1));
    io.out(`\r${shown.padEnd(width)}`);
    width = shown.length;
  }, SHOWN_AFTER_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (width > 0) io.out(`\r${' '.repeat(width)}\r`);
  }
}
