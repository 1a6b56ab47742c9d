import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { SteadyPool, tiledBytes } from '@pyramid-mamba/inspect';
import { readModelInfo, tileOf } from '@pyramid-mamba/model';
import { pino, type Logger } from 'pino';
import { UserError } from '../errors.js';
import type { Fleet } from '../fleet/fleet.js';
import { FleetSource, type FleetSourceOptions } from '../fleet/fleetSource.js';
import { requireClass } from '../predict/folderClass.js';
import { judgesFor } from '../threads/count.js';
import { version } from '../version.js';
import { auditOutput } from './audit/audit.js';
import { DriftListener } from './drift/driftListener.js';
import { appOf } from './http/app.js';
import { isLoopback } from './http/guard.js';
import { LIMITS } from './http/limits.js';
import { Live } from './http/live.js';
import { Metrics } from './http/metrics.js';
import { Follower, type Output } from './journal/follower.js';
import { Journal, type Place } from './journal/journal.js';
import { Models, newId, type GivenModel } from './judging/models.js';
import { JudgingProcess, ModelRefused } from './judging/process.js';
import type { Outcome, Picture } from './judging/work.js';
import { csvOutput, jsonLinesOutput } from './outputs/fileOutput.js';
import { Station } from './station.js';
import { WatchOutput } from './watch/watchOutput.js';
import { Watcher } from './watch/watcher.js';

/** What `serve` is asked, checked. */
export interface ServeSettings {
  models: readonly GivenModel[];
  state: string;
  host: string;
  /** null: no HTTP. */
  port: number | null;
  token: string | undefined;
  backend: string;
  workers: number | undefined;
  queue: number;
  timeoutMs: number;
  maxBodyBytes: number;
  watch: readonly string[];
  product: string;
  out: string | undefined;
  jsonl: string | undefined;
  csv: string | undefined;
  rotateBytes: number;
  keep: number;
  webhook: { url: string; secret: string } | undefined;
  mqtt: { url: string; topic: string } | undefined;
  audit: boolean;
  /** A fleet whose pictures are judged too; closed when the station stops. */
  fleet?: ({ fleet: Fleet } & Pick<FleetSourceOptions, 'tries' | 'shared' | 'beatMs'>) | undefined;
  logLevel: string;
  /** Milliseconds between two looks at watched folders, and for which a file must not have changed. */
  everyMs: number;
  settleMs: number;
}

/** A station that serves. */
export interface Serving {
  /** Its address; null without HTTP. */
  url: string | null;
  station: Station;
  /** Takes no more, finishes and records what was taken, gives outputs a while, ends. */
  stop(): Promise<void>;
}

/** Pictures that a process gets at once, as `predict` does. */
const BATCH = 4;
/** Milliseconds that outputs have to take what is left when the station stops. */
const LAST_MS = 5_000;
/** Milliseconds between two savings of what is usual, and two removals of old segments of the journal. */
const SAVE_MS = 30_000;

/** Starts a station. Throws a UserError for what cannot be, and leaves nothing running then. The state folder must be locked by the caller. */
export async function serve(settings: ServeSettings, log = loggerOf(settings.logLevel)): Promise<Serving> {
  const undo: (() => unknown)[] = [];
  try {
    return await begin(settings, log, undo);
  } catch (error) {
    for (const one of undo.reverse()) await one();
    throw error;
  }
}

/** @param undo gets what ends the parts that have begun */
async function begin(settings: ServeSettings, log: Logger, undo: (() => unknown)[]): Promise<Serving> {
  const { host, port, token, state, timeoutMs, backend } = settings;
  if (token === undefined && !isLoopback(host)) {
    throw new UserError(
      `--host: ${host} is reached from other machines, so requests need a token: pass --token-file FILE, or --host 127.0.0.1`,
    );
  }
  const models = await Models.open(join(state, 'models'), settings.models);
  for (const note of models.notes) log.warn(note);
  const inUse = models.get();
  if (inUse) requireClass(inUse.info, settings.product);
  const journal = await Journal.open(join(state, 'journal'));
  undo.push(() => journal.close());
  // the first process says which backend there is; the others get the same
  // their number follows from the backend's kind: where the user gives none, they are about as many as the cores
  const cores = Math.max(1, Math.floor(availableParallelism() / (settings.workers ?? Infinity)));
  const first = await JudgingProcess.start(backend, cores);
  undo.push(() => first.kill());
  log.info(first.backend.line);
  const size = countOf(settings, models, first.backend);
  let metrics: Metrics | undefined;
  let firsts: JudgingProcess[] = [first];
  const pool = await SteadyPool.start<Picture, Outcome>({
    size,
    capacity: settings.queue,
    batch: BATCH,
    limitMs: timeoutMs,
    start: async () => {
      const worker = firsts.pop() ?? (await JudgingProcess.start(first.backend.request, cores));
      try {
        for (const { file } of models.list()) await worker.load(file);
        return worker;
      } catch (error) {
        worker.kill();
        throw error instanceof ModelRefused
          ? new UserError(`--model: ${error.message}`, { cause: error })
          : error;
      }
    },
    keyOf: ({ model }) => model.sha256,
    onTrouble: (what, error) => {
      log.error(
        { err: error },
        what === 'ended'
          ? 'a judging process ended and is replaced'
          : 'a judging process did not start; it is tried again',
      );
      if (what === 'ended') metrics?.workerEnded();
    },
  });
  undo.push(() => pool.stop());
  firsts = [];
  const station = new Station({ journal, models, log, pool, timeoutMs });

  const followers: Follower[] = [];
  const drift = await DriftListener.open(join(state, 'drift.json'), log, (change) => {
    const { className, what, active, message } = change;
    station
      .record({
        kind: 'warning',
        id: newId(),
        time: new Date().toISOString(),
        class: className,
        what,
        active,
        message,
      })
      .catch((error: unknown) => log.error({ err: error }, 'a warning could not be recorded'));
  });
  const live = new Live(
    station,
    () => followers,
    () => drift.warnings(),
  );
  const { fleet } = settings;
  metrics = new Metrics({
    station,
    followers: () => followers,
    drift: () => drift.figures(),
    fleet: fleet && (() => fleet.fleet.figures().catch(() => undefined)),
  });
  for (const listener of [metrics, live, drift]) station.listen(listener);

  const watchOutput =
    settings.watch.length === 0
      ? undefined
      : await WatchOutput.open({
          folders: settings.watch,
          out: settings.out,
          done: join(state, 'watched.jsonl'),
        });
  for (const { output, fromBeginning } of await outputsOf(settings, watchOutput)) {
    const cursor = join(state, 'outputs', `${output.name.replaceAll(/[^\w.-]/g, '_').slice(-120)}.json`);
    const follower = await Follower.start(output, {
      journal,
      cursor,
      fromBeginning,
      onFailure: (name, error, attempt) =>
        log.warn(
          { output: name, attempt, err: error.message },
          'an output did not take results; it is tried again',
        ),
    });
    followers.push(follower);
    undo.push(() => follower.stop(0));
  }
  const before = journal.end;
  await station.record({
    kind: 'station',
    id: newId(),
    time: new Date().toISOString(),
    event: 'started',
    version,
  });

  const limits = { ...LIMITS, pictureBytes: settings.maxBodyBytes };
  const app = port === null ? undefined : await appOf({ station, limits, token, host, live, metrics });
  undo.push(() => app?.close());
  const listening = app?.listen({ host, port: port ?? 0 });
  const url = await listening?.catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE'
      ? new UserError(`--port: ${port} is used by another program; pass another one, or 0 for any`)
      : error;
  });
  const source = fleet && new FleetSource({ ...fleet, station, maxBytes: settings.maxBodyBytes });
  source?.start();

  const watcher =
    watchOutput &&
    new Watcher({
      station,
      output: watchOutput,
      folders: settings.watch,
      product: settings.product,
      everyMs: settings.everyMs,
      settleMs: settings.settleMs,
      maxBytes: settings.maxBodyBytes,
    });
  // what was judged before a crash is written first, so that it is not judged again
  const written = followers.find(({ output }) => output === watchOutput);
  if (watcher && written) {
    const watching = setInterval(() => {
      if (!station.isStopping && !hasPassed(written.at, before)) return;
      clearInterval(watching);
      if (!station.isStopping) watcher.start();
    }, 20);
  }
  const save = async () => {
    await drift.save();
    await journal
      .prune(followers.map(({ at }) => at))
      .catch((error: unknown) => log.warn({ err: error }, 'old segments of the journal stay'));
  };
  const timer = setInterval(() => void save(), SAVE_MS);
  log.info({ url, workers: size, models: models.list().map(({ name }) => name) }, 'serving');

  let stopping: Promise<void> | undefined;
  const stop = async () => {
    log.info('stopping: what was taken is finished');
    clearInterval(timer);
    const drained = station.drain();
    await Promise.all([watcher?.stop(), source?.stop(), app?.close()]);
    await drained;
    await fleet?.fleet.close();
    await station
      .record({ kind: 'station', id: newId(), time: new Date().toISOString(), event: 'stopped', version })
      .catch((error: unknown) => log.error({ err: error }, 'the stop could not be recorded'));
    await Promise.all(followers.map((one) => one.stop(LAST_MS)));
    pool.stop();
    await drift.save();
    await journal.close();
    log.info('stopped');
  };
  return { url: url ?? null, station, stop: () => (stopping ??= stop()) };
}

const hasPassed = (at: Place, place: Place): boolean =>
  at.segment > place.segment || (at.segment === place.segment && at.offset >= place.offset);

export const loggerOf = (level: string): Logger =>
  pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );

function countOf(
  { models, workers, queue }: ServeSettings,
  inUse: Models,
  backend: JudgingProcess['backend'],
): number {
  const all = inUse.list();
  const bytes = Math.max(...all.map((one) => one.bytes));
  const [{ bytes: file, where }] = models as [GivenModel];
  const { config } = readModelInfo(Uint8Array.from(file), where);
  return judgesFor({
    asked: workers,
    backend: { name: backend.name as never, request: backend.request },
    pictures: Math.max(queue, 1000),
    input: tileOf(config),
    waitingBytes: tiledBytes(config),
    // all models at once, and while one is exchanged both
    modelBytes: (all.length + 1) * bytes,
  });
}

async function outputsOf(
  settings: ServeSettings,
  watch: WatchOutput | undefined,
): Promise<{ output: Output; fromBeginning: boolean }[]> {
  const { jsonl, csv, rotateBytes, keep, webhook, mqtt, audit, state } = settings;
  const found: { output: Output; fromBeginning: boolean }[] = [];
  const add = (output: Output, fromBeginning = false) => void found.push({ output, fromBeginning });
  if (watch) add(watch, true);
  if (jsonl !== undefined) add(jsonLinesOutput({ path: resolve(jsonl), rotateBytes, keep }));
  if (csv !== undefined) add(csvOutput({ path: resolve(csv), rotateBytes, keep }));
  if (webhook) add((await import('./outputs/webhook.js')).webhookOutput(webhook.url, webhook.secret));
  if (mqtt) add((await import('./outputs/mqtt.js')).mqttOutput(mqtt));
  if (audit) add(auditOutput(join(state, 'audit.sqlite')), true);
  return found;
}
