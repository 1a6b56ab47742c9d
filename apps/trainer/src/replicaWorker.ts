// A worker thread that is one replica: see replicas.ts for its messages, replica.ts for its work.
import { parentPort, workerData } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { batchTensors, Optimizer, PyramidMamba } from '@pyramid-mamba/model';
import { pickBackend } from './backend.js';
import { loadCheckpoint } from './training/checkpoint.js';
import { engineErrorOf } from '@pyramid-mamba/ssm-kernels';
import { isMendable, UserError } from './errors.js';
import { FeatureCache } from './training/featureCache.js';
import { Replica } from './training/replica.js';
import type { ReplicaReply, ReplicaSetup, ReplicaTask } from './training/replicas.js';

const port = parentPort!;
const setup = workerData as ReplicaSetup;
const reply = (message: ReplicaReply): void => port.postMessage(message);

const started = start();
let queue: Promise<void> = started.then(() => reply({ kind: 'ready' }), fail);
// sequential: a step must be published before it is taken
port.on('message', (task: ReplicaTask) => {
  queue = queue.then(() => run(task)).catch(fail);
});

async function start(): Promise<{ replica: Replica; cache: FeatureCache }> {
  await pickBackend(setup.backend);
  const model = PyramidMamba.create(setup.model, setup.encoder, setup.train);
  const optimizer = new Optimizer(model.trainable(), setup.train);
  if (setup.checkpoint !== null) await loadCheckpoint(setup.checkpoint, model, optimizer);
  const replica = new Replica(model, optimizer, setup.train, setup.rank, setup.blocks);
  return { replica, cache: new FeatureCache(setup.cacheFolder, setup.featureLength) };
}

async function run(task: ReplicaTask): Promise<void> {
  const { replica, cache } = await started;
  if (task.kind === 'publish') {
    const rows = await Promise.all(task.indices.map((index) => cache.read(setup.hashes[index]!)));
    const missing = task.indices.find((_, i) => !rows[i]);
    if (missing !== undefined)
      throw new UserError(
        `${cache.path(setup.hashes[missing]!)} went missing or was damaged during training; start again with --resume`,
      );
    const features = rows.length > 0 ? batchTensors(rows as Uint16Array[], setup.shapes) : undefined;
    await replica.publish(features, task.step);
    if (features) tf.dispose(features);
  } else await replica.apply(task.lr);
  reply({ kind: 'done' });
}

function fail(error: unknown): void {
  const engine = engineErrorOf(error);
  const { message } = engine ?? (error as Error);
  reply({ kind: 'failed', message, of: engine ? 'engine' : isMendable(error) ? 'user' : 'program' });
}
