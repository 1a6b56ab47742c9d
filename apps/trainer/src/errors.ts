import { DataError, FileError } from '@pyramid-mamba/data';
import { FormatError, NumericError } from '@pyramid-mamba/model';
import { WebGpuError } from '@pyramid-mamba/ssm-kernels';

/** A mistake of the user's, or a state of the machine only the user can change. One sentence: where, wanted, got, next step. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}

/** What a failed command prints on stderr and exits with. */
export interface Failure {
  text: string;
  exitCode: 1 | 2;
}

/** Whether the user can mend what went wrong; else it is a fault of the program. */
export function isMendable(error: unknown): boolean {
  return [UserError, DataError, FileError, FormatError, NumericError, WebGpuError].some(
    (kind) => error instanceof kind,
  );
}

/** Exit code 2 for what the user can mend (one sentence), 1 for our own failures (the stack only with DEBUG=1). */
export function describeFailure(error: unknown, debug = process.env.DEBUG === '1'): Failure {
  if (!(error instanceof Error)) return { text: `internal error: ${String(error)}`, exitCode: 1 };
  const stack = debug && error.stack ? `\n${error.stack}` : '';
  if (isMendable(error)) return { text: `error: ${error.message}${stack}`, exitCode: 2 };
  const hint = debug
    ? stack
    : ' (this is a fault of the program: run again with DEBUG=1 and report the stack)';
  return { text: `internal error: ${error.message}${hint}`, exitCode: 1 };
}
