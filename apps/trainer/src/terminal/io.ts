import { askTerminal } from './ask.js';
import { visible } from '../text/visible.js';

/** A command's output streams. Tests pass their own; `processIo` is the process's. */
export interface Io {
  /** Results and progress. */
  out(text: string): void;
  /** Errors, one per line. */
  err(text: string): void;
  /** Whether `out` is a terminal that can overwrite its last line. */
  readonly isTTY: boolean;
  /** Whether `err` is a terminal. */
  readonly errIsTTY: boolean;
  /** Width of that terminal in characters. */
  readonly columns: number;
  /** Asks a question that is answered by yes or no, on stderr; undefined where no person can answer. */
  readonly ask?: ((question: string) => Promise<boolean>) | undefined;
}

export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  get isTTY() {
    return process.stdout.isTTY === true;
  },
  get errIsTTY() {
    return process.stderr.isTTY === true;
  },
  get columns() {
    // a terminal without a size says 0
    return process.stdout.columns || process.stderr.columns || 80;
  },
  get ask() {
    return process.stdin.isTTY && process.stderr.isTTY ? askTerminal : undefined;
  },
};

/** One line of results. */
export function say(io: Io, line: string): void {
  io.out(`${line}\n`);
}

/** The same streams, with everything on stderr. */
export function onStderr(io: Io): Io {
  const err = (text: string) => io.err(text);
  return { out: err, err, isTTY: io.errIsTTY, errIsTTY: io.errIsTTY, columns: io.columns, ask: io.ask };
}

/** The name and the help of the option for JSON output. */
export const JSON_OPTION = [
  '--json',
  'for scripts: one JSON document on stdout, everything else on stderr',
] as const;

/**
 * Runs a command and, with `json`, prints its result as the only output on stdout; other output, including progress,
 * then goes to stderr. A failing command leaves stdout empty.
 */
export async function answer(
  io: Io,
  json: boolean | undefined,
  work: (talk: Io) => Promise<unknown>,
): Promise<void> {
  if (!json) {
    await work(io);
    return;
  }
  const result = await work(onStderr(io));
  say(io, JSON.stringify(result, null, 2));
}

/**
 * An output that is safe for names of files and classes: control characters are escaped. The carriage return that redraws a
 * progress line stays.
 */
export function spoken(io: Io): Io {
  const shown = (text: string): string => {
    const [, before = '', rest = '', after = ''] = /^(\r?)([^]*?)((?<=^\r *)\r)?$/.exec(text) ?? [];
    return before + visible(rest) + after;
  };
  return {
    out: (text) => io.out(shown(text)),
    err: (text) => io.err(shown(text)),
    get isTTY() {
      return io.isTTY;
    },
    get errIsTTY() {
      return io.errIsTTY;
    },
    get columns() {
      return io.columns;
    },
    get ask() {
      const { ask } = io;
      return ask && ((question: string) => ask(visible(question)));
    },
  };
}
