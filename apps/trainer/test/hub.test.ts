// `weights fetch` from the Hugging Face hub, imitated by a server: its resolve endpoint, its store of large files, and the cache that other programs share.
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import {
  readSafetensors,
  seededEncoderWeights,
  writeSafetensors,
  type VitConfig,
} from '@pyramid-mamba/model';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { main } from '../src/main.js';
import { CATALOGUE } from '../src/weights/catalogue.js';
import { requireRedirect } from '../src/weights/fetchChecked.js';
import { hubEndpoint } from '../src/weights/hub.js';
import { hubCacheFolder } from '../src/weights/hubCache.js';
import { recordingIo, temporaryFolder } from './kit.js';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const TINY: VitConfig = {
  family: 'vit',
  arch: 'dinov2',
  patch: 14,
  width: 64,
  depth: 2,
  heads: 1,
  hidden: 64,
  registers: 0,
  grid: 3,
  interpolation: 'antialias',
  levels: [
    [0, 0],
    [1, 1],
  ],
};
let body: Buffer;
let sha256: string;

const servers: ReturnType<typeof createServer>[] = [];
beforeAll(async () => {
  body = Buffer.from(writeSafetensors(new Map(await seededEncoderWeights(TINY, { seed: 1, random: 2 })), {}));
  sha256 = createHash('sha256').update(body).digest('hex');
});
afterAll(() => servers.forEach((server) => server.close()));

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
}
let seen: Seen[];
let home: string;
beforeEach(() => {
  seen = [];
  home = temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', join(home, 'cache'));
  vi.stubEnv('HF_HOME', join(home, 'hf'));
  for (const name of ['HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_HUB_OFFLINE', 'HF_ENDPOINT'])
    vi.stubEnv(name, '');
});
afterEach(() => vi.unstubAllEnvs());

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    seen.push({ method: request.method!, path: request.url!, range: request.headers.range });
    answer(request, response);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Behaviour {
  /** Headers of the resolve endpoint instead of the true ones; undefined leaves one out. */
  readonly says?: Readonly<Record<string, string | undefined>>;
  /** Where the endpoint sends its visitors. */
  readonly store?: string;
  /** What the store sends, and whether it breaks off after so many bytes of its first answer. */
  readonly sends?: Buffer;
  readonly breaksAfter?: number;
  /** The length that the store states. */
  readonly length?: number;
}

/** A hub with one file, its endpoint and its store on one server. */
async function hub({ says = {}, store, sends = body, breaksAfter, length }: Behaviour = {}): Promise<void> {
  let answers = 0;
  const url = await serve((request, response) => {
    if (request.url!.startsWith('/store/')) {
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(from > 0 ? 206 : 200, {
        etag: '"stored"',
        'content-length': length ?? sends.length - from,
        ...(from > 0 && { 'content-range': `bytes ${from}-${sends.length - 1}/${sends.length}` }),
      });
      if (breaksAfter !== undefined && answers++ === 0)
        response.write(sends.subarray(0, breaksAfter), () => setTimeout(() => response.destroy(), 50));
      else if (length === undefined) response.end(sends.subarray(from));
      else response.write(sends, () => setTimeout(() => response.destroy(), 50));
      return;
    }
    const headers: Record<string, string | undefined> = {
      'x-repo-commit': COMMIT,
      'x-linked-size': String(body.length),
      'x-linked-etag': `"${sha256}"`,
      location: store ?? '/store/blob',
      ...says,
    };
    response.writeHead(302, Object.fromEntries(Object.entries(headers).filter(([, value]) => value)));
    response.end();
  });
  vi.stubEnv('HF_ENDPOINT', `${url}/`);
}

async function call(...argv: string[]) {
  const io = recordingIo();
  const code = await main(argv, io);
  return { code, out: io.stdout, err: io.stderr };
}
const fetchIt = (...more: string[]) => call('weights', 'fetch', 'dinov2-s', ...more);
const ours = () => join(home, 'cache', 'pyramid-mamba', 'weights', 'dinov2-s.safetensors');
const repository = () => join(home, 'hf', 'hub', 'models--facebook--dinov2-small');

test('a file is downloaded at a commit into the cache that the hub’s programs share, and converted', async () => {
  await hub();
  const { code, out, err } = await fetchIt();
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(
    /downloading facebook\/dinov2-small, .*: http:.*\/facebook\/dinov2-small\/resolve\/main\/model\.safetensors, 88 MB, Apache-2\.0/,
  );
  expect(out).toContain(
    `no SHA-256 of this file is published but the one that its server says, which it has: ${sha256}`,
  );
  expect(out).toMatch(
    /encoder: dinov2, width 64, 2 blocks, patch 14, \d+ tensors: .*use it with --encoder dinov2-s/s,
  );
  expect(seen).toEqual([
    { method: 'HEAD', path: '/facebook/dinov2-small/resolve/main/model.safetensors', range: undefined },
    { method: 'GET', path: `/facebook/dinov2-small/resolve/${COMMIT}/model.safetensors`, range: undefined },
    { method: 'GET', path: '/store/blob', range: undefined },
  ]);
  const pointer = join(repository(), 'snapshots', COMMIT, 'model.safetensors');
  expect(readFileSync(join(repository(), 'refs', 'main'), 'utf8')).toBe(COMMIT);
  expect(readdirSync(join(repository(), 'blobs'))).toEqual([sha256]);
  if (process.platform !== 'win32') expect(lstatSync(pointer).isSymbolicLink()).toBe(true);
  expect(readFileSync(pointer).equals(body)).toBe(true);
  expect(
    readSafetensors(new Uint8Array(readFileSync(ours())), 'ours').tensors.has('blocks.1.mlp.fc2.bias'),
  ).toBe(true);

  const again = await fetchIt();
  expect(again.out).toMatch(/already exists, as it was fetched/);
  expect(seen.length).toBe(3);
  const { out: list } = await call('weights', 'list');
  expect(list).toMatch(
    new RegExp(`dinov2-s .*88 MB .*Apache-2\\.0 .*in the cache .*${sha256} \\(as it was fetched\\)`),
  );
  expect(list).toMatch(/dinov2-b .*346 MB .*not downloaded .*unknown: its server says it at the download/);
});

test('a download that broke off goes on where it ended', async () => {
  await hub({ breaksAfter: 30_000 });
  const broken = await fetchIt();
  expect(broken.err).toMatch(/cannot be downloaded .*run the command again to continue/);
  expect([broken.code, existsSync(ours())]).toEqual([2, false]);
  const { code } = await fetchIt();
  expect(code).toBe(0);
  expect(seen.filter(({ path }) => path === '/store/blob').map(({ range }) => range)).toEqual([
    undefined,
    'bytes=30000-',
  ]);
  expect(readdirSync(join(repository(), 'blobs'))).toEqual([sha256]);
});

test('what another program has downloaded is taken without asking the hub, and a damaged file is refused', async () => {
  await hub();
  const blob = join(repository(), 'blobs', sha256);
  await fetchIt();
  const other = temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', join(other, 'cache'));
  const asked = seen.length;
  const { code, out } = await fetchIt();
  expect(code).toBe(0);
  expect(out).not.toMatch(/downloading/);
  expect(seen.length).toBe(asked);
  vi.stubEnv('XDG_CACHE_HOME', join(temporaryFolder(), 'cache'));
  writeFileSync(blob, body.subarray(0, 1000));
  const damaged = await fetchIt();
  expect(damaged.err).toMatch(
    new RegExp(
      `model\\.safetensors is not the file it should be: wanted the SHA-256 ${sha256}, but it has .*; remove it`,
    ),
  );
  expect([damaged.code, seen.length]).toEqual([2, asked]);
});

test('a file that was fetched once is the only one that is taken under its name', async () => {
  await hub();
  await fetchIt();
  const changed = Buffer.from(body);
  changed[changed.length - 1]! ^= 1;
  const now = createHash('sha256').update(changed).digest('hex');
  await hub({ sends: changed, says: { 'x-linked-etag': `"${now}"`, 'x-repo-commit': 'f'.repeat(40) } });
  vi.stubEnv('HF_HOME', join(home, 'new'));
  const record = `${ours()}.sha256.json`;
  const text = readFileSync(record);
  // the converted file is lost, what it was made of is on record
  rmSync(ours());
  const asked = seen.length;
  const { code, err } = await fetchIt();
  expect(err).toMatch(
    new RegExp(
      `expected a file with the SHA-256 ${sha256}, but the hub has one with ${now}; nothing was downloaded`,
    ),
  );
  expect([code, seen.length - asked]).toEqual([2, 1]);
  expect(readFileSync(record).equals(text)).toBe(true);
});

describe('a hub that lies or is none is refused in a sentence, and nothing is kept of it', () => {
  test.each<[string, Behaviour, RegExp]>([
    [
      'a size beyond the catalogue’s',
      { says: { 'x-linked-size': '999999999' } },
      /wanted a file of at most 106 MB, but the hub has model\.safetensors of 1000 MB/,
    ],
    [
      'a size that is none',
      { says: { 'x-linked-size': '-4' } },
      /expected the commit, size and SHA-256 of a large file of the Hugging Face hub, found .*"-4"/,
    ],
    [
      'a hash of Git',
      { says: { 'x-linked-etag': `"${'a'.repeat(40)}"` } },
      /expected the commit, size and SHA-256 .* and "a{40}"; is HF_ENDPOINT a mirror/,
    ],
    [
      'no commit',
      { says: { 'x-repo-commit': undefined } },
      /expected the commit, size and SHA-256 .* found ""/,
    ],
    [
      'a commit that is a path',
      { says: { 'x-repo-commit': '../../../../../../../../../tmp/elsewhere' } },
      /expected the commit, size/,
    ],
    [
      'other bytes than it says',
      { sends: Buffer.alloc(40_000, 'other') },
      /expected a file with the SHA-256 .*, but the download has .*; it was removed/,
    ],
    [
      'fewer bytes than it says',
      { says: { 'x-linked-size': '500000' }, length: 500_000 },
      /cannot be downloaded .*run the command again to continue/,
    ],
    [
      'more bytes than it says',
      { length: 800_000_000 },
      /wanted a file of at most \d MB, but the server sends more/,
    ],
    [
      'a store elsewhere',
      { store: 'http://127.0.0.1:1/blob' },
      /redirects to http:\/\/127\.0\.0\.1:1, which is not one of its own over https/,
    ],
  ])('%s', async (_, behaviour, message) => {
    await hub(behaviour);
    const { code, err } = await fetchIt();
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(ours())).toBe(false);
    const blobs = join(repository(), 'blobs');
    const kept = existsSync(blobs) ? readdirSync(blobs).filter((name) => !/\.part(\.json)?$/.test(name)) : [];
    expect([kept, existsSync(join(repository(), 'refs'))]).toEqual([[], false]);
  });

  test('a file that is not there', async () => {
    vi.stubEnv('HF_ENDPOINT', await serve((_, response) => response.writeHead(404).end()));
    expect((await fetchIt()).err).toMatch(/responded with 404 .*name a mirror of the hub in HF_ENDPOINT/);
  });

  test('a server that cannot be reached', async () => {
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:1');
    const { code, err } = await fetchIt();
    expect(err).toMatch(/cannot be reached .*name a mirror of the hub in HF_ENDPOINT/);
    expect(code).toBe(2);
  });

  test('an address that is none, and a ban on downloads', async () => {
    vi.stubEnv('HF_ENDPOINT', 'mirror');
    expect((await fetchIt()).err).toMatch(/HF_ENDPOINT: expected the address of a mirror .*, found mirror;/);
    await hub();
    vi.stubEnv('HF_HUB_OFFLINE', '1');
    expect((await fetchIt()).err).toMatch(/HF_HUB_OFFLINE forbids to download it; unset HF_HUB_OFFLINE/);
    expect(seen).toEqual([]);
  });
});

test('a repository that was renamed is followed on its own server, and not to another', async () => {
  await hub();
  const real = hubEndpoint();
  const moved = await serve((request, response) =>
    response.writeHead(307, { location: real + request.url! }).end(),
  );
  vi.stubEnv('HF_ENDPOINT', moved);
  expect((await fetchIt()).err).toMatch(/redirects to http:.*, which is not one of its own/);
  const answer = {
    'x-repo-commit': COMMIT,
    'x-linked-size': String(body.length),
    'x-linked-etag': `"${sha256}"`,
  };
  const renamed = await serve((request, response) => {
    if (request.url!.startsWith('/facebook/'))
      response.writeHead(307, { location: request.url!.replace('facebook', 'new') }).end();
    else if (request.method === 'HEAD') response.writeHead(302, { ...answer, location: '/store' }).end();
    else response.writeHead(200, { 'content-length': body.length }).end(body);
  });
  vi.stubEnv('HF_ENDPOINT', renamed);
  expect((await fetchIt()).code).toBe(0);
});

test.each([
  ['https://cas-bridge.xethub.hf.co/a', true],
  ['https://cdn-lfs.huggingface.co/a', true],
  ['http://cdn-lfs.hf.co/a', false],
  ['https://evilhf.co/a', false],
  ['https://hf.co.evil.example/a', false],
  ['https://user:pass@cdn-lfs.hf.co/a', false],
])('a mirror may send its visitors on to %s: %s', (to, may) => {
  const check = () =>
    requireRedirect(new URL('https://mirror.example/a'), new URL(to), [
      'https://*.huggingface.co',
      'https://*.hf.co',
    ]);
  if (may) check();
  else expect(check).toThrow(/which is not one of its own/);
});

test('the cache is where the hub’s own programs have it', () => {
  expect(hubCacheFolder()).toBe(join(home, 'hf', 'hub'));
  vi.stubEnv('HF_HUB_CACHE', join(home, 'direct'));
  expect(hubCacheFolder()).toBe(join(home, 'direct'));
  vi.stubEnv('HF_HUB_CACHE', '');
  vi.stubEnv('HF_HOME', '');
  expect(hubCacheFolder()).toBe(join(home, 'cache', 'huggingface', 'hub'));
});

test('the list names size, licence and hash of everything that can be fetched; what is unknown is called so', async () => {
  const { out } = await call('weights', 'list');
  for (const { name, megabytes, licence, sha256: known } of CATALOGUE) {
    const line = out.split('\n').find((one) => one.startsWith(`${name} `))!;
    expect(line).toContain(`${megabytes} MB`);
    expect(line).toContain(licence);
    if (known === undefined) expect(line).toMatch(/unknown: its server says it at the download$/);
    else if (known.length === 64) expect(line).toContain(known);
    else expect(line).toContain(`${known}… (the rest is not published)`);
  }
  const entries = JSON.parse((await call('weights', 'list', '--json')).out) as Record<string, unknown>[];
  expect(entries.find(({ name }) => name === 'dinov2-s')).toMatchObject({
    url: 'https://huggingface.co/facebook/dinov2-small/resolve/main/model.safetensors',
    sha256: null,
    licence: 'Apache-2.0',
  });
});
