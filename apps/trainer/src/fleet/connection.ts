import type { Authenticator, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import type { Command } from 'commander';
import { UserError } from '../errors.js';
import { readUserFile } from '../weights/encoderSource.js';

/** Where the broker is and who asks. */
export interface NatsOptions {
  /** Address, `nats://host:4222` or `tls://host:4222`; a user and password, or a token in the place of a user, may be in it. */
  nats: string;
  natsCreds?: string;
  natsCa?: string;
  fleet: string;
}

/** Milliseconds until a broker must have answered, and between two attempts to reach one that is away. */
const ANSWER_MS = 10_000;
const AGAIN_MS = 500;
const JITTER_MS = 100;

/** Adds the options that say where the broker is. */
export function addNatsOptions(command: Command, required: boolean): Command {
  const url = [
    '--nats <url>',
    'NATS broker with JetStream, nats://HOST:4222 or tls://HOST:4222 (user and password in it, or PYRAMID_MAMBA_NATS_TOKEN)',
  ] as const;
  return (required ? command.requiredOption(...url) : command.option(...url))
    .option('--nats-creds <file>', 'credentials file of a NATS user')
    .option('--nats-ca <file>', "certificate of the authority that signed the broker's, for TLS")
    .option('--fleet <name>', 'name of the fleet: one broker may have several', 'pyramid-mamba');
}

/** Connects, and stays connected: a broker that goes away later is asked again until it is back. Throws a UserError where there is none now. */
export async function openConnection(
  { nats: url, natsCreds, natsCa }: NatsOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<NatsConnection> {
  const found = URL.canParse(url) ? new URL(url) : undefined;
  if (!found || !['nats:', 'tls:'].includes(found.protocol) || found.hostname === '')
    throw new UserError(
      `--nats: expected an address such as nats://localhost:4222 or tls://localhost:4222, found "${url.replace(/\/\/[^/]*@/, '//…@')}"`,
    );
  const where = `${found.hostname}:${found.port || '4222'}`;
  const { connect, credsAuthenticator } = await import('@nats-io/transport-node');
  const options: NodeConnectionOptions = {
    servers: where,
    name: 'pyramid-mamba',
    timeout: ANSWER_MS,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: pausesOf(performance),
    // a broker that restarts may refuse everybody for a moment
    ignoreAuthErrorAbort: true,
  };
  const token = env['PYRAMID_MAMBA_NATS_TOKEN'];
  if (natsCreds !== undefined)
    options.authenticator = checked(
      credsAuthenticator(await readUserFile(natsCreds, '--nats-creds')),
      natsCreds,
    );
  else if (found.password !== '') {
    options.user = decodeURIComponent(found.username);
    options.pass = decodeURIComponent(found.password);
  } else if (found.username !== '') options.token = decodeURIComponent(found.username);
  else if (token !== undefined) options.token = token.trim();
  if (natsCa !== undefined)
    options.tls = { ca: Buffer.from(await readUserFile(natsCa, '--nats-ca')).toString('utf8') };
  else if (found.protocol === 'tls:') options.tls = {};
  try {
    return await connect(options);
  } catch (error) {
    throw new UserError(`--nats: ${where}: ${reasonOf(error as Error)}`, { cause: error });
  }
}

/**
 * What the client adds to the time of its last attempt to find that of the next one. It asks before every attempt, and takes both times from the
 * system's clock: set back by hours, it would not reach a broker that has restarted for as long. So that a steady clock decides, there is no pause at all
 * once the pause is over.
 */
export function pausesOf(steady: { now(): number }): () => number {
  let last = -Infinity;
  return () => {
    const now = steady.now();
    // not all workers at the same moment
    if (now - last < AGAIN_MS) return AGAIN_MS + Math.random() * JITTER_MS;
    last = now;
    return -Infinity;
  };
}

/** A credentials file is otherwise read at the connection, whose error would blame the broker. Throws a UserError for what is none. */
function checked(authenticator: Authenticator, file: string): Authenticator {
  try {
    authenticator('nonce');
    return authenticator;
  } catch (error) {
    throw new UserError(
      `--nats-creds: ${file} is not the credentials file of a NATS user (${(error as Error).message}); pass one that \`nsc generate creds\` has written`,
      { cause: error },
    );
  }
}

/** Why there is no connection, with the next step. */
function reasonOf(error: Error): string {
  if (error.name === 'AuthorizationError')
    return 'the broker refuses this user; check the user and password or the token in the address, PYRAMID_MAMBA_NATS_TOKEN, or --nats-creds';
  const { message, cause } = error;
  const why = cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
  return `the broker is not reached (${why}); start one with \`nats-server -js\`, or check the address`;
}
