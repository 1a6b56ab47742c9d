import { appendFileSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { auditEntries, auditOutput } from '../../src/serve/audit/audit.js';
import type { Entry } from '../../src/serve/journal/entries.js';
import { Follower, type Output } from '../../src/serve/journal/follower.js';
import { Journal } from '../../src/serve/journal/journal.js';
import { csvOutput, jsonLinesOutput } from '../../src/serve/outputs/fileOutput.js';
import { mqttOutput, topicOf } from '../../src/serve/outputs/mqtt.js';
import { webhookOutput } from '../../src/serve/outputs/webhook.js';
import { temporaryFolder } from '../kit.js';

const result = (n: number): Entry => ({
  kind: 'result',
  id: `id-${n}`,
  source: 'http',
  file: `${n}.png`,
  picture: { sha256: 'a'.repeat(64), bytes: 1 },
  model: { name: 'line', sha256: 'b'.repeat(64) },
  time: new Date(1e12 + n).toISOString(),
  durationMs: 1,
  class: 'a/b',
  classSource: 'only',
  score: 0.5,
  scoreOfLimit: 0.9,
  verdict: 'OK',
  doubts: [],
  thresholds: { review: 0.6, reject: 0.7 },
  regions: [],
  width: 1,
  height: 1,
  error: null,
});
const idsOf = async (journal: Journal) => {
  const ids: string[] = [];
  for (let place = { segment: 0, offset: 0 }; ;) {
    const { entries, next } = await journal.read(place);
    ids.push(...entries.map(({ id }) => id));
    if (next.segment === place.segment && next.offset === place.offset) return ids;
    place = next;
  }
};
/** Makes calls of all file handles fail; resolves to what ends it. */
async function failingDisk(...names: ('datasync' | 'truncate')[]): Promise<() => void> {
  const probe = await open(join(temporaryFolder(), 'probe'), 'w');
  const handles = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  const fault = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
  const spies = names.map((name) => vi.spyOn(handles, name).mockImplementation(fault));
  return () => spies.forEach((spy) => spy.mockRestore());
}
const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `id-${from + i}`);

test('a journal holds what was acknowledged: over segments, restarts and a line that a crash cut', async () => {
  const folder = temporaryFolder();
  let journal = await Journal.open(folder, 2000);
  for (let n = 0; n < 12; n++) await journal.append(result(n));
  expect(readdirSync(folder).length).toBeGreaterThan(2);
  await journal.close();
  const last = join(folder, readdirSync(folder).sort().at(-1)!);
  appendFileSync(last, '{"kind":"result","id":"cut');
  journal = await Journal.open(folder, 2000);
  await Promise.all([12, 13, 14].map((n) => journal.append(result(n))));
  expect(await idsOf(journal)).toEqual(numbered(15));
  await journal.close();
});

test('what a failing disk keeps of an entry that was refused is never read, also where it cannot be removed at once', async () => {
  const folder = temporaryFolder();
  const journal = await Journal.open(folder);
  await journal.append(result(0));
  const mendSync = await failingDisk('datasync');
  const mendCut = await failingDisk('truncate');
  await expect(journal.append(result(1))).rejects.toThrow(/the journal cannot be written/);
  // nothing is taken before the disk is clean again
  mendSync();
  await expect(journal.append(result(2))).rejects.toThrow(/the journal cannot be written/);
  mendCut();
  await journal.append(result(3));
  await journal.append(result(4));
  expect(await idsOf(journal)).toEqual(['id-0', 'id-3', 'id-4']);
  expect(journal.failure).toBeUndefined();
  await journal.close();
  const again = await Journal.open(folder);
  expect(await idsOf(again)).toEqual(['id-0', 'id-3', 'id-4']);
  await again.close();
});

test('lines that a failing disk kept of a delivery are not there twice when they come again', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'results.jsonl');
  const output = jsonLinesOutput({ path, rotateBytes: 1e6, keep: 1 });
  const note = () => Promise.resolve();
  await output.deliver([result(0)], note);
  const mend = await failingDisk('datasync', 'truncate');
  await expect(output.deliver([result(1)], note)).rejects.toThrow(/cannot be written/);
  mend();
  await output.deliver([result(1), result(2)], note);
  const ids = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as Entry).id);
  expect(ids).toEqual(numbered(3));
});

test('a follower that is stopped while it reads delivers what came meanwhile', async () => {
  const folder = temporaryFolder();
  const journal = await Journal.open(join(folder, 'journal'));
  await journal.append(result(0));
  const taken: string[] = [];
  const output: Output = {
    name: 'a list',
    wants: () => true,
    deliver: (entries) => {
      taken.push(...entries.map(({ id }) => id));
      return Promise.resolve(null);
    },
  };
  const read = journal.read.bind(journal);
  const follower: { now?: Follower } = {};
  let stopped: Promise<void> | undefined;
  journal.read = async (place) => {
    const found = await read(place);
    if (found.entries.length === 0 && follower.now && !stopped) {
      // the last entry and the stop, after the reader has found nothing
      await journal.append(result(2));
      stopped = follower.now.stop(5000);
    }
    return found;
  };
  follower.now = await Follower.start(output, {
    journal,
    cursor: join(folder, 'cursor.json'),
    fromBeginning: true,
    onFailure: () => undefined,
  });
  await journal.append(result(1));
  await expect.poll(() => stopped !== undefined).toBe(true);
  await stopped;
  expect(taken).toEqual(['id-0', 'id-1', 'id-2']);
  await journal.close();
});

test('an output that gathers gets what comes within the time together, and the rest at once when it stops', async () => {
  const journal = await Journal.open(temporaryFolder());
  const deliveries: string[][] = [];
  const output: Output = {
    name: 'a gatherer',
    gatherMs: 300,
    wants: () => true,
    deliver: (entries) => {
      deliveries.push(entries.map(({ id }) => id));
      return Promise.resolve(null);
    },
  };
  const follower = await Follower.start(output, {
    journal,
    cursor: join(temporaryFolder(), 'cursor.json'),
    onFailure: () => undefined,
  });
  for (let n = 0; n < 5; n++) await journal.append(result(n));
  await expect.poll(() => deliveries.flat().length).toBe(5);
  // the first look at the journal may fall between two of them
  expect(deliveries.length).toBeLessThanOrEqual(2);
  (output as { gatherMs: number }).gatherMs = 3_600_000;
  await journal.append(result(5));
  await follower.stop(5000);
  expect(deliveries.at(-1)).toEqual(['id-5']);
  await journal.close();
}, 20_000);

test('an entry that the disk does not take is rejected, is not read, and the next one is', async () => {
  const journal = await Journal.open(temporaryFolder());
  await journal.append(result(0));
  const { handle } = journal as unknown as {
    handle: { write: (...given: unknown[]) => Promise<unknown>; datasync: () => Promise<void> };
  };
  const { datasync } = handle;
  handle.datasync = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
  await expect(journal.append(result(1))).rejects.toThrow('the disk is full');
  expect(journal.failure).toMatch('the disk is full');
  handle.datasync = datasync;
  await journal.append(result(2));
  expect([await idsOf(journal), journal.failure]).toEqual([['id-0', 'id-2'], undefined]);
  await journal.close();
});

/** Follows a journal until it has delivered everything. */
async function follow(journal: Journal, output: Output, cursor: string, within = 3000): Promise<number> {
  let failures = 0;
  const follower = await Follower.start(output, {
    journal,
    cursor,
    fromBeginning: true,
    onFailure: () => void failures++,
  });
  await follower.stop(within);
  return failures;
}

test('an output that fails gets the same entries again, in order, and goes on after a restart where it was', async () => {
  const journal = await Journal.open(temporaryFolder(), 2000);
  const cursor = join(temporaryFolder(), 'cursor.json');
  const taken: string[] = [];
  let failing = 2;
  const output: Output = {
    name: 'test',
    wants: ({ kind }) => kind === 'result',
    deliver: (entries) => {
      if (failing-- > 0) return Promise.reject(new Error('away'));
      taken.push(...entries.map(({ id }) => id));
      return Promise.resolve(null);
    },
  };
  for (let n = 0; n < 10; n++) await journal.append(result(n));
  expect(await follow(journal, output, cursor)).toBe(2);
  for (let n = 10; n < 14; n++) await journal.append(result(n));
  await follow(journal, output, cursor);
  expect(taken).toEqual(numbered(14));
  await journal.close();
});

test('lines of files are there once after a crash between writing and remembering, and files are put aside', async () => {
  const journal = await Journal.open(temporaryFolder());
  const folder = join(temporaryFolder(), 'out');
  const [path, cursor] = [join(folder, 'results.jsonl'), join(temporaryFolder(), 'cursor.json')];
  const output = () => jsonLinesOutput({ path, rotateBytes: 3000, keep: 2 });
  await journal.append(result(0));
  await follow(journal, output(), cursor);
  const before = readFileSync(cursor);
  await journal.append(result(1));
  await follow(journal, output(), cursor);
  // the place was not written: the second line comes again
  writeFileSync(cursor, JSON.stringify({ ...(JSON.parse(before.toString()) as object) }));
  await follow(journal, output(), cursor);
  expect(
    readFileSync(path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as Entry).id),
  ).toEqual(['id-0', 'id-1']);
  for (let n = 2; n < 30; n++) {
    await journal.append(result(n));
    if (n % 5 === 0) await follow(journal, output(), cursor);
  }
  await follow(journal, output(), cursor);
  expect(readdirSync(folder).length).toBe(3);
  expect(statSync(path).size).toBeLessThan(6000);
  const table = join(folder, 'results.csv');
  await follow(journal, csvOutput({ path: table, rotateBytes: 1e6, keep: 1 }), join(folder, 'csv.json'));
  expect(readFileSync(table, 'utf8').trim().split('\n')).toHaveLength(31);
  await journal.close();
});

test('the audit trail holds each entry once, whatever comes again, and is read while it is written', async () => {
  const path = join(temporaryFolder(), 'audit.sqlite');
  const audit = auditOutput(path);
  mkdirSync(`${path}.lock`);
  await audit.begin!(null);
  // as they were recorded, whatever their times
  await audit.deliver([result(1), result(0)], () => Promise.resolve());
  await audit.deliver([result(1), result(2)], () => Promise.resolve());
  expect([...auditEntries(path, {})]).toEqual([result(1), result(0), result(2)]);
  expect([...auditEntries(path, { after: 'id-1' })]).toEqual([result(0), result(2)]);
  expect(() => [...auditEntries(path, { after: 'id-7' })]).toThrow(/--after: .*no entry with the id id-7/);
  expect(
    [...auditEntries(path, { since: result(1).time, until: result(2).time })].map(({ id }) => id),
  ).toEqual(['id-1']);
  expect([...auditEntries(path, { kind: 'label' })]).toEqual([]);
  await audit.close!();
});

test('a webhook gets every entry, signed, although its receiver is away at first', async () => {
  const secret = 'a secret for tests';
  const got: { id: string; isSigned: boolean }[] = [];
  let answers = 2;
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      if (answers-- > 0) return void response.writeHead(503).end();
      const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = request.headers;
      const expected = createHmac('sha256', secret)
        .update(`${String(id)}.${String(time)}.${body}`)
        .digest('base64');
      got.push({ id: (JSON.parse(body) as Entry).id, isSigned: signature === `v1,${expected}` });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const journal = await Journal.open(temporaryFolder());
  for (let n = 0; n < 6; n++) await journal.append(result(n));
  const output = webhookOutput(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, secret);
  expect(await follow(journal, output, join(temporaryFolder(), 'cursor.json'), 10_000)).toBeGreaterThan(0);
  expect(got.map(({ id }) => id).sort()).toEqual(numbered(6));
  expect(got.every(({ isSigned }) => isSigned)).toBe(true);
  server.close();
  await journal.close();
});

const hasBroker = (() => {
  try {
    execFileSync('sh', ['-c', 'command -v mosquitto || test -x /usr/sbin/mosquitto'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn("SKIPPED: the test of MQTT needs Debian's mosquitto: apt-get install mosquitto");
    return false;
  }
})();

test.skipIf(!hasBroker)(
  'a broker gets every entry although it starts later; it says when the station is gone',
  async () => {
    const { connectAsync } = await import('mqtt');
    const port = 20_000 + (process.pid % 20_000);
    const url = `mqtt://127.0.0.1:${port}`;
    const config = join(temporaryFolder(), 'mosquitto.conf');
    writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
    const journal = await Journal.open(temporaryFolder());
    for (let n = 0; n < 3; n++) await journal.append(result(n));
    let failures = 0;
    const output = mqttOutput({ url, topic: 'line/1' });
    const following = Follower.start(output, {
      journal,
      cursor: join(temporaryFolder(), 'c.json'),
      fromBeginning: true,
      onFailure: () => void failures++,
    });
    await expect.poll(() => failures, { timeout: 20_000 }).toBeGreaterThan(0);
    const broker = spawn('/usr/sbin/mosquitto', ['-c', config], { stdio: 'ignore' });
    try {
      await expect
        .poll(
          () =>
            connectAsync(url, { reconnectPeriod: 0 }).then(
              (one) => one.endAsync().then(() => true),
              () => false,
            ),
          { timeout: 20_000 },
        )
        .toBe(true);
      const reader = await connectAsync(url);
      const got = new Map<string, string>();
      reader.on('message', (topic, payload) => {
        const text = payload.toString();
        got.set(topic.endsWith('status') ? text : (JSON.parse(text) as Entry).id, topic);
      });
      await reader.subscribeAsync('line/1/#', { qos: 1 });
      await expect
        .poll(() => [...got.keys()].sort(), { timeout: 30_000 })
        .toEqual([...numbered(3), 'online'].sort());
      expect(got.get('id-0')).toBe(topicOf('line/1', result(0)));
      await (await following).stop(1000);
      await expect.poll(() => got.has('offline'), { timeout: 10_000 }).toBe(true);
      await reader.endAsync(true);
    } finally {
      broker.kill();
      await journal.close();
    }
  },
  120_000,
);
