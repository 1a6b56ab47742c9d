/**
 * A failure of an engine: a GPU, its driver, a native library, or memory. The user can do something about it, and the message
 * says what. Whatever was being computed is lost; what was written before is not.
 */
export class EngineError extends Error {
  override readonly name: string = 'EngineError';
}

const SMALLER =
  'close other programs, or use a smaller batch (--batch-size) or smaller pictures (--input-size)';

/** Errors that engines throw as they are, told by class or text, and what they mean. */
const KNOWN: readonly [is: (error: Error) => boolean, sentence: string][] = [
  [
    ({ message }) => /\bOOM\b|ResourceExhausted|TF_Status: 8\b/.test(message),
    `tensorflow: there is not enough memory: ${SMALLER}.`,
  ],
  [
    ({ message }) => /Invalid TF_Status|TF_|tensorflow.*(fail|error)/i.test(message),
    'tensorflow: the library failed: run again, or use another --backend.',
  ],
  [
    (error) =>
      error instanceof RangeError && /allocat|buffer|memory|Invalid typed array length/i.test(error.message),
    `there is not enough memory: ${SMALLER}.`,
  ],
  [
    (error) => error instanceof WebAssembly.RuntimeError || error.message.startsWith('Aborted('),
    `wasm: the engine failed, most likely because memory ran out: ${SMALLER}.`,
  ],
];

/** Names of the errors of engines in packages of their own, which do not import this one. Their messages say what to do. */
const OTHERS: ReadonlySet<string> = new Set(['CudaError']);

/** The engine failure that an error is, or undefined where it is none. Calls with invalid arguments are faults of the caller. */
export function engineErrorOf(error: unknown): EngineError | undefined {
  if (!(error instanceof Error)) return undefined;
  const isUsage = 'failure' in error && error.failure === 'usage';
  if (error instanceof EngineError) return isUsage ? undefined : error;
  if (OTHERS.has(error.name)) return isUsage ? undefined : new EngineError(error.message, { cause: error });
  const known = KNOWN.find(([is]) => is(error));
  return known && new EngineError(`${known[1]} (${error.message})`, { cause: error });
}
