import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serveFolder } from '../src/commands/view.js';
import { temporaryFolder } from './kit.js';

test('a folder is served to this machine alone, and nothing beside it', async () => {
  const home = temporaryFolder();
  mkdirSync(join(home, 'report'));
  writeFileSync(join(home, 'report', 'report.html'), '<p>hello');
  writeFileSync(join(home, 'secret.txt'), 'secret');
  const server = await serveFolder(join(home, 'report'), 0);
  const { address, port } = server.address() as AddressInfo;
  try {
    expect(address).toBe('127.0.0.1');
    const get = (path: string, host = `127.0.0.1:${port}`) =>
      new Promise<{ status: number; body: string }>((done, fail) => {
        request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
          let body = '';
          response.on('data', (part) => (body += String(part)));
          response.on('end', () => done({ status: response.statusCode ?? 0, body }));
        })
          .on('error', fail)
          .end();
      });
    expect(await get('/report.html')).toEqual({ status: 200, body: '<p>hello' });
    expect((await get('/../secret.txt')).status).toBe(404);
    expect((await get('/%2e%2e/secret.txt')).status).toBe(404);
    expect((await get('/report.html', 'elsewhere.example')).status).toBe(403);
    await expect(serveFolder(home, port)).rejects.toThrow(/--port: \d+ is taken/);
  } finally {
    server.close();
  }
});
