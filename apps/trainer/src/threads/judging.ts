import { tileCount, tiledBytes } from '@pyramid-mamba/inspect';
import { copyOf, tileOf, type Detector, type EncoderWeights, type ModelInfo } from '@pyramid-mamba/model';
import type { ChosenBackend } from '../backend.js';
import { joined, workersOfJob } from '../mpi/joined.js';
import { judgesOfRanks } from '../mpi/judges.js';
import { say, type Io } from '../terminal/io.js';
import { waiting } from '../terminal/waiting.js';
import { plural } from '../text/plural.js';
import { judgesFor, type Wanted } from './count.js';
import { Judges } from './judges.js';

type Work = Omit<Wanted, 'asked' | 'backend'>;

const bytesOf = (weights: EncoderWeights): number =>
  [...weights.values()].reduce((sum, { data }) => sum + data.byteLength, 0);

/** Judging threads for the parts of a command, started where they pay and kept for the next part; in an MPI job its processes. */
export class Judging {
  #judges: Judges | undefined;
  #said = 0;

  constructor(
    private readonly io: Io,
    private readonly backend: Pick<ChosenBackend, 'name' | 'request'>,
    /** `--workers`; undefined chooses. */
    private readonly asked: number | undefined,
  ) {}

  /**
   * Threads for so many pictures, each with a copy of the model; undefined where this thread judges alone. Throws a UserError where several were
   * asked for and the backend cannot have them.
   *
   * @param info for `Judges.judge`
   * @param waitingBytes see `Wanted`
   */
  async judgesOf(
    model: Detector,
    whole: number,
    { info, waitingBytes: waiting = 0 }: { info?: ModelInfo; waitingBytes?: number } = {},
  ): Promise<Judges | undefined> {
    // the work of tiles is theirs, the memory also that of the whole picture
    const input = tileOf(model.config);
    const pictures = whole * tileCount(model.config);
    const waitingBytes = waiting + tiledBytes(model.config);
    if (this.#count({ pictures, input, modelBytes: 0, waitingBytes }) === 1) return undefined;
    const copy = await copyOf(model);
    const modelBytes = bytesOf(copy.encoder) + bytesOf(copy.learnt);
    const judges = await this.#start({ pictures, input, modelBytes, waitingBytes });
    await judges?.use(copy, info);
    return judges;
  }

  /** The same with the model's encoder alone, for `Judges.encode`. */
  async encodersOf(model: Detector, pictures: number): Promise<Judges | undefined> {
    const { weights } = model.encoder;
    const judges = await this.#start({
      pictures,
      input: tileOf(model.config),
      modelBytes: bytesOf(weights),
    });
    await judges?.useEncoder(model.config.encoder, weights);
    return judges;
  }

  #count(wanted: Work): number {
    const { job } = joined;
    // processes that are there already cost nothing to use
    if (job) return wanted.pictures === 0 ? 1 : workersOfJob(job, this.asked);
    return judgesFor({ ...wanted, asked: this.asked, backend: this.backend });
  }

  async #start(wanted: Work): Promise<Judges | undefined> {
    const count = this.#count(wanted);
    if (count === 1) return undefined;
    if (this.#judges && this.#judges.width >= count) return this.#judges;
    await this.stop();
    const { io, backend } = this;
    const { job } = joined;
    if (job) return (this.#judges = await judgesOfRanks(job.world, backend));
    if (this.#said !== count) say(io, `threads: ${count} judge pictures, with the same results as one`);
    this.#said = count;
    this.#judges = await waiting(io, `starting ${plural(count, 'thread')}`, () =>
      Judges.start(count, backend.request),
    );
    return this.#judges;
  }

  async stop(): Promise<void> {
    await this.#judges?.stop();
    this.#judges = undefined;
  }
}
