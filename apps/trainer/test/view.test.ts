import { mkdirSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Run } from '../src/run/run.js';
import { hasScreen } from '../src/view/browser.js';
import { serveViewer } from '../src/view/server.js';
import { POLICY } from '../../viewer/build/contentSecurityPolicy.js';
import { temporaryFolder } from './kit.js';

const home = temporaryFolder();
const page = join(home, 'page');
const run = new Run(join(home, 'after'));
const other = new Run(join(home, 'before'));
let server: Server;
let port: number;

beforeAll(async () => {
  mkdirSync(page);
  writeFileSync(join(page, 'index.html'), '<p>viewer');
  writeFileSync(join(home, 'secret.txt'), 'secret');
  for (const { folder } of [run, other]) {
    for (const part of ['viewer/pictures', 'report', 'checkpoint', 'maps'])
      mkdirSync(join(folder, part), { recursive: true });
    writeFileSync(join(folder, 'viewer', 'viewer.json'), `{"of":"${folder.slice(-6)}"}`);
    writeFileSync(join(folder, 'report', 'report.html'), '<p>report');
    writeFileSync(join(folder, 'metrics.json'), '{}');
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    writeFileSync(join(folder, 'checkpoint', 'last.safetensors'), 'weights');
  }
  server = await serveViewer({ page, run, other }, 0);
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

interface Answer {
  status: number;
  body: string;
  headers: IncomingHttpHeaders;
}

const get = (path: string, host = `127.0.0.1:${port}`) =>
  new Promise<Answer>((done, fail) => {
    request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      let body = '';
      response.on('data', (part) => (body += String(part)));
      response.on('end', () => done({ status: response.statusCode ?? 0, body, headers: response.headers }));
    })
      .on('error', fail)
      .end();
  });

test('without a run the page itself is served, and no other file', async () => {
  const bare = await serveViewer({ page }, 0);
  try {
    const own = `127.0.0.1:${(bare.address() as AddressInfo).port}`;
    const answers = ['/', '/run/metrics.json'].map((path) =>
      fetch(`http://${own}${path}`, { redirect: 'manual' }),
    );
    const [first, second] = await Promise.all(answers);
    expect([first!.status, await first!.text()]).toEqual([200, '<p>viewer']);
    expect(second!.status).toBe(404);
  } finally {
    bare.close();
    bare.closeAllConnections();
  }
});

test.each([
  ['a desktop', { DISPLAY: ':0' }, 'linux', true, true],
  ['Wayland', { WAYLAND_DISPLAY: 'wayland-0' }, 'linux', true, true],
  ['macOS', {}, 'darwin', true, true],
  ['Windows', {}, 'win32', true, true],
  ['a server without a screen', {}, 'linux', true, false],
  ['a pipe', { DISPLAY: ':0' }, 'linux', false, false],
  ['CI', { DISPLAY: ':0', CI: 'true' }, 'linux', true, false],
  ['a remote shell', { DISPLAY: ':10', SSH_CONNECTION: 'x' }, 'linux', true, false],
] as const)('on %s, the browser is opened only where somebody sees it', (_, env, platform, isTTY, opened) => {
  expect(hasScreen(env, platform, isTTY)).toBe(opened);
});

test('the viewer is served to this machine only, under a policy that allows no other server', async () => {
  expect((server.address() as AddressInfo).address).toBe('127.0.0.1');
  const first = await get('/');
  expect(first.status).toBe(302);
  expect(first.headers.location).toBe('/?run=run%2F&name=after&with=other%2F&withName=before');
  const { status, body, headers } = await get(first.headers.location!);
  expect([status, body]).toEqual([200, '<p>viewer']);
  const policy = String(headers['content-security-policy']);
  // the page's own, plus what only a header can set
  expect(policy).toBe(`${POLICY}; frame-ancestors 'none'`);
  expect(policy).toMatch(/default-src 'none'; script-src 'self' 'wasm-unsafe-eval'/);
  expect(policy).not.toMatch(/unsafe-inline|unsafe-eval'.*unsafe-eval'|https?:|\*/);
  expect((await get('/', 'elsewhere.example')).status).toBe(403);
  expect((await get('/run/metrics.json', 'elsewhere.example')).status).toBe(403);
});

test('both runs are served, and only what the viewer needs of their folders', async () => {
  expect((await get('/run/viewer/viewer.json')).body).toMatch(/after/);
  expect((await get('/other/viewer/viewer.json')).body).toMatch(/before/);
  expect((await get('/run/metrics.json')).status).toBe(200);
  expect((await get('/run/report/report.html')).headers['content-security-policy']).toMatch(
    /'unsafe-inline'/,
  );
  const refused = [
    '/run/notes.txt',
    '/run/checkpoint/last.safetensors',
    '/run/viewer/../notes.txt',
    '/run/viewer/%2e%2e/notes.txt',
    '/run/viewer/%2e%2e%2fnotes.txt',
    '/run/viewer/..%5cnotes.txt',
    '/run/../secret.txt',
    '/run/%2e%2e/secret.txt',
    '/%2e%2e/secret.txt',
    '/run/viewer',
    '/run/',
    '/run/%E0%A4%A',
    '/third/metrics.json',
  ];
  for (const path of refused) expect((await get(path)).status, path).toBe(404);
});

test('a used port is an error', async () => {
  await expect(serveViewer({ page, run }, port)).rejects.toThrow(/--port: \d+ is used by another program/);
});
