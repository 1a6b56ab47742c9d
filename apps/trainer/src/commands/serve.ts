import { resolve } from 'node:path';
import { withLock } from '@pyramid-mamba/runs/node';
import type { Command } from 'commander';
import { BACKEND_OPTION } from '../backend.js';
import { UserError } from '../errors.js';
import { AUTO } from '../predict/folderClass.js';
import { addFleetWorkOptions, fleetOf, type FleetWorkOptions } from '../fleet/asked.js';
import { addNatsOptions, type NatsOptions } from '../fleet/connection.js';
import { givenModel, logLevel, port, requireFolder, untilStopped } from '../serve/asked.js';
import { positiveInteger } from '../settings/options.js';
import { say, type Io } from '../terminal/io.js';
import { JUDGES_OPTION } from '../threads/count.js';
import { readUserFile } from '../weights/encoderSource.js';
import type { GivenModel } from '../serve/judging/models.js';

interface ServeOptions extends Omit<NatsOptions, 'nats'>, FleetWorkOptions {
  nats?: string;
  model: string[];
  state: string;
  host: string;
  port: number;
  tokenFile?: string;
  watch?: string[];
  class: string;
  out?: string;
  jsonl?: string;
  csv?: string;
  rotate: number;
  keep: number;
  webhook?: string;
  webhookSecretFile?: string;
  mqtt?: string;
  mqttTopic: string;
  audit: boolean;
  workers?: number;
  queue: number;
  timeout: number;
  maxBody: number;
  logLevel: string;
  backend: string;
  json?: boolean;
}

const MIB = 2 ** 20;

export function addServe(program: Command, io: Io): void {
  const command = program
    .command('serve')
    .description('judge pictures all day long: by HTTP, from watched folders and for a fleet, until stopped')
    .requiredOption(
      '--model <path...>',
      'model files or folders of runs, each as PATH or NAME=PATH; the first judges where a request names none',
    )
    .option('--state <dir>', 'folder of the journal, put models and audit trail; one station each', 'station')
    .option('--host <address>', 'address to listen on; any but loopback needs a token', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 chooses a free one', port, 7351)
    .option('--token-file <file>', 'file with the token that requests must send (or PYRAMID_MAMBA_TOKEN)')
    .option('--watch <dir...>', 'judge the new pictures of these folders too, at any depth')
    .option(
      '--class <name>',
      'product of watched pictures; auto decides by a folder, else by the picture',
      (name: string) => name.normalize('NFC'),
      AUTO,
    )
    .option('--out <dir>', 'folder for the results of watched pictures, instead of beside them')
    .option('--jsonl <file>', 'append results to this file, one line of JSON each')
    .option('--csv <file>', 'append results to this file, comma-separated')
    .option('--rotate <MiB>', 'size from which those files are put aside', positiveInteger, 100)
    .option('--keep <n>', 'files put aside that are kept', positiveInteger, 10)
    .option('--webhook <url>', 'post each result to this address, signed, until it is taken')
    .option(
      '--webhook-secret-file <file>',
      'file with the secret of the signature (or PYRAMID_MAMBA_WEBHOOK_SECRET)',
    )
    .option('--mqtt <url>', 'publish each result to this broker, QoS 1')
    .option('--mqtt-topic <topic>', 'beginning of the topics', 'pyramid-mamba')
    .option('--no-audit', 'no audit trail in STATE/audit.sqlite');
  addFleetWorkOptions(addNatsOptions(command, false))
    .option(...JUDGES_OPTION, positiveInteger)
    .option(
      '--queue <n>',
      'pictures that are taken at the same time; more are answered by 429',
      positiveInteger,
      256,
    )
    .option('--timeout <s>', 'seconds within which a picture is judged', positiveInteger, 30)
    .option('--max-body <MiB>', 'largest picture file', positiveInteger, 64)
    .option('--log-level <level>', 'fatal, error, warn, info, debug or silent', logLevel, 'info')
    .option(...BACKEND_OPTION, 'auto')
    .option('--json', 'for scripts: the address as one line of JSON, as soon as it is served')
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba serve --model runs/first --watch incoming --out results\n  curl --data-binary @part.png -H "Content-Type: image/png" localhost:7351/v1/judge',
    )
    .action((options: ServeOptions) =>
      withLock([resolve(options.state)], 'serve', () => runServe(options, io)),
    );
}

async function runServe(options: ServeOptions, io: Io): Promise<void> {
  const {
    host,
    port: at,
    backend,
    workers,
    queue,
    class: product,
    jsonl,
    csv,
    keep,
    audit,
    logLevel: level,
    mqtt,
  } = options;
  for (const folder of options.watch ?? []) requireFolder('--watch', folder);
  const models: GivenModel[] = [];
  for (const one of options.model) models.push(await givenModel(one));
  const twice = models.find(({ name }, i) => models.findIndex((other) => other.name === name) !== i);
  if (twice) throw new UserError(`--model: two models are named ${twice.name}; name them as NAME=PATH`);
  const secret = await secretOf(
    '--webhook-secret-file',
    options.webhookSecretFile,
    'PYRAMID_MAMBA_WEBHOOK_SECRET',
  );
  if (options.webhook !== undefined) requireUrl('--webhook', options.webhook, ['http:', 'https:']);
  if (options.webhook !== undefined && secret === undefined)
    throw new UserError(
      '--webhook: its receiver must be able to check who sends: pass --webhook-secret-file FILE',
    );
  if (mqtt !== undefined) requireUrl('--mqtt', mqtt, ['mqtt:', 'mqtts:', 'ws:', 'wss:']);
  const token = await secretOf('--token-file', options.tokenFile, 'PYRAMID_MAMBA_TOKEN');
  // other commands need none of it
  const { serve } = await import('../serve/serve.js');
  const { nats } = options;
  const fleet = nats === undefined ? undefined : await fleetOf({ ...options, nats });
  const serving = await serve({
    models,
    state: resolve(options.state),
    host,
    port: at,
    token,
    backend,
    workers,
    queue,
    timeoutMs: options.timeout * 1000,
    maxBodyBytes: options.maxBody * MIB,
    watch: (options.watch ?? []).map((folder) => resolve(folder)),
    product,
    out: options.out === undefined ? undefined : resolve(options.out),
    jsonl,
    csv,
    rotateBytes: options.rotate * MIB,
    keep,
    webhook: options.webhook === undefined ? undefined : { url: options.webhook, secret: secret! },
    mqtt: mqtt === undefined ? undefined : { url: mqtt, topic: options.mqttTopic },
    audit,
    fleet,
    logLevel: level,
    everyMs: 500,
    settleMs: 1000,
  }).catch(async (error: unknown) => {
    await fleet?.fleet.close();
    throw error;
  });
  say(io, options.json ? JSON.stringify({ url: serving.url }) : `serving on ${serving.url} (Ctrl+C to stop)`);
  await untilStopped();
  await serving.stop();
}

/** A secret from a file or from the environment, never from the command line, which other users can see. */
async function secretOf(
  option: string,
  file: string | undefined,
  variable: string,
): Promise<string | undefined> {
  const text =
    file === undefined
      ? process.env[variable]
      : Buffer.from(await readUserFile(file, option)).toString('utf8');
  if (text === undefined) return undefined;
  const secret = text.trim();
  if (secret.length < 16)
    throw new UserError(
      `${file === undefined ? variable : option}: expected at least 16 characters, found ${secret.length}; make one with \`openssl rand -hex 32\``,
    );
  return secret;
}

function requireUrl(option: string, text: string, protocols: readonly string[]): void {
  const found = URL.canParse(text) ? new URL(text).protocol : undefined;
  if (found === undefined || !protocols.includes(found))
    throw new UserError(
      `${option}: expected an address that begins with ${protocols.join('// or ')}//, found "${text}"`,
    );
}
