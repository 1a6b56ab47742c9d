// Raw requests over a socket, as no browser sends them: `view` answers each and goes on serving.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { seededRandom } from '@pyramid-mamba/data';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Run } from '../src/run/run.js';
import { serveViewer } from '../src/view/server.js';
import { temporaryFolder } from './kit.js';

const home = temporaryFolder();
const run = new Run(join(home, 'run'));
const SECRET = 'the secret of this machine';
const posix = process.platform !== 'win32';
let server: Server;
let port: number;

beforeAll(async () => {
  const page = join(home, 'page');
  mkdirSync(page);
  writeFileSync(join(page, 'index.html'), '<p>viewer');
  writeFileSync(join(home, 'secret.txt'), SECRET);
  mkdirSync(join(run.folder, 'viewer', 'pictures'), { recursive: true });
  writeFileSync(join(run.folder, 'viewer', 'viewer.json'), '{"sound":true}');
  writeFileSync(join(run.folder, 'notes.txt'), SECRET);
  if (posix) {
    symlinkSync(join(home, 'secret.txt'), join(run.folder, 'viewer', 'link.txt'));
    symlinkSync(home, join(run.folder, 'viewer', 'up'));
    symlinkSync('/dev/zero', join(run.folder, 'viewer', 'zero'));
    symlinkSync('loop', join(run.folder, 'viewer', 'loop'));
    execFileSync('mkfifo', [join(run.folder, 'viewer', 'pipe'), join(run.folder, 'metrics.json')]);
    writeFileSync(join(run.folder, 'viewer', 'closed'), 'closed');
    chmodSync(join(run.folder, 'viewer', 'closed'), 0);
  }
  server = await serveViewer({ page, run }, 0);
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends bytes and gives all that comes back until the server closes, or nothing more comes for a while. */
const raw = (bytes: string | Buffer, patience = 2_000) =>
  new Promise<string>((done) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(patience, () => socket.destroy());
    socket.on('data', (part) => (answer += part.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => done(answer));
  });
const ask = (target: string, { method = 'GET', host = `127.0.0.1:${port}`, more = '' } = {}) =>
  raw(
    Buffer.from(
      `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`,
      'latin1',
    ),
  );
const status = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);

async function expectAlive(): Promise<void> {
  expect(status(await ask('/run/viewer/viewer.json'))).toBe(200);
}

describe('a request', () => {
  test.each([
    ['//', 404],
    ['///', 404],
    ['//evil.example/run/viewer/viewer.json', 404],
    ['/%', 404],
    ['/%00', 404],
    ['/run/viewer/%00', 404],
    ['/run/viewer/%E0%A4%A', 404],
    ['*', 404],
    ['run/viewer/viewer.json', 400],
    ['http://127.0.0.1/run/viewer/viewer.json', 404],
    ['http://evil.example/', 404],
    ['/run/viewer/..%2f..%2fsecret.txt', 404],
    ['/run/viewer/..%2fnotes.txt', 404],
    ['/run/viewer/%2e%2e/%2e%2e/secret.txt', 404],
    ['/run/viewer/..%5c..%5csecret.txt', 404],
    ['/run/viewer/....//secret.txt', 404],
    ['/..%2fsecret.txt', 404],
    ['/%2e%2e%2fsecret.txt', 404],
    ['/C:/Windows/win.ini', 404],
    ['/run/%2fetc/hostname', 404],
    ['/run/viewer//etc/hostname', 404],
    ['/run/viewer/link.txt', 404],
    ['/run/viewer/up/secret.txt', 404],
    ['/run/viewer/zero', 404],
    ['/run/viewer/loop', 404],
    ['/run/viewer/pipe', 404],
    ['/run/metrics.json', 404],
    ['/run/viewer/pictures', 404],
    ['/run/viewer/pictures/', 404],
    [`/run/viewer/${'a'.repeat(300)}`, 404],
    [`/run/viewer/${'a/'.repeat(3_000)}`, 404],
    ['/__proto__/viewer/viewer.json', 404],
    ['/run/viewer/viewer.json?x#y', 200],
    ['/run/viewer/viewer%2ejson', 200],
  ])('for %s is answered with %i', async (target, wanted) => {
    const answer = await ask(target);
    expect(status(answer)).toBe(wanted);
    expect(answer).not.toContain(SECRET);
    await expectAlive();
  });

  test('for too long an address, with another method, another host or none is refused', async () => {
    expect(status(await ask(`/${'a'.repeat(40_000)}`))).toBe(431);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])
      expect(status(await ask('/', { method })), method).toBe(405);
    for (const method of ['CONNECT', 'get', 'GARBAGE', ''])
      expect([0, 400, 405], method).toContain(status(await ask('/', { method })));
    const hosts = [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example:80',
      '127.0.0.1:80@evil.example',
      'evil.example#127.0.0.1',
      '0.0.0.0',
      '[::1]',
    ];
    for (const host of hosts) expect([400, 403], host).toContain(status(await ask('/', { host })));
    expect(status(await raw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n'))).toBe(400);
    expect(status(await raw('GET / HTTP/1.0\r\n\r\n'))).toBe(403);
    const two = await ask('/', { host: `evil.example\r\nHost: 127.0.0.1:${port}` });
    expect([400, 403]).toContain(status(two));
    await expectAlive();
  });

  test('is answered with 304 where the browser has the file, and HEAD without the file', async () => {
    const first = await ask('/run/viewer/viewer.json');
    const tag = /^etag: (.*)$/im.exec(first)![1]!.trim();
    expect(status(await ask('/run/viewer/viewer.json', { more: `If-None-Match: ${tag}\r\n` }))).toBe(304);
    const head = await ask('/run/viewer/viewer.json', { method: 'HEAD' });
    expect(head).toMatch(/content-length: 14/i);
    expect(head).not.toContain('sound');
  });

  test.skipIf(!posix)('for pipes, many at once, does not keep others waiting', async () => {
    await Promise.all(Array.from({ length: 12 }, () => ask('/run/viewer/pipe')));
    await expectAlive();
  });

  test('whose client goes away at once, or never ends it, holds nothing up', async () => {
    const sockets = Array.from({ length: 20 }, (_, i) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write('GET /run/viewer/viewer.json HTT');
        if (i % 2) socket.destroy();
      });
      socket.on('error', () => undefined);
      return socket;
    });
    await expectAlive();
    // Node gives up on them
    expect(server.headersTimeout).toBeLessThanOrEqual(10_000);
    expect(server.requestTimeout).toBeLessThanOrEqual(30_000);
    expect(server.timeout).toBeLessThanOrEqual(120_000);
    for (const socket of sockets) socket.destroy();
  });
});

test('requests drawn by lot are answered, tell no secret and do not end the server', async () => {
  const rounds = process.env['FUZZ'] === 'full' ? 20_000 : 300;
  const parts = [
    '/', '//', '..', '%2e', '%2f', '%5c', '\\', '%00', '%', '%zz', 'run', 'other', 'viewer', 'viewer.json', 'secret.txt',
    'report', 'link.txt', 'up', 'pipe', 'zero', 'closed', '?', '#', ':', '@', 'http://', '\u00ff', '%c0%ae', '%ff', '*', ' ', ';',
  ]; // prettier-ignore
  const methods = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'OPTIONS', 'CONNECT', 'G\u0000T', 'PRI'];
  const headers = [
    'Range: bytes=0-', 'Range: bytes=9-1', 'If-None-Match: *', 'Content-Length: 5', 'Content-Length: -1', 'Transfer-Encoding: chunked',
    'Expect: 100-continue', 'Upgrade: websocket', 'Connection: upgrade', 'Host: evil.example', 'X: \u0000', ': ', 'Accept-Encoding: br',
  ]; // prettier-ignore
  for (let round = 0; round < rounds; round++) {
    const random = seededRandom('raw requests', round);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const some = <T>(list: readonly T[], most: number): T[] =>
      Array.from({ length: Math.floor(random() * (most + 1)) }, () => pick(list));
    const target = `${random() < 0.9 ? '/' : ''}${some(parts, 8).join('')}`;
    let text = `${pick(methods)} ${target} HTTP/1.${pick([0, 1, 1, 1, 9])}\r\n`;
    if (random() < 0.9) text += `Host: 127.0.0.1:${port}\r\n`;
    for (const header of some(headers, 3)) text += `${header}\r\n`;
    text += 'Connection: close\r\n\r\n';
    if (random() < 0.1) text = text.slice(0, Math.floor(random() * text.length));
    const answer = await raw(Buffer.from(text, 'latin1'), 40);
    expect(answer, `round ${round}: ${text}`).not.toContain(SECRET);
    if (answer !== '') expect(status(answer), `round ${round}: ${text}`).toBeLessThan(500);
  }
  await expectAlive();
});
