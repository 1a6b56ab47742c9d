import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import type { Consumer, JsMsg } from '@nats-io/jetstream';
import type { Judged, Station } from '../serve/station.js';
import { newId } from '../serve/judging/models.js';
import type { Fleet } from './fleet.js';
import { sha256Of, workOf, type ModelRef, type Work } from './work.js';

export interface FleetSourceOptions {
  station: Station;
  fleet: Fleet;
  /** Attempts after which a picture has an error instead of a judgement. */
  tries: number;
  /** Milliseconds between two signs of life: a third of the time after which the broker takes a worker for lost. */
  beatMs: number;
  /** Folders whose pictures may be read by path. */
  shared: readonly string[];
  maxBytes: number;
}

/** Pictures that are taken for each judging process: a batch that it judges and one that waits. */
const BATCH = 4;
/** Milliseconds before a picture that could not be judged is tried again, and before a broker that is away is asked again. */
const AGAIN_MS = 1_000;
/** Milliseconds for which a request for pictures waits for them. */
const FETCH_MS = 1_000;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Takes pictures from a fleet's queue, judges them with a station and sends the results. A picture is acknowledged only when the broker has its
 * result, so a worker that dies loses none; a picture may then be judged twice, with the same id.
 */
export class FleetSource {
  #stopped = false;
  #taken = 0;
  #loop: Promise<void> = Promise.resolve();
  readonly #puts = new Map<string, Promise<unknown>>();

  constructor(private readonly options: FleetSourceOptions) {}

  start(): void {
    this.#loop = this.#run();
  }

  /** Takes no more, and resolves when all that was taken has its result in the broker, or was given back. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    while (this.#taken > 0) await wait(20);
  }

  async #run(): Promise<void> {
    const { station, fleet } = this.options;
    let consumer: Consumer | undefined;
    while (!this.#stopped) {
      const most = 2 * BATCH * Math.max(1, station.pool.alive);
      const room = Math.min(most - this.#taken, station.pool.room);
      if (room < BATCH || station.notReady !== undefined) {
        await wait(20);
        continue;
      }
      try {
        consumer ??= await fleet.work();
        const messages = await consumer.fetch({ max_messages: room, expires: FETCH_MS });
        for await (const message of messages) {
          this.#taken++;
          void this.#take(message).finally(() => void this.#taken--);
        }
      } catch (error) {
        station.log.warn(
          { err: (error as Error).message },
          'the fleet cannot be asked for pictures; it is asked again',
        );
        consumer = undefined;
        await wait(AGAIN_MS);
      }
    }
  }

  async #take(message: JsMsg): Promise<void> {
    const { station, fleet, beatMs } = this.options;
    if (this.#stopped) return message.nak();
    const work = workOf(message.data);
    if (!work) {
      station.log.error('a message of the queue is not a picture, and is removed');
      return message.term('not a picture of this program');
    }
    // a sign of life: without it the broker gives the picture to another worker
    const beat = setInterval(() => message.working(), beatMs);
    try {
      const { result } = await this.#judged(work, message.info.deliveryCount);
      while (!(await this.#sent(work, result))) {
        // the broker keeps the picture, and another worker or this one judges it again
        if (this.#stopped) return;
        await wait(AGAIN_MS);
      }
      // without the broker's word the picture may come again, and must be there then
      const isAcknowledged = await message.ackAck().catch(() => false);
      if (isAcknowledged && work.path === null) await fleet.dropPicture(work.id);
    } catch (error) {
      station.log.warn({ file: work.file, err: (error as Error).message }, 'a picture is tried again later');
      message.nak(AGAIN_MS);
    } finally {
      clearInterval(beat);
    }
  }

  async #sent(work: Work, result: Judged['result']): Promise<boolean> {
    try {
      await this.options.fleet.publishResult(work, result);
      return true;
    } catch (error) {
      this.options.station.log.warn(
        { err: (error as Error).message },
        'a result could not be sent; it is sent again',
      );
      return false;
    }
  }

  /** Rejects where the picture may be tried again; the last attempt has a result in any case. */
  async #judged(work: Work, attempt: number): Promise<Judged> {
    const { station, tries } = this.options;
    const picture = { id: work.id, file: work.file };
    const refuse = (why: string) => station.refuse(picture, `not judged: ${why}`, 'nats');
    if (attempt > tries) return refuse(`it was given to workers ${tries} times, and none of them answered`);
    const isLast = attempt === tries;
    let bytes: Uint8Array;
    try {
      bytes = await this.#bytesOf(work);
      while (!this.#has(work.model)) await this.#get(work.model);
    } catch (error) {
      if (!isLast) throw error;
      return refuse((error as Error).message);
    }
    // no await since the model was looked up: it is this one that judges
    const product = work.product ?? undefined;
    return station.judge(
      [{ ...picture, bytes, product, mayComeAgain: !isLast, isWhole: true }],
      'nats',
      work.model.name,
    )[0]!;
  }

  #has({ name, sha256 }: ModelRef): boolean {
    return this.options.station.models.get(name)?.file.sha256 === sha256;
  }

  /** Brings a model into use under its name, as a request to the station would: tried by every process before. */
  async #get({ name, sha256 }: ModelRef): Promise<void> {
    const { station, fleet } = this.options;
    const key = `${name} ${sha256}`;
    let work = this.#puts.get(key);
    if (!work) {
      const put = async () => {
        const bytes = await fleet.model(sha256);
        await station.models.put(
          name,
          bytes,
          () => station.processes,
          (from, to) =>
            station.record({
              kind: 'model',
              id: newId(),
              time: new Date().toISOString(),
              name,
              from,
              to,
              note: 'from the fleet',
            }),
        );
      };
      work = put().finally(() => void this.#puts.delete(key));
      this.#puts.set(key, work);
    }
    await work;
  }

  async #bytesOf({ id, path, sha256, file }: Work): Promise<Uint8Array> {
    const bytes = path === null ? await this.options.fleet.picture(id) : await this.#read(path);
    if (!bytes) throw new Error(`${file} is not in the fleet's object store`);
    const found = sha256Of(bytes);
    if (found !== sha256)
      throw new Error(
        `${file} was changed since it was submitted: its SHA-256 is ${found}, expected ${sha256}`,
      );
    return bytes;
  }

  /** A file in a shared folder, wherever links lead: the queue must not make a worker read anything else. */
  async #read(path: string): Promise<Uint8Array> {
    const { shared, maxBytes } = this.options;
    const real = await realpath(path);
    const folders = await Promise.all(shared.map((folder) => realpath(folder)));
    const isInside = folders.some((folder) => {
      const rest = relative(folder, real);
      return !isAbsolute(rest) && rest !== '..' && !rest.startsWith(`..${sep}`);
    });
    if (!isInside)
      throw new Error(`${path} is in no folder that this worker shares: start it with --shared FOLDER`);
    const found = await stat(real);
    if (!found.isFile()) throw new Error(`${path} is not a file`);
    if (found.size > maxBytes)
      throw new Error(`${path} has ${found.size} bytes, expected at most ${maxBytes}`);
    return readFile(real);
  }
}
