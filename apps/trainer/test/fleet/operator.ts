// A NATS operator with an account and its users, as `nsc` makes them: what a broker with credentials files is configured with.
import { randomUUID } from 'node:crypto';
import { nkeys } from '@nats-io/transport-node';

type Key = nkeys.KeyPair;

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWT of NATS, version 2: what `subject` may do, signed by `issuer`. */
function claims(issuer: Key, subject: Key, nats: { type: string }, more: object = {}): string {
  const body = {
    jti: randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    name: nats.type,
    sub: subject.getPublicKey(),
    nats: { ...nats, version: 2 },
    ...more,
  };
  const text = `${encoded({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encoded(body)}`;
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString('base64url')}`;
}

const NO_LIMITS = { subs: -1, data: -1, payload: -1 };
const ACCOUNT = {
  type: 'account',
  limits: {
    ...NO_LIMITS,
    imports: -1,
    exports: -1,
    wildcards: true,
    conn: -1,
    leaf: -1,
    mem_storage: -1,
    disk_storage: -1,
    streams: -1,
    consumer: -1,
  },
};

/** The configuration of a broker that an operator runs, and credentials of users. */
export function operated(): {
  config: string;
  /** The content of a credentials file. `expires`: seconds since 1970. */
  user: (expires?: number) => string;
  /** The same of an account that the broker does not know. */
  stranger: () => string;
} {
  const operator = nkeys.createOperator();
  const [account, system, other] = [nkeys.createAccount(), nkeys.createAccount(), nkeys.createAccount()];
  const of = (key: Key) => claims(operator, key, key === system ? SYSTEM : ACCOUNT);
  const known = [account, system].map((key) => `  ${key.getPublicKey()}: "${of(key)}"`);
  const user = (issuer: Key, expires?: number): string => {
    const key = nkeys.createUser();
    const jwt = claims(issuer, key, USER, expires === undefined ? {} : { exp: expires });
    const seed = Buffer.from(key.getSeed()).toString('utf8');
    return [
      `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n`,
      `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
    ].join('\n');
  };
  return {
    config: [
      `operator: "${claims(operator, operator, { type: 'operator' })}"`,
      `system_account: ${system.getPublicKey()}`,
      'resolver: MEMORY',
      `resolver_preload: {\n${known.join('\n')}\n}\n`,
    ].join('\n'),
    user: (expires) => user(account, expires),
    stranger: () => user(other),
  };
}

const USER = { type: 'user', pub: {}, sub: {}, ...NO_LIMITS };
/** Of the broker itself: it may not have JetStream. */
const SYSTEM = {
  type: 'account',
  limits: { ...NO_LIMITS, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
};
