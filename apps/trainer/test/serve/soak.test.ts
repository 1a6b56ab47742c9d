// An hour of load with everything going wrong (`FUZZ=full`, or `SOAK_SECONDS=120` for a try): no result is wrong, lost or doubled.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '@pyramid-mamba/data';
import { afterAll, describe, expect, test } from 'vitest';
import type { Result } from '../../src/serve/journal/entries.js';
import { commandLine } from '../bundled.js';
import { noteCases, temporaryFolder } from '../kit.js';
import { given, models, picture } from './kit.js';

const SECONDS = process.env['FUZZ'] === 'full' ? 3600 : Number(process.env['SOAK_SECONDS'] ?? 0);
/** In an hour: a worker is killed every 30 s, a model put every 60 s; a short run has some of each too. */
const EVERY = {
  kill: Math.min(30, SECONDS / 6),
  put: Math.min(60, SECONDS / 5),
  outage: Math.min(240, SECONDS / 4),
};
const HOSTILE = 0.1;
/** MiB: the trail of all results is kept (a kilobyte each, 40 a second were seen), and the disk must be full only while it is filled. */
const DISK = 64 + Math.ceil(SECONDS / 6);
const CLIENTS = 2;

const home = temporaryFolder();
const at = (name: string) => join(home, name);
const random = seededRandom('soak', Number(process.env['SOAK_SEED'] ?? 1));
const isRoot = process.getuid?.() === 0;

const cleanup: (() => void)[] = [];
afterAll(() => cleanup.reverse().forEach((one) => one()));

/** Bodies that are no pictures, or lie about what they are. */
const hostile: ((sound: Uint8Array) => Uint8Array)[] = [
  (sound) => sound.slice(0, Math.floor(sound.length * random())),
  (sound) => sound.map((byte, i) => (i > 40 && random() < 0.02 ? byte ^ 255 : byte)),
  () => Uint8Array.from({ length: 3000 }, () => random() * 256),
  // a PNG that claims 60,000 by 60,000 pixels
  (sound) => {
    const bytes = Uint8Array.from(sound);
    new DataView(bytes.buffer).setUint32(16, 60_000);
    new DataView(bytes.buffer).setUint32(20, 60_000);
    return bytes;
  },
  () => Buffer.from('GIF89a'),
  () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
];

const lines = (path: string): Result[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Result);
const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
const childrenOf = (pid: number): number[] =>
  spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(Boolean)
    .map(Number);

describe.skipIf(SECONDS === 0 || process.platform !== 'linux')('a station under load and faults', () => {
  test(
    `for ${SECONDS} s gives each picture its one right result`,
    async () => {
      const cli = await commandLine();
      const files = await models();
      const state = at('state');
      mkdirSync(state);
      // a disk of its own that can be full
      const hasDisk =
        isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}m`, 'tmpfs', state]).status === 0;
      if (hasDisk) cleanup.push(() => void spawnSync('umount', ['-l', state]));
      else console.warn('SKIPPED in the soak: a full disk needs the right to mount a tmpfs');
      const incoming = at('incoming');
      mkdirSync(incoming);

      // a receiver that is away again and again
      let isAway = false;
      const hooked = new Map<string, number>();
      const receiver = createServer((request, response) => {
        let body = '';
        request.on('data', (part) => (body += String(part)));
        request.on('end', () => {
          if (isAway) return void response.writeHead(503).end();
          const { id } = JSON.parse(body) as { id: string };
          hooked.set(id, (hooked.get(id) ?? 0) + 1);
          response.writeHead(204).end();
        });
      });
      await new Promise<void>((done) => void receiver.listen(0, '127.0.0.1', done));
      cleanup.push(() => void receiver.close());

      const port = 20_000 + (process.pid % 20_000);
      const config = at('mosquitto.conf');
      writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
      const hasBroker = existsSync('/usr/sbin/mosquitto');
      let broker: ChildProcess | undefined;
      const brokerUp = () => {
        if (hasBroker) broker = spawn('/usr/sbin/mosquitto', ['-c', config], { stdio: 'ignore' });
      };
      brokerUp();
      cleanup.push(() => void broker?.kill());

      const model = given(files.lenient).where;
      const station = spawn(
        process.execPath,
        [
          cli,
          'serve',
          '--model',
          `line=${model}`,
          '--state',
          state,
          '--port',
          '0',
          '--json',
          '--backend',
          'wasm',
          '--workers',
          '2',
          '--watch',
          incoming,
          '--out',
          at('out'),
        ]
          .concat([
            '--jsonl',
            at('results.jsonl'),
            '--log-level',
            'warn',
            '--rotate',
            '10000',
            '--queue',
            '32',
            '--max-body',
            '1',
            '--webhook',
          ])
          .concat([`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`])
          .concat(hasBroker ? ['--mqtt', `mqtt://127.0.0.1:${port}`] : []),
        {
          env: { ...process.env, PYRAMID_MAMBA_WEBHOOK_SECRET: 'a secret for tests only' },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      cleanup.push(() => void station.kill('SIGKILL'));
      let log = '';
      station.stderr.on('data', (part: Buffer) => void (log = (log + part.toString()).slice(-20_000)));
      const ended = new Promise<number | null>((done) => void station.once('exit', done));
      const url = await new Promise<string>((done, fail) => {
        station.stdout.once('data', (line: Buffer) =>
          done((JSON.parse(line.toString()) as { url: string }).url),
        );
        station.once('exit', () => fail(new Error(log)));
      });
      const began = performance.now();
      const rest = () => SECONDS - (performance.now() - began) / 1000;
      const every = async (seconds: number, work: () => Promise<unknown> | void) => {
        while (rest() > seconds) {
          await wait(seconds * 1000);
          await work();
        }
      };

      const sound = await Promise.all(Array.from({ length: 12 }, (_, i) => picture(i)));
      const done = {
        answered: 0,
        hostile: 0,
        again: 0,
        killed: 0,
        put: 0,
        refusedPuts: 0,
        watched: 0,
        full: 0,
      };
      /** Answers with a result, by the name that was sent. */
      const answers = new Map<string, Result>();
      let sent = 0;

      const send = async (bytes: Uint8Array, file: string): Promise<void> => {
        for (;;) {
          const response = await fetch(`${url}/v1/judge?file=${file}`, {
            method: 'POST',
            body: Uint8Array.from(bytes),
            headers: { 'content-type': 'image/png' },
          });
          const body = (await response.json()) as Result;
          if (body.kind === 'result') return void answers.set(file, body);
          // not taken, or not recorded: there is no result of it
          expect([400, 429, 503, 507], JSON.stringify(body)).toContain(response.status);
          if (response.status === 400) return;
          expect(rest(), `still no answer: ${response.status} ${JSON.stringify(body)}`).toBeGreaterThan(-120);
          done.again++;
          await wait(100 * Math.min(10, Number(response.headers.get('retry-after') ?? 1)));
        }
      };
      const client = async () => {
        while (rest() > 0) {
          const file = `${sent++}.png`;
          const one = sound[Math.floor(random() * sound.length)]!;
          if (random() < HOSTILE) {
            done.hostile++;
            const bytes = hostile[Math.floor(random() * hostile.length)]!(one);
            if (bytes.length > 0) await send(bytes, `hostile-${file}`);
            // a body that is shorter than it says, and one that never ends
            const socket = connect(Number(new URL(url).port), '127.0.0.1');
            socket.on('error', () => undefined);
            socket.write(
              'POST /v1/judge HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 9999\r\n\r\n',
            );
            socket.write(one);
            setTimeout(() => socket.destroy(), random() * 5000);
          } else {
            await send(one, file);
            done.answered++;
          }
        }
      };
      // what an hour did so far, for one who waits or has to find out why it stopped
      const diary = () =>
        every(60, () => {
          const { stdout } = spawnSync('du', ['-sm', state], { encoding: 'utf8' });
          const memory = Math.round(memoryOf(station.pid!));
          console.log(`soak, ${Math.round(rest())} s left:`, { ...done, memory, state: parseInt(stdout) });
        });
      const watched: string[] = [];
      const camera = () =>
        every(0.5, () => {
          const name = `${watched.length}.png`;
          writeFileSync(at('next.tmp'), sound[watched.length % sound.length]!);
          renameSync(at('next.tmp'), join(incoming, name));
          watched.push(name);
          done.watched++;
        });
      const killer = () =>
        every(EVERY.kill, () => {
          const [pid] = childrenOf(station.pid!).sort(() => random() - 0.5);
          if (pid !== undefined) process.kill(pid, 'SIGKILL');
          done.killed++;
        });
      const exchanger = () =>
        every(EVERY.put, async () => {
          const bytes = done.put % 2 === 0 ? files.strict : files.lenient;
          const put = (body: Uint8Array) =>
            fetch(`${url}/v1/models/line`, {
              method: 'PUT',
              body: Uint8Array.from(body),
              headers: { 'content-type': 'application/octet-stream' },
            });
          expect((await put(bytes.slice(0, 50_000))).status).toBe(422);
          done.refusedPuts++;
          const { status } = await put(bytes);
          // a full disk leaves the old one
          if (status === 200) done.put++;
        });
      const outages = () =>
        every(EVERY.outage, async () => {
          isAway = true;
          broker?.kill();
          if (hasDisk) {
            done.full++;
            spawnSync('dd', ['if=/dev/zero', `of=${join(state, 'filler')}`, 'bs=1M'], { stdio: 'ignore' });
            await wait(Math.min(20_000, (EVERY.outage * 1000) / 4));
            rmSync(join(state, 'filler'));
          }
          await wait((EVERY.outage * 1000) / 4);
          isAway = false;
          brokerUp();
        });
      let before = 0;
      // after the first requests: caches and the engine's heap have their size then
      const warm = async () => {
        await wait(Math.min(360, SECONDS / 10) * 1000);
        before = memoryOf(station.pid!);
      };
      await Promise.all([
        warm(),
        ...Array.from({ length: CLIENTS }, client),
        camera(),
        killer(),
        exchanger(),
        outages(),
        diary(),
      ]);
      const after = memoryOf(station.pid!);

      // everything that was seen is judged, and every receiver has it
      await expect
        .poll(() => readdirSync(at('out')).length, { timeout: 120_000, interval: 500 })
        .toBe(watched.length);
      await expect
        .poll(() => new Set(lines(at('results.jsonl')).map(({ id }) => id)).size <= hooked.size, {
          timeout: 180_000,
          interval: 500,
        })
        .toBe(true);
      station.kill('SIGTERM');
      expect(await ended, log).toBe(0);

      const results = lines(at('results.jsonl'));
      console.log('soak:', {
        ...done,
        results: results.length,
        seconds: SECONDS,
        hooked: hooked.size,
        repeatedHooks: [...hooked.values()].filter((n) => n > 1).length,
        hasDisk,
        hasBroker,
        memoryMiB: [before, after].map(Math.round),
      });
      noteCases(results.length);
      // doubled
      const ids = new Map(results.map((one) => [one.id, one]));
      expect(ids.size).toBe(results.length);
      expect(
        results
          .filter(({ source }) => source === 'watch')
          .map(({ file }) => file.split('/').at(-1))
          .sort(),
      ).toEqual([...watched].sort());
      // lost
      for (const [file, answer] of answers) expect(ids.get(answer.id), file).toEqual(answer);
      expect(results.filter(({ source }) => source === 'http').length).toBe(answers.size);
      for (const id of ids.keys()) expect(hooked.has(id)).toBe(true);
      // wrong: the same picture has the same score, and its verdict is that of the model it names
      const scores = new Map<string, number>();
      for (const {
        picture: { sha256 },
        score,
        verdict,
        thresholds,
        error,
      } of results) {
        if (error !== null) {
          expect([verdict, score]).toEqual([null, null]);
          continue;
        }
        expect(score).toBe(scores.get(sha256) ?? score);
        scores.set(sha256, score!);
        expect(verdict).toBe(thresholds!.review > 0.5 ? 'OK' : 'NG');
      }
      expect(
        results.filter(
          ({ file, error, source }) => source === 'http' && !file.startsWith('hostile') && error !== null,
        ),
      ).toEqual([]);
      expect(after).toBeLessThan(SECONDS >= 3600 ? before * 1.1 : before * 1.5 + 50);
    },
    SECONDS * 1000 + 600_000,
  );
});
