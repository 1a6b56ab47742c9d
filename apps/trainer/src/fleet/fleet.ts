import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type Consumer,
  type JetStreamClient,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import { Objm, type ObjectStore } from '@nats-io/obj';
import type { NatsConnection } from '@nats-io/transport-node';
import { UserError } from '../errors.js';
import type { Result } from '../serve/journal/entries.js';
import { currentSchema, NAME, sha256Of, type CurrentModel, type Work } from './work.js';

const SECOND = 1e9;
const DAY = 24 * 3600 * SECOND;
/** For which results, and pictures that nobody took, are kept, in nanoseconds. */
const KEPT = 7 * DAY;
/** For which the broker drops a second message of the same id, in nanoseconds. */
const SAME_WITHIN = 600 * SECOND;
/** Pictures that may wait in the broker. */
const MOST_WAITING = 100_000;
const WORKERS = 'workers';
const CURRENT = 'current';
const MIB = 2 ** 20;
/** Regions of a result that would be too long for a message; they are the ones with the highest peaks. */
const MOST_REGIONS = 500;
/** Milliseconds until the broker must have acknowledged a message. */
const ANSWER_MS = 5_000;

/** What waits in the broker. */
export interface FleetFigures {
  /** Pictures that no worker has. */
  waiting: number;
  /** Pictures that workers have. */
  taken: number;
  /** Of these, those that another worker had before. */
  again: number;
}

export interface FleetOptions {
  name: string;
  /** Milliseconds without a sign of a worker after which its pictures are given to another one; undefined keeps what the fleet has. */
  lostAfterMs?: number;
}

/**
 * The broker's side of a fleet: a queue of pictures that keeps each until it is acknowledged, a stream of results, the object stores of pictures and
 * models, and the name of the model in use. All of it is on the broker's disk.
 */
export class Fleet {
  private constructor(
    private readonly connection: NatsConnection,
    readonly options: FleetOptions,
    private readonly js: JetStreamClient,
    private readonly jsm: JetStreamManager,
    private readonly pictures: ObjectStore,
    private readonly models: ObjectStore,
    private readonly settings: KV,
  ) {}

  /** Opens a fleet on a connection, and makes what is missing. Rejects with a UserError where the broker cannot have it. */
  static async open(connection: NatsConnection, options: FleetOptions): Promise<Fleet> {
    const { name } = options;
    if (!NAME.test(name))
      throw new UserError(
        `--fleet: expected up to 48 letters, digits, - and _, found "${name}"; choose another name`,
      );
    try {
      const [js, jsm] = [jetstream(connection), await jetstreamManager(connection)];
      await ensure(jsm, {
        name: `${name}_work`,
        subjects: [`${name}.work`],
        retention: RetentionPolicy.Workqueue,
        // a full queue refuses: nothing that was taken is dropped
        discard: DiscardPolicy.New,
        max_msgs: MOST_WAITING,
      });
      await ensure(jsm, {
        name: `${name}_results`,
        subjects: [`${name}.results.*`],
        retention: RetentionPolicy.Limits,
        max_age: KEPT,
      });
      await ensureWorkers(jsm, options);
      const stores = new Objm(js);
      const pictures = await stores.create(`${name}_pictures`, { storage: StorageType.File, ttl: KEPT });
      const models = await stores.create(`${name}_models`, { storage: StorageType.File });
      const settings = await new Kvm(js).create(`${name}_settings`, {
        storage: StorageType.File,
        history: 1,
      });
      return new Fleet(connection, options, js, jsm, pictures, models, settings);
    } catch (error) {
      throw new UserError(
        `--nats: the broker cannot hold the fleet (${(error as Error).message}); it needs JetStream (\`nats-server -js\`), and this user the right to use it`,
        { cause: error },
      );
    }
  }

  /** Puts a picture into the object store, under its id. */
  async putPicture(id: string, bytes: Uint8Array): Promise<void> {
    await this.pictures.putBlob({ name: id }, bytes);
  }

  /** Its bytes; undefined where there are none under the id. */
  async picture(id: string): Promise<Uint8Array | undefined> {
    return (await this.pictures.getBlob(id)) ?? undefined;
  }

  /** What is not removed here goes after some days. */
  async dropPicture(id: string): Promise<void> {
    await this.pictures.delete(id).catch(() => undefined);
  }

  /** Resolves when the broker has the picture in its queue. Rejects where it is away, and where the queue is full. */
  async publishWork(work: Work): Promise<void> {
    await this.js.publish(`${this.options.name}.work`, JSON.stringify(work), {
      msgID: work.id,
      timeout: ANSWER_MS,
    });
  }

  /** Resolves when the broker has the result; a second one of the same id soon after is dropped. */
  async publishResult({ job, id }: Pick<Work, 'job' | 'id'>, result: Result): Promise<void> {
    let line = JSON.stringify(result);
    if (line.length > 0.9 * (this.connection.info?.max_payload ?? MIB))
      line = JSON.stringify({ ...result, regions: result.regions?.slice(0, MOST_REGIONS) ?? null });
    await this.js.publish(`${this.options.name}.results.${job}`, line, {
      msgID: `${job}.${id}`,
      timeout: ANSWER_MS,
    });
  }

  /** Where all workers take pictures. */
  work(): Promise<Consumer> {
    return this.js.consumers.get(`${this.options.name}_work`, WORKERS);
  }

  /** The results of a job from a sequence number of their stream on. */
  results(job: string, from: number): Promise<Consumer> {
    return this.js.consumers.get(`${this.options.name}_results`, {
      filter_subjects: `${this.options.name}.results.${job}`,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: Math.max(1, from),
    });
  }

  /** The number of results of a job that are in the stream. */
  async resultCount(job: string): Promise<number> {
    const subject = `${this.options.name}.results.${job}`;
    const { state } = await this.jsm.streams.info(`${this.options.name}_results`, {
      subjects_filter: subject,
    });
    return state.subjects?.[subject] ?? 0;
  }

  /** Puts a model file, which must have been checked, into use: it judges from now on where a submission names none. */
  async putModel(
    bytes: Uint8Array,
    { name, classes }: Pick<CurrentModel, 'name' | 'classes'>,
  ): Promise<CurrentModel> {
    const model = { name, sha256: sha256Of(bytes), classes };
    const there = await this.models.info(model.sha256);
    // as the broker writes it, in base64
    const digest = Buffer.from(model.sha256, 'hex').toString('base64url');
    if (there?.digest.replace(/^SHA-256=/, '').replace(/=+$/, '') !== digest)
      await this.models.putBlob({ name: model.sha256 }, bytes);
    // one value of one key: every submission after this has the new model, and none a mixture
    await this.settings.put(CURRENT, JSON.stringify(model));
    return model;
  }

  /** The model in use; undefined before there is one. */
  async currentModel(): Promise<CurrentModel | undefined> {
    const entry = await this.settings.get(CURRENT);
    return entry ? currentSchema.parse(entry.json()) : undefined;
  }

  /** A model's file by its hash. Rejects with a sentence where there is none, or another one. */
  async model(sha256: string): Promise<Uint8Array> {
    const bytes = await this.models.getBlob(sha256);
    if (!bytes)
      throw new Error(`the model ${sha256} is not in the fleet's object store: submit with --model`);
    const found = sha256Of(bytes);
    if (found !== sha256)
      throw new Error(
        `the model in the fleet's object store under ${sha256} has the SHA-256 ${found}, so it was changed: submit with --model`,
      );
    return bytes;
  }

  async figures(): Promise<FleetFigures> {
    const info = await this.jsm.consumers.info(`${this.options.name}_work`, WORKERS);
    return { waiting: info.num_pending, taken: info.num_ack_pending, again: info.num_redelivered };
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}

/** Seconds without a sign of a worker after which its pictures are given to another one, unless a worker says otherwise. */
export const LOST_AFTER_S = 15;

async function ensureWorkers(jsm: JetStreamManager, { name, lostAfterMs }: FleetOptions): Promise<void> {
  const stream = `${name}_work`;
  const wait = lostAfterMs === undefined ? undefined : lostAfterMs * 1e6;
  const found = await jsm.consumers.info(stream, WORKERS).catch(() => undefined);
  if (!found)
    await jsm.consumers.add(stream, {
      durable_name: WORKERS,
      ack_policy: AckPolicy.Explicit,
      ack_wait: wait ?? LOST_AFTER_S * SECOND,
      // a picture that is given up has a result: the workers count, not the broker
      max_deliver: -1,
      max_ack_pending: MOST_WAITING,
    });
  else if (wait !== undefined && found.config.ack_wait !== wait)
    await jsm.consumers.update(stream, WORKERS, { ack_wait: wait });
}

/** Makes a stream where it is missing; one that an operator has changed stays. */
async function ensure(
  jsm: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<void> {
  const found = await jsm.streams.info(config.name).catch(() => undefined);
  if (!found) await jsm.streams.add({ ...config, storage: StorageType.File, duplicate_window: SAME_WITHIN });
}
