import type { Communicator } from '@pyramid-mamba/model';
import { endingAnyway } from './endAnyway.js';
import type { MpiLibrary } from './library.js';

/** Milliseconds for which a wait asks again at once; then it sleeps in between, so that an idle rank leaves its core to others. */
const EAGER_MS = 50;
/** The longest sleep between two questions, in milliseconds. */
const SLEEP_MS = 5;
/** Bytes of one MPI message: counts are of 31 bits. */
const MOST_BYTES = 2 ** 30;

/** Barriers before the end, and milliseconds after each, in which connections that were just begun are completed. */
const [SETTLING_ROUNDS, SETTLING_MS] = [8, 10];

/** MPICH over UCX does not always return from MPI_Finalize: docs/mpi.md. */
const LONGEST_MS = 60_000;

/** The processes of an MPI job, which all call the same functions in the same order. */
export class World implements Communicator {
  readonly rank: number;
  readonly size: number;
  /** Whether rank 0 has failed alone while the others wait for it: only `abort` ends them. */
  lost = false;

  constructor(private readonly mpi: MpiLibrary) {
    this.rank = mpi.rank;
    this.size = mpi.size;
  }

  get version(): string {
    return this.mpi.version;
  }

  async allGather(own: Float32Array): Promise<readonly Float32Array[]> {
    const { size, mpi } = this;
    if (own.byteLength > MOST_BYTES)
      throw new RangeError(`mpi: a message of ${own.byteLength} bytes is larger than ${MOST_BYTES}`);
    const all = new Float32Array(own.length * size);
    await done(mpi.allGather(bytesOf(own), bytesOf(all)));
    return Array.from({ length: size }, (_, rank) =>
      all.subarray(rank * own.length, (rank + 1) * own.length),
    );
  }

  async barrier(): Promise<void> {
    await done(this.mpi.barrier());
  }

  /** What rank 0 passes, on all ranks; the others pass nothing. */
  async broadcast(message?: Uint8Array): Promise<Uint8Array> {
    const length = new Float64Array([message?.byteLength ?? 0]);
    await done(this.mpi.broadcast(bytesOf(length), 0));
    const bytes = message ?? new Uint8Array(length[0]!);
    for (const part of partsOf(bytes)) await done(this.mpi.broadcast(part, 0));
    return bytes;
  }

  /** Sends a message to a rank, which must `receive` it. */
  async send(to: number, message: Uint8Array): Promise<void> {
    const length = new Float64Array([message.byteLength]);
    await done(this.mpi.send(bytesOf(length), to));
    for (const part of partsOf(message)) await done(this.mpi.send(part, to));
  }

  /** The next message of a rank to this one. */
  async receive(from: number): Promise<Uint8Array> {
    const length = new Float64Array(1);
    await done(this.mpi.receive(bytesOf(length), from));
    const message = new Uint8Array(length[0]!);
    for (const part of partsOf(message)) await done(this.mpi.receive(part, from));
    return message;
  }

  /** Ends all processes of the job at once. */
  abort(code: number): void {
    this.mpi.abort(code);
  }

  /** Ends MPI in this process, and waits for the others to do the same. Where that never ends, the process does, with exit code `code`: all is written. */
  async finish(code: number): Promise<void> {
    // MPI_Finalize of MPICH over UCX waits for ever where a connection between two hosts is still being made, and messages alone do not wait for that
    for (let round = 0; round < SETTLING_ROUNDS; round++) {
      await this.barrier();
      await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
    }
    const { rank, size } = this;
    const sentence = `process ${rank} of ${size}: MPI_Finalize did not end within ${LONGEST_MS / 1000} s, so the process ends without it; all is done and written`;
    endingAnyway(LONGEST_MS, { sentence, code }, () => this.mpi.finish());
  }
}

const partsOf = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.byteLength / MOST_BYTES) }, (_, i) =>
    bytes.subarray(i * MOST_BYTES, (i + 1) * MOST_BYTES),
  );

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Resolves once `complete` says so. MPI goes on only while it is asked; timers, signals and progress lines run in between. */
async function done(complete: () => boolean): Promise<void> {
  const begun = performance.now();
  for (let sleep = 0; !complete();) {
    const eager = performance.now() - begun < EAGER_MS;
    if (!eager) sleep = Math.min(SLEEP_MS, sleep + 1);
    await new Promise<void>((resolve) => (eager ? setImmediate(resolve) : setTimeout(resolve, sleep)));
  }
}
