import { DataError, FileError } from '@pyramid-mamba/data';
import { fileReason } from '@pyramid-mamba/data/node';
import { PictureError } from '@pyramid-mamba/inspect';
import { FormatError, NumericError } from '@pyramid-mamba/model';
import { RunError } from '@pyramid-mamba/runs';
import { engineErrorOf } from '@pyramid-mamba/ssm-kernels';

/** An error that the user can fix, in the input or the machine. One sentence: where, expected, found, next step. */
export class UserError extends RunError {
  override readonly name: string = 'UserError';
}

/** A failed command's message on stderr and exit code. */
export interface Failure {
  text: string;
  exitCode: 1 | 2;
}

/** Error codes of a failing or full disk, missing rights or too many open files. */
const DISK_FAULTS = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ESTALE'];

/** A file system error that the command did not handle itself, as a sentence; undefined for any other error. */
function diskFault(error: unknown): string | undefined {
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (syscall === undefined || path === undefined || !DISK_FAULTS.includes(code ?? '')) return undefined;
  return `${path} cannot be read or written (${syscall}): ${fileReason(error)}`;
}

/** Whether the user can fix the error; else it is a bug in the program. */
export function isMendable(error: unknown): boolean {
  return (
    diskFault(error) !== undefined ||
    engineErrorOf(error) !== undefined ||
    [RunError, DataError, FileError, FormatError, NumericError, PictureError].some(
      (kind) => error instanceof kind,
    )
  );
}

/**
 * That a network's numbers were invalid, in training or in judging, itself or as the cause of the error: a fault of one model, of which others know
 * nothing. undefined for any other error.
 */
export function numericErrorOf(error: unknown): NumericError | undefined {
  if (error instanceof NumericError) return error;
  return error instanceof Error && error.cause !== undefined ? numericErrorOf(error.cause) : undefined;
}

/** Exit code 2 for errors that the user can fix (one sentence), 1 for bugs (the stack only with DEBUG=1). */
export function describeFailure(error: unknown, debug = process.env.DEBUG === '1'): Failure {
  if (!(error instanceof Error)) return { text: `internal error: ${String(error)}`, exitCode: 1 };
  const stack = debug && error.stack ? `\n${error.stack}` : '';
  if (isMendable(error)) {
    const message = diskFault(error) ?? (engineErrorOf(error) ?? error).message;
    return { text: `error: ${message}${stack}`, exitCode: 2 };
  }
  const hint = debug ? stack : ' (this is a bug in the program: run again with DEBUG=1 and report the stack)';
  return { text: `internal error: ${error.message}${hint}`, exitCode: 1 };
}
