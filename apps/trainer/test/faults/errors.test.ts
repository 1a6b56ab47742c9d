// Each file system call of evaluate, report, train and weights fails once, or from then on. Afterwards every file is readable,
// the results are the old or the new ones, and running the command again gives the result of a run without the fault.
// A seeded sample of the calls; all of them with FUZZ=full. Killed processes: kills.test.ts.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom, syntheticDataset } from '@pyramid-mamba/data';
import { writeDataset } from '@pyramid-mamba/data/node';
import { readSafetensors } from '@pyramid-mamba/model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isMendable } from '../../src/errors.js';
import { main } from '../../src/main.js';
import { Run } from '../../src/run/run.js';
import { download } from '../../src/weights/download.js';
import { arm, disarm, install, type Fault } from './injected.js';
import { noteCases, recordingIo, temporaryFolder, tinyEncoder, words } from '../kit.js';

const FULL = process.env['FUZZ'] === 'full';
/** Cases per command where not all are run; FAULTS sets their number, FAULT_SEED draws others. */
const SAMPLE = Number(process.env['FAULTS'] ?? 3);
const SEED = process.env['FAULT_SEED'] ?? '1';
const TIMEOUT = FULL ? 6 * 3_600_000 : 600_000;

const home = temporaryFolder();
const [data, encoder, cache] = [join(home, 'data'), join(home, 'encoder.safetensors'), join(home, 'cache')];
/** The folder in which faults are injected. */
const disk = join(home, 'disk');
const run = join(disk, 'run');
const TRAIN =
  `train --data ${data} --encoder ${encoder} --backend wasm --workers 1 --input-size 32 --grids 1 ` +
  '--batch-size 2 --epochs 2 --set model.mff.bottlenecks=1 --set model.decoder.dState=4 --set model.decoder.depths=[2,2,2,2]';

async function call(line: string) {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
}

async function sound(line: string): Promise<void> {
  const { code, err } = await call(line);
  expect([code, err]).toEqual([0, '']);
}

beforeAll(async () => {
  await writeDataset(
    syntheticDataset({ classes: ['tile'], trainPerClass: 4, testGoodPerClass: 2, testPerDefect: 1 }),
    data,
    64,
  );
  tinyEncoder(encoder);
  await install();
});

const tallies: Record<string, { calls: number; cases: number; seconds: number }> = {};
afterAll(() => {
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  if (FULL || process.env['FAULTS'])
    console.log('faults of the file system:', tallies, `peak memory ${peak} MiB`);
});

const KINDS: Omit<Fault, 'at'>[] = [
  { kind: 'ENOSPC', lasting: true },
  { kind: 'ENOSPC', half: true },
  { kind: 'EIO' },
  { kind: 'EROFS', lasting: true },
  { kind: 'EACCES' },
];

/** Makes a folder a copy of another one. */
function restore(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  if (existsSync(from)) cpSync(from, to, { recursive: true });
  else mkdirSync(to, { recursive: true });
}

/** All files below a folder by name, except temporary files and logs with times. */
function contents(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found.set(path.slice(folder.length + 1), createHash('sha256').update(readFileSync(path)).digest('hex'));
  }
  return found;
}

interface Command {
  name: string;
  /** Sets `disk` to its state before the command. */
  before: () => void;
  /** Runs the command; returns its exit code and output. */
  act: () => Promise<{ code: number; err: string }>;
  /** Checks the state after a fault, before anything is run again. */
  look: () => Promise<void>;
  /** Runs the command once more without a fault and checks the result. */
  again: () => Promise<void>;
}

/** Runs the command with a fault at each of its calls, or at a sample of them. */
async function withEveryFault({ name, before, act, look, again }: Command): Promise<void> {
  const begun = performance.now();
  before();
  arm(disk);
  const whole = await act();
  const calls = disarm().length;
  expect([whole.code, whole.err]).toEqual([0, '']);
  expect(calls).toBeGreaterThan(5);
  await again();
  const cases: Fault[] = KINDS.flatMap((kind) => Array.from({ length: calls }, (_, at) => ({ ...kind, at })));
  const random = seededRandom('faults', name, SEED);
  const chosen = FULL
    ? cases
    : Array.from({ length: SAMPLE }, () => cases[Math.floor(random() * cases.length)]!);
  for (const fault of chosen) {
    const what = `${name}: ${JSON.stringify(fault)}`;
    before();
    arm(disk, { ...fault });
    const { code, err } = await act();
    const made = disarm();
    const where = `${what}, ${made[fault.at]}`;
    // a fault after the work is done, or in an optional step, may pass
    expect([0, 2], `${where}: ${err}`).toContain(code);
    if (code === 2) expect(err, where).toMatch(/^(note: .*\n)*error: [^\n]+\n$/);
    try {
      await look();
      await again();
    } catch (error) {
      throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
    }
  }
  noteCases(chosen.length);
  tallies[name] = { calls, cases: chosen.length, seconds: Math.round((performance.now() - begun) / 1000) };
}

/** Every file of a run must be complete. */
function expectReadable(folder: string): void {
  for (const name of ['config.json', 'metrics.json', 'curves.json', 'viewer/viewer.json'])
    if (existsSync(join(folder, name))) JSON.parse(readFileSync(join(folder, name), 'utf8'));
  for (const name of ['train.jsonl', 'scores.jsonl']) {
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    for (const line of readFileSync(path, 'utf8').split('\n')) if (line !== '') JSON.parse(line);
  }
  for (const name of ['checkpoint/last.safetensors', 'model.safetensors']) {
    const path = join(folder, name);
    if (existsSync(path)) readSafetensors(new Uint8Array(readFileSync(path)), name);
  }
}

const hidden = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('.'));
const RESULTS = [
  'metrics.json',
  'scores.jsonl',
  'curves.json',
  'summary.txt',
  'maps',
  'viewer',
  'model.safetensors',
];

/** The results among the contents of a run, as one text. */
const resultsOf = (folder: string): string =>
  [...contents(folder)]
    .filter(([name]) => RESULTS.some((one) => name === one || name.startsWith(`${one}/`)))
    .sort()
    .join('\n');

test(
  'evaluate',
  async () => {
    const [trained, other, old] = [join(home, 'trained'), join(home, 'other'), join(home, 'old')];
    for (const [folder, seed] of [
      [trained, 1],
      [other, 2],
    ] as const) {
      await sound(`${TRAIN} --out ${folder} --cache ${cache} --seed ${seed}`);
    }
    // the old results belong to another model, so that old and new differ in every file
    cpSync(trained, old, { recursive: true });
    await sound(`evaluate ${other}`);
    for (const name of RESULTS.filter((one) => one !== 'model.safetensors'))
      cpSync(join(other, name), join(old, name), { recursive: true });
    const [before, after] = [resultsOf(old), { text: '' }];
    await withEveryFault({
      name: 'evaluate',
      before: () => restore(old, run),
      act: () => call(`evaluate ${run}`),
      look: async () => {
        expectReadable(run);
        // committed results count as in place: the next command moves them
        await new Run(run).finishExchanges();
        expect([before, after.text]).toContain(resultsOf(run));
      },
      again: async () => {
        await sound(`evaluate ${run}`);
        after.text ||= resultsOf(run);
        expect(after.text).not.toBe(before);
        expect(resultsOf(run)).toBe(after.text);
        expect(hidden(run)).toEqual([]);
      },
    });
  },
  TIMEOUT,
);

test(
  'report',
  async () => {
    const old = join(home, 'reported');
    await sound(`${TRAIN} --out ${old} --cache ${cache}`);
    await sound(`evaluate ${old}`);
    mkdirSync(join(old, 'report'));
    writeFileSync(join(old, 'report', 'report.html'), 'of an earlier evaluation');
    const names = (folder: string) => [...contents(join(folder, 'report')).keys()].sort();
    const before = names(old);
    let after: string[] = [];
    await withEveryFault({
      name: 'report',
      before: () => restore(old, run),
      act: () => call(`report ${run}`),
      look: async () => {
        expectReadable(run);
        await new Run(run).finishExchanges();
        expect([before, after]).toContainEqual(names(run));
      },
      again: async () => {
        await sound(`report ${run}`);
        if (after.length === 0) after = names(run);
        expect(names(run)).toEqual(after);
        expect(after.length).toBeGreaterThan(before.length);
        expect(hidden(run)).toEqual([]);
      },
    });
  },
  TIMEOUT,
);

test(
  'train, and --resume after it',
  async () => {
    const whole = join(home, 'whole');
    await sound(`${TRAIN} --out ${whole} --cache ${cache}`);
    const model = (folder: string) => readFileSync(join(folder, 'model.safetensors'));
    await withEveryFault({
      name: 'train',
      before: () => restore(join(home, 'nothing'), disk),
      act: () => call(`${TRAIN} --out ${run} --cache ${join(disk, 'cache')}`),
      look: () => {
        expectReadable(run);
        return Promise.resolve();
      },
      again: async () => {
        const resume = new Run(run).exists() ? ' --resume' : '';
        await sound(`${TRAIN} --out ${run} --cache ${join(disk, 'cache')}${resume}`);
        expect(model(run).equals(model(whole))).toBe(true);
        expect(hidden(run)).toEqual([]);
      },
    });
  },
  TIMEOUT,
);

test(
  'weights convert',
  async () => {
    const out = join(disk, 'converted.safetensors');
    const line = `weights convert ${encoder} --out ${out}`;
    let wanted: Buffer | undefined;
    await withEveryFault({
      name: 'weights convert',
      before: () => {
        restore(join(home, 'nothing'), disk);
        writeFileSync(out, 'the old file');
      },
      act: () => call(line),
      look: () => {
        const text = readFileSync(out);
        expect(text.toString() === 'the old file' || text.equals(wanted!)).toBe(true);
        return Promise.resolve();
      },
      again: async () => {
        await sound(line);
        wanted ??= readFileSync(out);
        expect(readFileSync(out).equals(wanted)).toBe(true);
      },
    });
  },
  TIMEOUT,
);

test(
  'weights fetch: the download',
  async () => {
    const bytes = Buffer.alloc(300_000, 'weights');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const server = createServer((request, response) => {
      const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.setHeader('ETag', '"1"');
      if (from > 0) {
        response.writeHead(206, { 'Content-Range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
      }
      response.end(bytes.subarray(from));
    });
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/weights.pth`;
    const path = join(disk, 'weights.pth');
    const fetched = async () => {
      try {
        await download({ url, path, sha256, onProgress: () => undefined });
        return { code: 0, err: '' };
      } catch (error) {
        return { code: isMendable(error) ? 2 : 1, err: `error: ${(error as Error).message}\n` };
      }
    };
    try {
      await withEveryFault({
        name: 'weights fetch',
        before: () => restore(join(home, 'nothing'), disk),
        act: fetched,
        look: () => {
          if (existsSync(path)) expect(readFileSync(path).equals(bytes)).toBe(true);
          return Promise.resolve();
        },
        again: async () => {
          expect(await fetched()).toEqual({ code: 0, err: '' });
          expect(readFileSync(path).equals(bytes)).toBe(true);
        },
      });
    } finally {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  },
  TIMEOUT,
);
