// A station whose clock is set forward and back by hours while it works: nothing is lost, doubled or late, and order is that of the journal.
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../src/main.js';
import { auditEntries } from '../../src/serve/audit/audit.js';
import { ClockWatch } from '../../src/serve/clock.js';
import type { Entry, Result } from '../../src/serve/journal/entries.js';
import { Journal } from '../../src/serve/journal/journal.js';
import { jsonLinesOutput } from '../../src/serve/outputs/fileOutput.js';
import { HOUR, jumpingClock } from '../jumpingClock.js';
import { recordingIo, temporaryFolder, words } from '../kit.js';
import { given, models, picture, settingsOf, station } from './kit.js';

const clock = jumpingClock();
const home = temporaryFolder();
const at = (name: string) => join(home, name);
const [incoming, out] = [at('incoming'), at('out')];

const entriesOf = (text: string): Entry[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Entry);

/** The receiver of the webhook, which is away at first. */
const got: string[] = [];
let isAway = true;
const receiver = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    if (!isAway) got.push(String(request.headers['webhook-id']));
    response.writeHead(isAway ? 503 : 204).end();
  });
});

let settings: ReturnType<typeof settingsOf>;
let here: Awaited<ReturnType<typeof station>>;
beforeAll(async () => {
  await new Promise<void>((done) => void receiver.listen(0, '127.0.0.1', done));
  mkdirSync(incoming);
  const { lenient } = await models();
  settings = settingsOf({
    models: [given(lenient)],
    state: at('state'),
    watch: [incoming],
    out: at('results'),
    jsonl: join(out, 'lines.jsonl'),
    csv: join(out, 'table.csv'),
    // a file of a few results
    rotateBytes: 2000,
    keep: 100,
    // by the wrong clock every picture would be late
    timeoutMs: 120_000,
    webhook: {
      url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
      secret: 'a secret for tests',
    },
  });
  here = await station(settings);
}, 240_000);
afterAll(async () => {
  await here?.stop();
  receiver.close();
  clock.restore();
});

test('a clock that goes is not one that was set', async () => {
  const watch = new ClockWatch();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(watch.moved()).toBe(0);
  clock.set(5 * HOUR);
  clock.set(-2 * HOUR);
  expect(watch.moved()).toBeCloseTo(3 * HOUR, -2);
  expect(watch.moved()).toBe(0);
  clock.set(-3 * HOUR);
  expect(watch.moved()).toBeCloseTo(-3 * HOUR, -2);
});

test('files put aside are kept by their number: one of a clock that is set back is not the oldest', async () => {
  const folder = temporaryFolder();
  const output = jsonLinesOutput({ path: join(folder, 'lines.jsonl'), rotateBytes: 1, keep: 2 });
  const line = (id: number) => ({ kind: 'result', id: String(id) }) as Result;
  // of an earlier version, and of a clock that was wrong
  writeFileSync(join(folder, 'lines.2031-01-01T00-00-00-000Z.jsonl'), 'old\n');
  for (let id = 0; id < 4; id++) {
    clock.set(-HOUR);
    await output.deliver([line(id)], () => Promise.resolve());
  }
  clock.set(4 * HOUR);
  const text = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .sort();
  expect(text).toEqual([1, 2, 3].map((id) => `${JSON.stringify(line(id))}\n`));
});

test('pictures by HTTP and of a folder have one result each while the clock is set again and again', async () => {
  const jumps = [7, -30, 1, 26, -4].map((hours) => hours * HOUR);
  const began = performance.now();
  for (const [i, jump] of jumps.entries()) {
    const bytes = await picture(i);
    const path = join(incoming, `${i}.png`);
    writeFileSync(path, bytes);
    // of a camera whose clock is another one
    utimesSync(path, new Date(Date.now() - jump), new Date(Date.now() - jump));
    const judging = here.judge(bytes, `?file=${i}.png`);
    clock.set(jump);
    const { status, body } = await judging;
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ verdict: 'OK', error: null });
    const { durationMs } = body as { durationMs: number };
    expect(durationMs).toBeGreaterThan(0);
    expect(durationMs).toBeLessThan(performance.now() - began);
    await expect.poll(() => existsSync(join(at('results'), `${i}.png.json`)), { timeout: 60_000 }).toBe(true);
  }
  clock.set(-jumps.reduce((sum, jump) => sum + jump, 0));
}, 120_000);

test('after a restart with the clock set back nothing is judged again, and what was left is delivered', async () => {
  await here.stop();
  clock.set(-50 * HOUR);
  writeFileSync(join(incoming, 'late.png'), await picture(9));
  isAway = false;
  here = await station(settings);
  await expect.poll(() => existsSync(join(at('results'), 'late.png.json')), { timeout: 60_000 }).toBe(true);
  // 5 by HTTP, 6 of the folder
  await expect.poll(() => new Set(got).size, { timeout: 90_000 }).toBe(11);
  await here.stop();
}, 240_000);

test('every output has them in the order of the journal, which says how the clock was set', async () => {
  const journal = await Journal.open(join(settings.state, 'journal'));
  const recorded: Entry[] = [];
  for (let place = { segment: 0, offset: 0 }; ;) {
    const { entries, next } = await journal.read(place);
    recorded.push(...entries);
    if (next.segment === place.segment && next.offset === place.offset) break;
    place = next;
  }
  await journal.close();
  const results = recorded.filter(({ kind }) => kind === 'result').map(({ id }) => id);
  expect(results).toHaveLength(11);
  expect(new Set(results).size).toBe(11);
  expect([...new Set(got)].sort()).toEqual([...results].sort());
  const number = (name: string) => Number(/\.(\d+)\.(?:jsonl|csv)$/.exec(name)?.[1] ?? Infinity);
  const files = readdirSync(out).sort((a, b) => number(a) - number(b));
  const text = (ending: string) =>
    files
      .filter((name) => name.endsWith(ending))
      .map((name) => readFileSync(join(out, name), 'utf8'))
      .join('');
  expect(files.filter((name) => name.endsWith('jsonl')).length).toBeGreaterThan(2);
  expect(entriesOf(text('.jsonl')).map(({ id }) => id)).toEqual(results);
  expect(
    text('.csv')
      .split('\n')
      .map((line) => line.split(',')[0])
      .filter((id) => id !== '' && id !== 'id'),
  ).toEqual(results);

  const trail = [...auditEntries(join(settings.state, 'audit.sqlite'), {})];
  expect(trail).toEqual(recorded);
  const times = trail.map(({ time }) => time);
  expect(times).not.toEqual([...times].sort());
  const moves = trail.flatMap((entry) =>
    entry.kind === 'station' && entry.event === 'clock' ? [Math.round(entry.seconds / 3600)] : [],
  );
  expect(moves).toEqual([7, -30, 1, 26, -4]);
  // a time that is corrected by the later moves is in order
  const begun = trail.findLastIndex((entry) => entry.kind === 'station' && entry.event === 'started');
  let shift = 0;
  const corrected = trail
    .slice(0, begun)
    .map((entry) => {
      if (entry.kind === 'station' && entry.event === 'clock') shift += entry.seconds * 1000;
      return Date.parse(entry.time) - shift;
    })
    .map((time, i, all) => i === 0 || time > all[i - 1]! - 1000);
  expect(corrected.every(Boolean)).toBe(true);
});

test('an export goes on where an earlier one ended, whatever the times are', async () => {
  const all = [...auditEntries(join(settings.state, 'audit.sqlite'), {})];
  const exported = async (more: string) => {
    const io = recordingIo();
    const code = await main(words(`audit export --state ${settings.state}${more}`), io);
    return { code, ids: entriesOf(io.stdout).map(({ id }) => id), said: io.stderr };
  };
  for (const i of [0, 4, all.length - 1])
    expect(await exported(` --after ${all[i]!.id}`)).toMatchObject({
      code: 0,
      ids: all.slice(i + 1).map(({ id }) => id),
    });
  // the middle of a clock that was ahead and behind
  const since = all[3]!.time;
  expect((await exported(` --since ${since}`)).ids).toEqual(
    all.filter(({ time }) => time >= since).map(({ id }) => id),
  );
  expect(await exported(' --after nothing')).toMatchObject({
    code: 2,
    said: expect.stringMatching(/--after: .*no entry with the id nothing; pass/) as string,
  });
});
