import { EngineError, engineErrorOf } from '@pyramid-mamba/ssm-kernels';
import { isMendable, UserError } from '../errors.js';

/** The message of a thread whose work failed: an error's class is lost between threads. */
export interface Failed {
  kind: 'failed';
  message: string;
  of: 'engine' | 'user' | 'program';
}

const ERRORS = { engine: EngineError, user: UserError, program: Error } as const;

/** In the thread: the error as a message. */
export function failedBy(error: unknown): Failed {
  const engine = engineErrorOf(error);
  const { message } = engine ?? (error as Error);
  return { kind: 'failed', message, of: engine ? 'engine' : isMendable(error) ? 'user' : 'program' };
}

/** In the thread that hears it: the message as an error. */
export const errorOf = ({ message, of }: Failed): Error => new ERRORS[of](message);

/** Why a thread ended by itself. */
export function endOf(what: string, error: Error): Error {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new UserError(
    `${what} ran out of memory, so nothing of its work counts: run the command again with fewer --workers, or with --workers 1`,
    { cause: error },
  );
}
