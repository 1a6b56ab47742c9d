// Who may take part in a fleet: each kind of identity with a broker that knows it, and one that does not; and a broker that is away while the
// clock is set.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openConnection, pausesOf, type NatsOptions } from '../../src/fleet/connection.js';
import { Fleet } from '../../src/fleet/fleet.js';
import { HOUR, jumpingClock } from '../jumpingClock.js';
import { temporaryFolder } from '../kit.js';
import { Broker, hasBroker } from './broker.js';
import { operated } from './operator.js';

const home = temporaryFolder();
const brokers: Broker[] = [];
afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.kill();
});
async function brokerWith(...options: string[]): Promise<Broker> {
  const broker = await Broker.start(temporaryFolder(), options);
  brokers.push(broker);
  return broker;
}

/** Opens a fleet, as every command of it does; resolves to what stopped it, or to nothing. */
async function opened(options: Omit<NatsOptions, 'fleet'>, env: NodeJS.ProcessEnv = {}): Promise<string> {
  try {
    const connection = await openConnection({ fleet: 'line', ...options }, env);
    try {
      const fleet = await Fleet.open(connection, { name: 'line' });
      await fleet.close();
      return '';
    } finally {
      await connection.close();
    }
  } catch (error) {
    expect((error as Error).name).toBe('UserError');
    return (error as Error).message;
  }
}
const REFUSED = /^--nats: 127\.0\.0\.1:\d+: the broker refuses this user; check .*PYRAMID_MAMBA_NATS_TOKEN/;

describe.skipIf(!hasBroker())('a broker', () => {
  test('with a token takes it from the address and from the environment, and refuses others in a sentence', async () => {
    const { port, url } = await brokerWith('--auth', 'right:@token');
    const withToken = (token: string) => ({ nats: `nats://${encodeURIComponent(token)}@127.0.0.1:${port}` });
    expect(await opened(withToken('right:@token'))).toBe('');
    expect(await opened({ nats: url }, { PYRAMID_MAMBA_NATS_TOKEN: 'right:@token\n' })).toBe('');
    expect(await opened(withToken('wrong'))).toMatch(REFUSED);
    expect(await opened({ nats: url }, { PYRAMID_MAMBA_NATS_TOKEN: 'wrong' })).toMatch(REFUSED);
    expect(await opened({ nats: url })).toMatch(REFUSED);
    // what is in the address goes before the environment
    expect(await opened(withToken('wrong'), { PYRAMID_MAMBA_NATS_TOKEN: 'right:@token' })).toMatch(REFUSED);
  });

  test('with credentials files takes a user of its account; one that has expired, of another account or without a file is refused', async () => {
    const { config, user, stranger } = operated();
    const file = (name: string, text: string): string => {
      writeFileSync(join(home, name), text);
      return join(home, name);
    };
    const { url: nats } = await brokerWith('-c', file('broker.conf', config));
    const now = Math.floor(Date.now() / 1000);
    expect(await opened({ nats, natsCreds: file('right.creds', user(now + 3600)) })).toBe('');
    expect(await opened({ nats, natsCreds: file('old.creds', user(now - 3600)) })).toMatch(REFUSED);
    expect(await opened({ nats, natsCreds: file('other.creds', stranger()) })).toMatch(REFUSED);
    expect(await opened({ nats })).toMatch(REFUSED);
    const [mine, yours] = [user(), user()].map((text) => text.split('-----BEGIN USER NKEY'));
    const mixed = file('mixed.creds', `${mine![0]}-----BEGIN USER NKEY${yours![1]}`);
    expect(await opened({ nats, natsCreds: mixed })).toMatch(REFUSED);
    expect(await opened({ nats, natsCreds: file('no.creds', 'nonsense') })).toMatch(
      /^--nats-creds: .*no\.creds .*credentials file of a NATS user/,
    );
    expect(await opened({ nats, natsCreds: join(home, 'missing.creds') })).toMatch(/missing\.creds/);
  });

  test('that is away while the clock is set back by hours is reached as soon as it is there', async () => {
    const broker = await brokerWith();
    const connection = await openConnection({ nats: broker.url, fleet: 'line' }, {});
    const clock = jumpingClock();
    try {
      for (const hours of [-5, 9, -30]) {
        await broker.kill();
        clock.set(hours * HOUR);
        await broker.start();
        const began = performance.now();
        await expect
          .poll(
            () =>
              connection.flush().then(
                () => true,
                () => false,
              ),
            { timeout: 15_000 },
          )
          .toBe(true);
        expect(performance.now() - began).toBeLessThan(15_000);
      }
    } finally {
      clock.restore();
      await connection.close();
    }
  }, 60_000);
});

test('a client that asks before each attempt makes one every half second, whatever the clock says', () => {
  let now = 0;
  const pause = pausesOf({ now: () => now });
  const attempts: number[] = [];
  // set back by hours after the first: the time of the last attempt lies in the future
  for (const clock = { last: 0, ahead: 0 }; now < 3000;) {
    const wait = pause();
    const wall = now - clock.ahead;
    if (clock.last + wait <= wall) {
      attempts.push(now);
      clock.last = wall;
      clock.ahead = 5 * HOUR;
      now += 2;
    } else now += Math.min(wait, clock.last + wait - wall);
  }
  expect(attempts.length).toBeGreaterThan(4);
  for (const [i, time] of attempts.entries())
    if (i > 0) expect(time - attempts[i - 1]!).toBeGreaterThanOrEqual(500);
});
