import { availableParallelism, freemem } from 'node:os';
import type { ModelInput } from '@pyramid-mamba/data';
import type { BackendName } from '../backend.js';
import { UserError } from '../errors.js';

/** Backends that one thread keeps busy: a GPU, and TensorFlow, which uses all cores itself. */
export const SINGLE_THREAD: readonly BackendName[] = ['webgpu', 'cuda', 'tensorflow'];

/** The name and the help of the option for commands that judge. */
export const JUDGES_OPTION = [
  '--workers <n>',
  'threads that judge, with the same results (default: by cores, memory and number of pictures)',
] as const;

/** Throws a UserError where a backend cannot have several threads. */
export function requireShareable(
  workers: number,
  { name, request }: { name: BackendName; request: string },
): void {
  if (workers === 1 || !SINGLE_THREAD.includes(name)) return;
  const engine = name === 'tensorflow' ? 'one TensorFlow, which uses all cores itself' : 'one GPU';
  throw new UserError(
    `--workers: ${workers} threads cannot share ${engine}; with --backend ${request} use 1`,
  );
}

const MIB = 2 ** 20;
/** Memory of a thread with its engine, before any model. */
const ENGINE_BYTES = 150 * MIB;
/** Of a pixel of the input, in the largest batch: activations, and what the engine keeps to reuse. */
const BYTES_PER_PIXEL = 2_500;
/** A model in an engine, as a multiple of its bytes: its weights, and copies while it is loaded. */
const MODEL_COPIES = 2.5;
/** The share of the memory at hand that threads may take. */
const SHARE = 0.7;
/** Pictures of 256×256 pixels that are worth a thread: its start takes as long as a few. */
const WORTH = 12;

export interface Wanted {
  /** What the user asks; undefined chooses. */
  asked: number | undefined;
  backend: { name: BackendName; request: string };
  /** Pictures to judge. */
  pictures: number;
  input: ModelInput;
  /** Bytes of the model's numbers. */
  modelBytes: number;
  /** Bytes of pictures that wait for each thread, beyond those of the input's size. */
  waitingBytes?: number;
}

/** The machine as far as it bounds the number of threads. */
export interface Machine {
  cores: number;
  /** Bytes that can be allocated without swapping. */
  memory: number;
}

const thisMachine = (): Machine => ({
  cores: availableParallelism(),
  memory: process.availableMemory?.() ?? freemem(),
});

/** The number of judging threads: what the user asks, else what cores, memory and the work make sensible. Throws as `requireShareable`. */
export function judgesFor(wanted: Wanted, machine = thisMachine()): number {
  const { asked, backend, pictures, input, modelBytes, waitingBytes = 0 } = wanted;
  if (asked !== undefined) {
    requireShareable(asked, backend);
    return Math.max(1, Math.min(asked, pictures));
  }
  if (SINGLE_THREAD.includes(backend.name)) return 1;
  const pixels = input.width * input.height;
  const each = ENGINE_BYTES + MODEL_COPIES * modelBytes + BYTES_PER_PIXEL * pixels + waitingBytes;
  const most = [
    machine.cores,
    Math.floor((SHARE * machine.memory) / each),
    Math.floor((pictures * pixels) / (WORTH * 256 * 256)),
  ];
  return Math.max(1, Math.min(...most));
}
