import { DataError, FileError } from '@pyramid-mamba/data';
import { FormatError, NumericError } from '@pyramid-mamba/model';
import { WebGpuError } from '@pyramid-mamba/ssm-kernels';

/** An error that the user can fix, in the input or the machine. One sentence: where, expected, found, next step. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}

/** A failed command's message on stderr and exit code. */
export interface Failure {
  text: string;
  exitCode: 1 | 2;
}

/** Whether the user can fix the error; else it is a bug in the program. */
export function isMendable(error: unknown): boolean {
  return [UserError, DataError, FileError, FormatError, NumericError, WebGpuError].some(
    (kind) => error instanceof kind,
  );
}

/** Exit code 2 for errors that the user can fix (one sentence), 1 for bugs (the stack only with DEBUG=1). */
export function describeFailure(error: unknown, debug = process.env.DEBUG === '1'): Failure {
  if (!(error instanceof Error)) return { text: `internal error: ${String(error)}`, exitCode: 1 };
  const stack = debug && error.stack ? `\n${error.stack}` : '';
  if (isMendable(error)) return { text: `error: ${error.message}${stack}`, exitCode: 2 };
  const hint = debug ? stack : ' (this is a bug in the program: run again with DEBUG=1 and report the stack)';
  return { text: `internal error: ${error.message}${hint}`, exitCode: 1 };
}
