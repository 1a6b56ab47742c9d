// One station through its life: requests, models, dead workers, watched folders, a restart.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../../src/main.js';
import { auditEntries } from '../../src/serve/audit/audit.js';
import { LIVE_JS } from '../../src/serve/http/livePage.js';
import { recordingIo, temporaryFolder, words } from '../kit.js';
import { given, models, picture, settingsOf, station, TOKEN } from './kit.js';

const home = temporaryFolder();
const at = (name: string) => join(home, name);
const incoming = at('incoming');
const jsonl = at('results.jsonl');
let files: Awaited<ReturnType<typeof models>>;
let here: Awaited<ReturnType<typeof station>>;
let settings: ReturnType<typeof settingsOf>;

const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const form = (parts: Record<string, Uint8Array | string>) => {
  const body = new FormData();
  for (const [name, value] of Object.entries(parts))
    if (typeof value === 'string') body.set(name, value);
    else body.append('files', new Blob([Uint8Array.from(value)]), name);
  return body;
};

beforeAll(async () => {
  files = await models();
  mkdirSync(incoming);
  settings = settingsOf({
    models: [given(files.lenient)],
    state: at('state'),
    watch: [incoming],
    jsonl,
    csv: at('results.csv'),
  });
  here = await station(settings);
}, 240_000);
afterAll(async () => {
  await here?.stop();
});

describe('a picture by HTTP', () => {
  test('gets the judgement that predict gives, with what it rests on', async () => {
    const names = [1, 2].map((seed) => at(`${seed}.png`));
    for (const [i, name] of names.entries()) writeFileSync(name, await picture(i + 1));
    const io = recordingIo();
    const code = await main(
      words(
        `predict ${names.join(' ')} --model ${settings.models[0]!.where} --backend wasm --workers 1 --json`,
      ),
      io,
    );
    expect(code, io.stderr).toBe(0);
    for (const [i, line] of io.stdout.trim().split('\n').entries()) {
      const { file: _, ...predicted } = JSON.parse(line) as Record<string, unknown>;
      const { status, body } = await here.judge(await picture(i + 1), `?file=${i}.png`);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        ...predicted,
        verdict: 'OK',
        file: `${i}.png`,
        source: 'http',
        error: null,
      });
      expect(body['model']).toEqual({
        name: 'line',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      });
    }
  });

  test('is one of many in one body; one that is broken has an error and no verdict', async () => {
    const body = form({
      '1.png': await picture(1),
      'broken.png': (await picture(2)).slice(0, 300),
      product: 'tile',
    });
    const response = await here.call('/v1/judge', { method: 'POST', body });
    const { results } = (await response.json()) as { results: Record<string, unknown>[] };
    expect(response.status).toBe(200);
    expect(results).toMatchObject([
      { file: '1.png', verdict: 'OK', class: 'tile', classSource: 'given' },
      {
        file: 'broken.png',
        verdict: null,
        score: null,
        error: expect.stringContaining('cannot be decoded') as string,
      },
    ]);
    expect(await here.judge((await picture(2)).slice(0, 300))).toMatchObject({
      status: 422,
      body: { verdict: null },
    });
  });

  test('comes back as an overlay where the client accepts a picture', async () => {
    const response = await here.call('/v1/judge', {
      method: 'POST',
      body: Uint8Array.from(await picture(1)),
      headers: { 'content-type': 'image/png', accept: 'image/png' },
    });
    expect([response.headers.get('content-type'), response.headers.get('x-verdict')]).toEqual([
      'image/png',
      'OK',
    ]);
    expect([...new Uint8Array(await response.arrayBuffer()).slice(1, 4)]).toEqual([...Buffer.from('PNG')]);
  });

  test('is refused with a sentence, and never judged, where the request is at fault', async () => {
    const sound = await picture(1);
    const refused = async (answer: Promise<{ status: number; body: unknown }>) => {
      const { status, body } = await answer;
      expect(body).toEqual({ error: expect.stringMatching(/.{10}/) as string });
      return status;
    };
    expect(await refused(here.judge(sound, '?product=wood'))).toBe(422);
    expect(await refused(here.judge(sound, '?model=other'))).toBe(404);
    expect(await refused(here.judge(sound, '?colour=red'))).toBe(400);
    expect(await refused(here.judge(new Uint8Array()))).toBe(400);
    expect(await refused(here.judge(sound, '', { 'content-type': 'text/html' }))).toBe(415);
    expect(await refused(here.judge(new Uint8Array(2 ** 20 + 1)))).toBe(413);
    expect(await refused(here.judge(sound, '', { authorization: 'Bearer wrong' }))).toBe(401);
    expect(await refused(here.judge(sound, '', { origin: 'http://elsewhere.example' }))).toBe(403);
    const cut = '--x\r\nContent-Disposition: form-data; name="files"; filename="1.png"\r\n\r\nabc';
    expect(
      await refused(here.judge(Buffer.from(cut), '', { 'content-type': 'multipart/form-data; boundary=x' })),
    ).toBe(400);
  });

  test('that ends before its length is not judged, and a connection that says nothing is closed', async () => {
    const before = (await here.call('/metrics').then((one) => one.text())).match(
      /pyramid_mamba_seconds_count (\d+)/,
    )?.[1];
    const { hostname, port } = new URL(here.url!);
    const bytes = await picture(1);
    await new Promise<void>((done) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `POST /v1/judge HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: image/png\r\nContent-Length: ${bytes.length + 100}\r\n\r\n`,
        );
        socket.write(bytes, () => setTimeout(() => socket.destroy(), 100));
      });
      socket.on('close', () => done());
    });
    expect(await here.call('/metrics').then((one) => one.text())).toContain(
      `pyramid_mamba_seconds_count ${before}`,
    );
  });
});

test('worker processes that are killed are replaced, and their pictures are judged', async () => {
  const [process_] = here.station.processes;
  const pending = Promise.all(Array.from({ length: 8 }, async (_, i) => here.judge(await picture(i))));
  process.kill(process_!.pid!, 'SIGKILL');
  const answers = await pending;
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(8);
  expect(await here.call('/metrics').then((one) => one.text())).toContain(
    'pyramid_mamba_worker_ends_total 1',
  );
}, 240_000);

test('a full queue is 429 with the time to wait, and takes nothing', async () => {
  const many = form(
    Object.fromEntries(
      await Promise.all(Array.from({ length: 17 }, async (_, i) => [`${i}.png`, await picture(i)] as const)),
    ),
  );
  const response = await here.call('/v1/judge', { method: 'POST', body: many });
  expect([response.status, Number(response.headers.get('retry-after')) > 0]).toEqual([429, true]);
});

test('health, readiness, document, pages and figures are served', async () => {
  const text = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${here.url}${path}`, init);
    return [response.status, await response.text()] as const;
  };
  expect(await text('/healthz')).toEqual([200, '{"status":"ok"}']);
  expect(await text('/readyz')).toEqual([200, '{"ready":true,"reason":null}']);
  expect((await text('/metrics'))[0]).toBe(401);
  const document = JSON.parse((await text('/openapi.json'))[1]) as {
    openapi: string;
    paths: object;
    components: { schemas: object };
  };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toEqual([
    '/v1/judge',
    '/v1/models',
    '/v1/models/{name}',
    '/v1/labels',
    '/v1/recent',
    '/healthz',
    '/readyz',
    '/metrics',
  ]);
  const referred = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
    ([, name]) => name,
  );
  expect(referred.filter((name) => !Object.hasOwn(document.components.schemas, name!))).toEqual([]);
  expect((await text('/docs'))[1]).toContain('POST /v1/judge');
  expect((await text('/'))[1]).toContain('live.js');
  expect((await here.call('/v1/recent').then((one) => one.json())) as object).toMatchObject({
    ready: true,
    warnings: [],
  });
  await here.judge(await picture(1));
  const recent = (await here.call('/v1/recent').then((one) => one.json())) as {
    pictures: { thumbnail: string }[];
  };
  expect(recent.pictures[0]!.thumbnail).toMatch(/^data:image\/webp/);
});

test('no answer may be framed, sniffed or read by pages of other sites, and a name that points here is refused', async () => {
  /** With a `Host` of one's own, which fetch does not let one set. */
  const asked = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const asking = request(`${here.url}${path}`, { method, headers }, (answer) => {
        answer.resume();
        resolve(answer);
      });
      asking.on('error', reject).end();
    });
  for (const path of ['/', '/live.js', '/docs', '/openapi.json', '/healthz', '/v1/recent', '/nothing']) {
    const { headers } = await asked(path);
    expect(headers, path).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    expect(headers['content-security-policy'], path).toMatch(/^default-src 'none';.*frame-ancestors 'none'/);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
  const origin = 'http://elsewhere.example';
  const preflight = { origin, 'access-control-request-method': 'POST' };
  expect((await asked('/v1/judge', preflight, 'OPTIONS')).statusCode).toBe(403);
  expect((await asked('/healthz', { 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
  expect((await asked('/healthz', { host: 'elsewhere.example' })).statusCode).toBe(403);
  expect((await asked('/v1/recent')).headers['www-authenticate']).toBe('Bearer');
});

test('the script of the live page is one', () => {
  expect(() => new Script(LIVE_JS)).not.toThrow();
});

test('a model is exchanged between two requests; one that is of no use leaves the old one', async () => {
  const put = async (bytes: Uint8Array) =>
    here.call('/v1/models/line', {
      method: 'PUT',
      body: Uint8Array.from(bytes),
      headers: { 'content-type': 'application/octet-stream' },
    });
  const damaged = Uint8Array.from(files.strict);
  damaged.fill(255, damaged.length - 4000);
  for (const bytes of [damaged, files.strict.slice(0, 5000), Buffer.from('no model')]) {
    const response = await put(bytes);
    expect([response.status, await response.json()]).toEqual([
      422,
      { error: expect.stringMatching(/.{10}/) as string },
    ]);
    expect(await here.judge(await picture(1))).toMatchObject({ status: 200, body: { verdict: 'OK' } });
  }
  // while pictures are judged, each by one model or the other
  const during = Promise.all(Array.from({ length: 6 }, async (_, i) => here.judge(await picture(i))));
  const response = await put(files.strict);
  expect(response.status).toBe(200);
  for (const { body } of await during) {
    const isOld = (body['thresholds'] as { review: number }).review > 0.5;
    expect(body['verdict']).toBe(isOld ? 'OK' : 'NG');
  }
  expect(await here.judge(await picture(1))).toMatchObject({ body: { verdict: 'NG' } });
  expect(await here.call('/v1/models').then((one) => one.json())).toMatchObject({
    models: [{ name: 'line', products: ['tile'] }],
  });
}, 120_000);

describe('a watched folder', () => {
  const resultOf = (name: string) =>
    JSON.parse(readFileSync(join(incoming, `${name}.json`), 'utf8')) as Record<string, unknown>;

  test('gives each complete picture a result beside it, and a broken one an error', async () => {
    const whole = await picture(5);
    writeFileSync(join(incoming, 'slow.png'), whole.slice(0, 400));
    writeFileSync(join(incoming, 'a.png'), whole);
    writeFileSync(join(incoming, 'notes.txt'), 'no picture');
    writeFileSync(join(incoming, 'b.DIB'), whole);
    for (const name of ['1.heic', '2.HEIC', '3.part']) writeFileSync(join(incoming, name), whole);
    writeFileSync(at('moved.png'), await picture(6));
    renameSync(at('moved.png'), join(incoming, 'moved.png'));
    await expect.poll(() => existsSync(join(incoming, 'a.png.json')), { timeout: 60_000 }).toBe(true);
    // the camera has written the rest
    expect(existsSync(join(incoming, 'slow.png.json'))).toBe(false);
    writeFileSync(join(incoming, 'slow.png'), whole);
    await expect
      .poll(
        () => existsSync(join(incoming, 'slow.png.json')) && existsSync(join(incoming, 'moved.png.json')),
        { timeout: 60_000 },
      )
      .toBe(true);
    expect(resultOf('slow.png')).toMatchObject({ verdict: 'NG', source: 'watch', error: null });
    await expect.poll(() => existsSync(join(incoming, 'b.DIB.json')), { timeout: 60_000 }).toBe(true);
    const left = ['notes.txt', '1.heic', '2.HEIC', '3.part'];
    expect(left.filter((name) => existsSync(join(incoming, `${name}.json`)))).toEqual([]);
    expect(here.log.filter(({ msg }) => String(msg).includes('.heic cannot be read'))).toHaveLength(1);
  }, 120_000);

  test('is judged on after a restart: nothing twice, nothing missed, with the model that was put', async () => {
    const put = await here.call('/v1/models/second', {
      method: 'PUT',
      body: Uint8Array.from(files.lenient),
      headers: { 'content-type': 'application/octet-stream' },
    });
    expect(put.status).toBe(201);
    await here.stop();
    expect(here.log.at(-1)).toMatchObject({ msg: 'stopped' });
    writeFileSync(join(incoming, 'late.png'), await picture(7));
    here = await station(settings);
    expect(await here.judge(await picture(1), '?model=second')).toMatchObject({ body: { verdict: 'OK' } });
    await expect.poll(() => existsSync(join(incoming, 'late.png.json')), { timeout: 60_000 }).toBe(true);
    expect(resultOf('late.png')).toMatchObject({ verdict: 'NG' });
    const watched = linesOf(jsonl).filter(({ source }) => source === 'watch');
    await expect.poll(() => linesOf(jsonl).filter(({ source }) => source === 'watch').length).toBe(5);
    expect(new Set(watched.map(({ file }) => file)).size).toBe(watched.length);
  }, 240_000);
});

test('every result is in the outputs once: lines, table and audit trail', async () => {
  const label = { result: 'x', label: 'defective', by: 'me' };
  const labelled = await here.call('/v1/labels', {
    method: 'POST',
    body: JSON.stringify(label),
    headers: { 'content-type': 'application/json' },
  });
  expect(labelled.status).toBe(201);
  await here.stop();
  const results = linesOf(jsonl);
  const ids = results.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(readFileSync(at('results.csv'), 'utf8').trim().split('\n')).toHaveLength(ids.length + 1);
  const trail = [...auditEntries(join(settings.state, 'audit.sqlite'), {})];
  expect(
    trail
      .filter(({ kind }) => kind === 'result')
      .map(({ id }) => id)
      .sort(),
  ).toEqual([...ids].sort());
  expect(trail.filter(({ kind }) => kind !== 'result').map(({ kind }) => kind)).toEqual([
    'station',
    'model',
    'model',
    'station',
    'station',
    'label',
    'station',
  ]);
  expect(results.filter(({ error, verdict }) => error !== null && verdict !== null)).toEqual([]);
}, 60_000);

test('an address that other machines reach needs a token', async () => {
  await expect(station({ ...settings, state: at('other'), product: 'tyle' })).rejects.toThrow(
    '--class: the model has no class "tyle"; choose among tile, or auto',
  );
  await expect(station({ ...settings, host: '0.0.0.0', token: undefined })).rejects.toThrow(
    '--host: 0.0.0.0 is reached from other machines',
  );
});

test('a model that cannot judge is an error of the command line, and no process is left', async () => {
  const damaged = Uint8Array.from(files.strict);
  damaged.fill(255, damaged.length - 4000);
  const processes = () => process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;
  const before = processes();
  const failed = station({ ...settings, state: at('other'), models: [given(damaged)] });
  await expect(failed).rejects.toThrow(/^--model: .*not finite/);
  await expect.poll(processes, { timeout: 30_000 }).toBeLessThanOrEqual(before);
}, 240_000);
