/** Where a command talks to. Tests pass their own; `processIo` is the real one. */
export interface Io {
  /** Results and progress. */
  out(text: string): void;
  /** Errors, one a line. */
  err(text: string): void;
  /** Whether `out` is a terminal that can overwrite its last line. */
  readonly isTTY: boolean;
  /** Whether `err` is one. */
  readonly errIsTTY: boolean;
  /** Width of that terminal in characters. */
  readonly columns: number;
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
    return process.stdout.columns ?? process.stderr.columns ?? 80;
  },
};

/** One line of results. */
export function say(io: Io, line: string): void {
  io.out(`${line}\n`);
}

/** The same place to talk to, with everything on stderr. */
export function onStderr(io: Io): Io {
  const err = (text: string) => io.err(text);
  return { out: err, err, isTTY: io.errIsTTY, errIsTTY: io.errIsTTY, columns: io.columns };
}

/** The name and the help of the option that every command for machines has. */
export const JSON_OPTION = [
  '--json',
  'for machines: one JSON document on stdout, all else on stderr',
] as const;

/**
 * Does a command's work and, with `json`, prints what it comes to as the one thing on stdout: what it says meanwhile, progress
 * too, then goes to stderr. Work that fails leaves stdout empty.
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
