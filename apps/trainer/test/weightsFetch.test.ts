// What `weights fetch` takes: the right file, of the right size, from the right place, each time.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { writeSafetensors } from '@pyramid-mamba/model';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { main } from '../src/main.js';
import { CATALOGUE } from '../src/weights/catalogue.js';
import { download } from '../src/weights/download.js';
import { requireRedirect } from '../src/weights/fetchChecked.js';
import { readRecord, requireHash, weakness } from '../src/weights/record.js';
import { recordingIo, temporaryFolder, tinyEncoderTensors } from './kit.js';

const servers: ReturnType<typeof createServer>[] = [];
afterAll(() => servers.forEach((server) => server.close()));
afterEach(() => vi.unstubAllEnvs());

async function serve(answer: (path: string, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => answer(request.url!, response));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const body = Buffer.alloc(50_000, 'weights ');
const sha256 = createHash('sha256').update(body).digest('hex');
const get = (url: string, path: string, most?: number) =>
  download({ url, path, sha256, ...(most !== undefined && { most }), onProgress: () => undefined });

test.each([
  ['https://github.com/a', 'https://objects.githubusercontent.com/b', true],
  ['https://github.com/a', 'https://release-assets.githubusercontent.com/b', true],
  ['https://github.com/a', 'https://github.com/b', true],
  ['https://download.pytorch.org/a', 'https://download.pytorch.org/b', true],
  ['https://github.com/a', 'http://objects.githubusercontent.com/b', false],
  ['https://github.com/a', 'http://github.com/b', false],
  ['https://github.com/a', 'https://github.com.evil.example/b', false],
  ['https://github.com/a', 'https://evil.example/b', false],
  ['https://github.com/a', 'https://user:pass@github.com/b', false],
  ['https://github.com/a', 'file:///etc/passwd', false],
  ['https://download.pytorch.org/a', 'https://objects.githubusercontent.com/b', false],
  ['https://mirror.example/a', 'https://other.example/b', false],
  ['http://mirror.example/a', 'http://mirror.example/b', true],
  ['http://mirror.example/a', 'http://mirror.example:81/b', false],
])('from %s a redirect to %s is followed: %s', (from, to, followed) => {
  const check = () => requireRedirect(new URL(from), new URL(to));
  if (followed) check();
  else expect(check).toThrow(/which is not one of its own over https; give the address of the file itself/);
});

test('a redirect elsewhere, and one after another without end, is refused and nothing asked for there', async () => {
  let asked = 0;
  const elsewhere = await serve((_, response) => {
    asked++;
    response.end(body);
  });
  const redirecting = await serve((path, response) => {
    const to = path === '/out' ? `${elsewhere}/x` : path === '/once' ? '/file' : `${path}x`;
    if (path === '/file') response.end(body);
    else response.writeHead(302, { location: to }).end();
  });
  const path = join(temporaryFolder(), 'resnet.pth');
  await expect(get(`${redirecting}/out`, path)).rejects.toThrow(
    /redirects to http:\/\/127\.0\.0\.1:\d+, which/,
  );
  await expect(get(`${redirecting}/loop`, path)).rejects.toThrow(
    /redirect count exceeded\): the server redirects more than 5 times/,
  );
  expect([asked, existsSync(path)]).toEqual([0, false]);
  await get(`${redirecting}/once`, path);
  expect(readFileSync(path).equals(body)).toBe(true);
});

test('a file that is larger than it can be is given up, whether the server says so or not', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'resnet.pth');
  const honest = await serve((_, response) =>
    response.writeHead(200, { 'content-length': 10 ** 12 }).write('x'),
  );
  await expect(get(honest, path, 60_000)).rejects.toThrow(/at most 0 MB, but the server sends more/);
  let sent = 0;
  const endless = await serve((_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(body)) sent++;
      response.once('drain', more);
    };
    more();
  });
  await expect(get(endless, path, 60_000)).rejects.toThrow(/the server sends more/);
  expect(sent).toBeLessThan(1_000);
  const left = readdirSync(folder).filter((name) => name.endsWith('.part'));
  for (const name of left) expect(readFileSync(join(folder, name)).length).toBeLessThan(60_000);
});

test('a hash that is known by its beginning alone is called weak, with the whole one', () => {
  for (const entry of CATALOGUE) {
    const said = weakness(entry, 'f'.repeat(64));
    if (entry.sha256 === undefined) {
      expect(entry.from).toMatchObject({ repo: expect.any(String), file: expect.any(String) });
      expect(said).toMatch(
        /no SHA-256 of this file is published but the one that its server says, .* f{64}; compare/,
      );
      continue;
    }
    expect(entry.sha256).toMatch(/^([0-9a-f]{8}|[0-9a-f]{64})$/);
    // the owners' own name of the file holds the beginning
    expect(entry.from).toContain(entry.sha256.slice(0, 8));
    if (entry.sha256.length === 64) expect(said).toBeUndefined();
    else expect(said).toMatch(/only the first 8 digits of its SHA-256, .* f{64}, with another source/);
  }
});

test('a file that is there already is checked, and the same one is expected ever after', async () => {
  vi.stubEnv('XDG_CACHE_HOME', temporaryFolder());
  const cache = join(process.env['XDG_CACHE_HOME']!, 'pyramid-mamba', 'weights');
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const fetchIt = async () => {
    const io = recordingIo();
    return { code: await main(['weights', 'fetch', 'resnet18'], io), out: io.stdout, err: io.stderr };
  };
  // put there by hand, and not the file it is called
  writeFileSync(join(cache, 'resnet18-f37072fd.pth'), body);
  const wrong = await fetchIt();
  expect(wrong.err).toMatch(
    /resnet18-f37072fd\.pth is not the file it should be: wanted the SHA-256 f37072fd.*, but it has .*; remove it/,
  );
  expect(wrong.code).toBe(2);

  const target = join(cache, 'resnet18.safetensors');
  writeFileSync(target, writeSafetensors(tinyEncoderTensors(), {}));
  const first = await fetchIt();
  expect([first.code, first.err]).toEqual([0, '']);
  expect(first.out).toMatch(
    /already exists, without a record of what it was; it has the SHA-256 [0-9a-f]{64}/,
  );
  expect((await fetchIt()).out).toMatch(/already exists, as it was fetched/);
  expect((await readRecord(target))!.weights).toBe(await requireHash(target, ''));
  writeFileSync(target, writeSafetensors(tinyEncoderTensors(2), {}));
  const changed = await fetchIt();
  expect(changed.err).toMatch(/resnet18\.safetensors is not the file it should be/);
  expect(changed.code).toBe(2);
});
