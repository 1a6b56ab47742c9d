import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { withLock } from '@pyramid-mamba/runs/node';
import type { Command } from 'commander';
import { BACKEND_OPTION } from '../../backend.js';
import { UserError } from '../../errors.js';
import { addFleetWorkOptions, fleetOf, type FleetWorkOptions } from '../../fleet/asked.js';
import { addNatsOptions, type NatsOptions } from '../../fleet/connection.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { CurrentModel } from '../../fleet/work.js';
import { AUTO } from '../../predict/folderClass.js';
import { logLevel, port, untilStopped } from '../../serve/asked.js';
import { positiveInteger } from '../../settings/options.js';
import { say, type Io } from '../../terminal/io.js';
import { JUDGES_OPTION } from '../../threads/count.js';

interface WorkerOptions extends NatsOptions, FleetWorkOptions {
  state: string;
  port?: number;
  workers?: number;
  timeout: number;
  maxBody: number;
  logLevel: string;
  backend: string;
}

const MIB = 2 ** 20;

export function addWorker(program: Command, io: Io): void {
  const command = program
    .command('worker')
    .description("judge the pictures of a fleet's queue until stopped; the model comes from the fleet");
  addFleetWorkOptions(addNatsOptions(command, true))
    .option('--state <dir>', 'folder of the journal and the models; one worker each', 'worker')
    .option('--port <n>', 'port on this machine for /metrics, /healthz and the live page', port)
    .option(...JUDGES_OPTION, positiveInteger)
    .option('--timeout <s>', 'seconds within which a picture is judged', positiveInteger, 30)
    .option('--max-body <MiB>', 'largest picture file', positiveInteger, 64)
    .option('--log-level <level>', 'fatal, error, warn, info, debug or silent', logLevel, 'info')
    .option(...BACKEND_OPTION, 'auto')
    .addHelpText('after', '\nExample:\n  pyramid-mamba worker --nats nats://broker:4222')
    .action((options: WorkerOptions) =>
      withLock([resolve(options.state)], 'worker', () => runWorker(options, io)),
    );
}

async function runWorker(options: WorkerOptions, io: Io): Promise<void> {
  const work = await fleetOf(options);
  const { fleet } = work;
  try {
    const { name, sha256 } = await firstModel(fleet, io);
    const bytes = await fleet.model(sha256).catch((error: unknown) => {
      throw new UserError(`worker: ${(error as Error).message}`, { cause: error });
    });
    // other commands need none of it
    const { serve } = await import('../../serve/serve.js');
    const serving = await serve({
      models: [{ name, bytes, where: `the model ${name} of the fleet` }],
      state: resolve(options.state),
      host: '127.0.0.1',
      port: options.port ?? null,
      token: undefined,
      backend: options.backend,
      workers: options.workers,
      queue: QUEUE,
      timeoutMs: options.timeout * 1000,
      maxBodyBytes: options.maxBody * MIB,
      watch: [],
      product: AUTO,
      out: undefined,
      jsonl: undefined,
      csv: undefined,
      rotateBytes: MIB,
      keep: 1,
      webhook: undefined,
      mqtt: undefined,
      audit: false,
      fleet: work,
      logLevel: options.logLevel,
      everyMs: 500,
      settleMs: 1000,
    });
    const where = serving.url === null ? '' : `, ${join(serving.url, 'metrics')}`;
    say(io, `worker ${hostname()} takes pictures of ${options.fleet} (Ctrl+C to stop${where})`);
    await untilStopped();
    await serving.stop();
  } finally {
    await fleet.close();
  }
}

/** Pictures that a worker may have taken: its source takes fewer. */
const QUEUE = 1024;

/** The model in use, waited for where there is none yet. */
async function firstModel(fleet: Fleet, io: Io): Promise<CurrentModel> {
  for (let said = false; ; said = true) {
    const current = await fleet.currentModel().catch(() => undefined);
    if (current) return current;
    if (!said) say(io, 'the fleet has no model yet: waiting for `pyramid-mamba submit --model`');
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
