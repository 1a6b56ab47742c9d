/** Where a command talks to. Tests pass their own; `processIo` is the real one. */
export interface Io {
  /** Results and progress. */
  out(text: string): void;
  /** Errors, one a line. */
  err(text: string): void;
  /** Whether `out` is a terminal that can overwrite its last line. */
  readonly isTTY: boolean;
  /** Width of that terminal in characters. */
  readonly columns: number;
}

export const processIo: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  get isTTY() {
    return process.stdout.isTTY === true;
  },
  get columns() {
    return process.stdout.columns ?? 80;
  },
};

/** One line of results. */
export function say(io: Io, line: string): void {
  io.out(`${line}\n`);
}
