import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeSafetensors, readSafetensors } from '@pyramid-mamba/model';
import { afterAll, describe, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { download } from '../src/weights/download.js';
import { recordingIo, temporaryFolder, tinyEncoderTensors } from './kit.js';

const body = Buffer.alloc(300_000, 'weights ');
const sha256 = createHash('sha256').update(body).digest('hex');

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const servers: ReturnType<typeof createServer>[] = [];
afterAll(() => servers.forEach((server) => server.close()));

async function serve(answer: Answer): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/resnet.pth`;
}

/** A server with ranges; breaks the connection after `breakAfter` bytes of the first answer. */
function withRanges(seen: (string | undefined)[], breakAfter = Infinity, etag = () => '"one"'): Answer {
  return (request, response) => {
    seen.push(request.headers.range);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const same = request.headers['if-range'] === etag();
    const start = same ? from : 0;
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': body.length - start,
      etag: etag(),
      ...(start > 0 ? { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` } : {}),
    });
    if (seen.length === 1 && breakAfter < body.length) {
      response.write(body.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 50));
    } else response.end(body.subarray(start));
  };
}

const get = (url: string, path: string, hash = sha256, trusted: string[] = []) =>
  download({ url, path, sha256: hash, trusted, onProgress: () => undefined });

describe('download', () => {
  test('gives the file its name when its hash is right; a known beginning of the hash suffices', async () => {
    const path = join(temporaryFolder(), 'a', 'resnet.pth');
    await get(await serve(withRanges([])), path, sha256.slice(0, 8));
    expect(readFileSync(path).equals(body)).toBe(true);
    expect(readdirSync(join(path, '..'))).toEqual(['resnet.pth']);
  });

  test('goes on where a broken connection ended', async () => {
    const path = join(temporaryFolder(), 'resnet.pth');
    const seen: (string | undefined)[] = [];
    const url = await serve(withRanges(seen, 100_000));
    await expect(get(url, path)).rejects.toThrow(/cannot be downloaded .*run the command again to continue/);
    expect(existsSync(path)).toBe(false);
    await get(url, path);
    expect(seen).toEqual([undefined, 'bytes=100000-']);
    expect(readFileSync(path).equals(body)).toBe(true);
  });

  test('takes over what a killed process had, and leaves a running one alone', async () => {
    const path = join(temporaryFolder(), 'resnet.pth');
    const seen: (string | undefined)[] = [];
    const url = await serve(withRanges(seen));
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    writeFileSync(`${path}.${dead.pid}.part`, body.subarray(0, 70_000));
    writeFileSync(`${path}.${process.ppid}.part`, 'of a process that runs');
    writeFileSync(`${path}.part.json`, JSON.stringify({ url, validator: '"one"' }));
    await get(url, path);
    expect(seen).toEqual(['bytes=70000-']);
    expect(readFileSync(path).equals(body)).toBe(true);
    expect(readdirSync(join(path, '..')).sort()).toEqual(['resnet.pth', `resnet.pth.${process.ppid}.part`]);
  });

  test('begins anew when the file has changed meanwhile or the server knows no ranges', async () => {
    const path = join(temporaryFolder(), 'resnet.pth');
    const seen: (string | undefined)[] = [];
    const url = await serve(withRanges(seen, 100_000, () => (seen.length > 1 ? '"two"' : '"one"')));
    await expect(get(url, path)).rejects.toThrow();
    await get(url, path);
    expect(readFileSync(path).equals(body)).toBe(true);
    const plain = join(temporaryFolder(), 'resnet.pth');
    let calls = 0;
    const simple = await serve((_, response) => {
      response.writeHead(200, { 'content-length': body.length });
      if (++calls === 1)
        response.write(body.subarray(0, 5000), () => setTimeout(() => response.destroy(), 50));
      else response.end(body);
    });
    await expect(get(simple, plain)).rejects.toThrow();
    await get(simple, plain);
    expect(readFileSync(plain).equals(body)).toBe(true);
  });

  /** What a call that broke off leaves: the part and what it is a part of. */
  function leftBehind(url: string, part: Buffer, validator = '"one"'): string {
    const path = join(temporaryFolder(), 'resnet.pth');
    writeFileSync(`${path}.part`, part);
    writeFileSync(`${path}.part.json`, JSON.stringify({ url, validator }));
    return path;
  }

  test('follows redirects to another server that it trusts, with the range, and tells of one that leads in a circle', async () => {
    const seen: (string | undefined)[] = [];
    const store = await serve(withRanges(seen, 100_000));
    const url = await serve((_, response) => response.writeHead(302, { location: store }).end());
    const path = join(temporaryFolder(), 'resnet.pth');
    const trusted = [new URL(store).origin];
    await expect(get(url, path, sha256, trusted)).rejects.toThrow(/run the command again to continue/);
    await get(url, path, sha256, trusted);
    expect(seen).toEqual([undefined, 'bytes=100000-']);
    expect(readFileSync(path).equals(body)).toBe(true);
    const circle: string = await serve((_, response) => response.writeHead(302, { location: circle }).end());
    await expect(get(circle, `${path}2`)).rejects.toThrow(/cannot be downloaded \(redirect count exceeded\)/);
  });

  test('a part that is the whole file is accepted when the server has no more (416), else the file comes anew', async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.headers.range);
      if (request.headers.range !== undefined)
        response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
      else response.writeHead(200, { 'content-length': body.length, etag: '"one"' }).end(body);
    });
    const whole = leftBehind(url, body);
    await get(url, whole);
    expect(seen).toEqual(['bytes=300000-']);
    expect(readdirSync(join(whole, '..'))).toEqual(['resnet.pth']);
    const strange = leftBehind(url, Buffer.alloc(400_000, 'other'));
    await get(url, strange);
    expect(seen.slice(1)).toEqual(['bytes=400000-', undefined]);
    expect(readFileSync(strange).equals(body)).toBe(true);
  });

  test('a server that answers with another range than asked for, or joins two files, does not spoil the file', async () => {
    let asked = 0;
    const elsewhere = await serve((request, response) => {
      asked++;
      const range = request.headers.range !== undefined;
      response.writeHead(range ? 206 : 200, {
        etag: '"one"',
        ...(range ? { 'content-range': `bytes 0-${body.length - 1}/${body.length}` } : {}),
      });
      response.end(body);
    });
    const path = leftBehind(elsewhere, body.subarray(0, 1000));
    await get(elsewhere, path);
    expect(asked).toBe(2);
    expect(readFileSync(path).equals(body)).toBe(true);

    const seen: (string | undefined)[] = [];
    const sound = await serve(withRanges(seen));
    const spoilt = leftBehind(sound, Buffer.alloc(1000, 'spoilt'));
    await get(sound, spoilt);
    expect(seen).toEqual(['bytes=1000-', undefined]);
    expect(readFileSync(spoilt).equals(body)).toBe(true);
  });

  test('asks for no range where the server gave nothing to know the file by, and for no compression', async () => {
    const headers: IncomingMessage['headers'][] = [];
    const url = await serve((request, response) => {
      headers.push(request.headers);
      response.writeHead(200, { etag: 'W/"weak"' });
      if (headers.length === 1)
        response.write(body.subarray(0, 5000), () => setTimeout(() => response.destroy(), 50));
      else response.end(body);
    });
    const path = join(temporaryFolder(), 'resnet.pth');
    await expect(get(url, path)).rejects.toThrow();
    await get(url, path);
    expect(readFileSync(path).equals(body)).toBe(true);
    expect(headers.map(({ range }) => range)).toEqual([undefined, undefined]);
    expect(headers.map((one) => one['accept-encoding'])).toEqual(['identity', 'identity']);
  });

  test('a wrong hash, an error of the server and no server are told in a sentence, and leave no file', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'resnet.pth');
    await expect(get(await serve(withRanges([])), path, 'ffff')).rejects.toThrow(
      /expected a file with the SHA-256 ffff…, but the download has/,
    );
    const missing = await serve((_, response) => response.writeHead(404).end());
    await expect(get(missing, path)).rejects.toThrow(
      /responded with 404 .*download .* save it as .*resnet\.pth/,
    );
    const closed = await serve(withRanges([]));
    servers.at(-1)!.close();
    await expect(get(closed, path)).rejects.toThrow(
      /cannot be downloaded .*ECONNREFUSED.*download .* on a machine with a connection/,
    );
    expect(readdirSync(folder).filter((name) => name.endsWith('.pth'))).toEqual([]);
  });
});

const call = async (...argv: string[]) => {
  const io = recordingIo();
  const code = await main(argv, io);
  return { code, out: io.stdout, err: io.stderr };
};

describe('weights', () => {
  test('list names what can be fetched; an unknown name gets the nearest', async () => {
    const { out } = await call('weights', 'list', '--json');
    expect((JSON.parse(out) as { name: string }[]).map(({ name }) => name)).toEqual([
      'resnet34',
      'resnet34-a1',
      'resnet34-tv',
      'resnet18',
      'resnet50',
      'wide_resnet50_2',
      'dinov2-s',
      'dinov2-b',
      'dinov2-reg-s',
      'dinov2-reg-b',
    ]);
    const { code, err } = await call('weights', 'fetch', 'resnet35');
    expect(code).toBe(2);
    expect(err).toMatch(/did you mean "resnet34"/);
  });

  test('convert folds and keeps what is needed; --encoder reads the same of either file', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'encoder.safetensors');
    const tensors = tinyEncoderTensors();
    tensors.set('fc.weight', { dtype: 'F32', shape: [2], data: new Float32Array(2) });
    writeFileSync(file, writeSafetensors(tensors, {}));
    const out = join(folder, 'out.safetensors');
    const { code, out: text } = await call('weights', 'convert', file, '--out', out);
    expect(text).toMatch(/encoder: resnet18, width 8, 30 tensors/);
    expect(code).toBe(0);
    const converted = readSafetensors(new Uint8Array(readFileSync(out)), 'out').tensors;
    expect(converted.has('fc.weight')).toBe(false);
    expect(converted.get('conv1.weight')).toEqual(tensors.get('conv1.weight'));
    const same = await call('weights', 'convert', file);
    expect(same.err).toMatch(/would be replaced by itself/);
  });

  test('a name that is not in the cache says how to get it', async () => {
    const { err, code } = await call(
      'train',
      '--data',
      'synthetic',
      '--out',
      join(temporaryFolder(), 'r'),
      '--encoder',
      'resnet34-a1',
    );
    expect(code).toBe(2);
    expect(err).toMatch(/download it with `pyramid-mamba weights fetch resnet34-a1`/);
  });
});
