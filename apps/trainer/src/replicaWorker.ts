// A worker thread that is one of several replicas: see replicas.ts for its messages.
import { parentPort, workerData } from 'node:worker_threads';
import {
  batchTensors,
  isGradientDetector,
  methodOf,
  Optimizer,
  stepper,
  ThreadCommunicator,
  type Features,
  type Stepper,
} from '@pyramid-mamba/model';
import { pickBackend } from './backend.js';
import { UserError } from './errors.js';
import { failedBy, type Failed } from './threads/failure.js';
import { loadCheckpoint } from './training/checkpoint.js';
import { FeatureCache } from './training/featureCache.js';
import type { ReplicaReply, ReplicaSetup, ReplicaTask } from './training/replicas.js';

const port = parentPort!;
const setup = workerData as ReplicaSetup;
const reply = (message: ReplicaReply | Failed): void => port.postMessage(message);
/** Continues a replica that waits for the others. */
let goOn: () => void = () => undefined;

const started = start();
started.then(() => reply({ kind: 'ready' }), fail);
port.on('message', (task: ReplicaTask) => {
  if (task.kind === 'met') goOn();
  else take(task).catch(fail);
});

async function start(): Promise<Stepper> {
  await pickBackend(setup.backend, 1);
  const model = methodOf(setup.model).create(setup.model, setup.encoder, setup.train);
  if (!isGradientDetector(model)) throw new Error(`${model.method} does not learn by steps`);
  const optimizer = new Optimizer(model.trainable(), setup.train);
  if (setup.checkpoint !== null) await loadCheckpoint(setup.checkpoint, model, optimizer);
  const communicator = new ThreadCommunicator(setup.rank, setup.blocks, () => {
    const met = new Promise<void>((resolve) => (goOn = resolve));
    reply({ kind: 'waits' });
    return met;
  });
  const cache = new FeatureCache(setup.cacheFolder, setup.featureLength);
  return stepper(model, optimizer, setup.train, { batch: (indices) => cached(cache, indices) }, communicator);
}

async function take({ indices, step, lr }: Extract<ReplicaTask, { kind: 'step' }>): Promise<void> {
  await (
    await started
  )(indices, step, lr);
  reply({ kind: 'done' });
}

async function cached(cache: FeatureCache, indices: readonly number[]): Promise<Features> {
  const rows = await Promise.all(indices.map((index) => cache.read(setup.hashes[index]!)));
  const missing = indices.find((_, i) => !rows[i]);
  if (missing !== undefined)
    throw new UserError(
      `${cache.path(setup.hashes[missing]!)} went missing or was damaged during training; start again with --resume`,
    );
  return batchTensors(rows as Uint16Array[], setup.shapes);
}

function fail(error: unknown): void {
  reply(failedBy(error));
}
