// Commands as real processes: started, counted, killed. Imported by test files; bundles the command line once for each, and trains
// `whole` with it.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readFeatureFile, readSafetensors } from '@pyramid-mamba/model';
import { afterAll, beforeAll, expect } from 'vitest';
import { main } from '../../src/main.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from '../kit.js';
import { bundle, commandBundle } from './bundle.js';
import type { Fault } from './injected.js';

export const FULL = process.env['FUZZ'] === 'full';
export const TIMEOUT = FULL ? 6 * 3_600_000 : 30 * 60_000;
export const SEED = process.env['KILL_SEED'] ?? '1';

const { start, remove } = commandBundle();
export const home = temporaryFolder();
export const data = join(home, 'data');
export const encoder = join(home, 'encoder.safetensors');

beforeAll(async () => {
  await bundle(start);
  await tinyDataset(data);
  tinyEncoder(encoder);
  await live(trainArgs(whole), { writesCode: true });
});
const tallies: Record<string, Record<string, number>> = {};
/** Records what a test did, for the figures at the end. */
export const tally = (name: string, begun: number, counts: Record<string, number>) => {
  tallies[name] = { ...counts, seconds: Math.round((performance.now() - begun) / 1000) };
};
afterAll(() => {
  remove();
  if (FULL) console.log('processes:', tallies);
});

export interface Life {
  /** Whether it was killed before it ended. */
  killed: boolean;
  ms: number;
}

interface Circumstances {
  /** Milliseconds after which it is killed. */
  killAfter?: number;
  /** Calls below this folder are counted and logged to a file that `callsOf` reads. */
  under?: string;
  /** The fault injected at one of them. */
  fault?: Fault;
  /** The code that it has compiled is kept for those that follow. */
  writesCode?: boolean;
}

const callLog = join(home, 'calls.json');
export const callsOf = (): string[] => JSON.parse(readFileSync(callLog, 'utf8')) as string[];

/** Starts a command. */
export function begin(args: string[], { under, fault, writesCode }: Circumstances = {}) {
  const env = {
    ...process.env,
    ...(under && { FAULT_UNDER: under, FAULT_LOG: callLog }),
    ...(fault && { FAULT: JSON.stringify(fault) }),
    ...(writesCode && { CODE_CACHE: 'write' }),
  };
  return spawn(process.execPath, [start, ...args], {
    cwd: home,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Runs a command to its end, or until it is killed. It must report no error. */
export async function live(args: string[], circumstances: Circumstances = {}): Promise<Life> {
  const { killAfter = Infinity } = circumstances;
  const begun = performance.now();
  const child = begin(args, circumstances);
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
  const timer = Number.isFinite(killAfter) ? setTimeout(() => child.kill('SIGKILL'), killAfter) : undefined;
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  clearTimeout(timer);
  expect(err).toBe('');
  const killed = signal === 'SIGKILL';
  if (!killed) expect(code).toBe(0);
  return { killed, ms: performance.now() - begun };
}

/** Runs a command to its end in this process: what follows a kill depends only on the files, and here all code is warm. */
export async function sound(args: string[]): Promise<void> {
  const io = recordingIo();
  const code = await main(args, io);
  expect([code, io.stderr]).toEqual([0, '']);
}

/** A run that is trained to its end. */
export const whole = join(home, 'whole');
export const cache = join(home, 'cache');
// the smallest network: a run takes a few seconds even under load, half of them after start-up
export const trainArgs = (out: string, ...more: string[]) =>
  words(
    `train --data ${data} --out ${out} --encoder ${encoder} --cache ${cache} --backend wasm --workers 1 ` +
      '--input-size 32 --grids 1 --batch-size 4 --epochs 3 ' +
      '--set model.mff.bottlenecks=1 --set model.decoder.dState=4 --set model.decoder.depths=[2,2,2,2]',
  ).concat(more);

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** Every file of a run and every cached feature file must be complete. */
export async function expectReadable(run: string): Promise<void> {
  const there = (name: string) => existsSync(join(run, name));
  for (const name of ['config.json', 'metrics.json', 'curves.json', 'viewer/viewer.json'].filter(there))
    json(join(run, name));
  for (const name of ['train.jsonl', 'scores.jsonl'].filter(there)) {
    const text = readFileSync(join(run, name), 'utf8');
    if (text === '') continue;
    expect(text.endsWith('\n')).toBe(true);
    for (const line of text.trimEnd().split('\n')) JSON.parse(line);
  }
  for (const name of ['checkpoint/last.safetensors', 'model.safetensors'].filter(there))
    readSafetensors(new Uint8Array(readFileSync(join(run, name))), name);
  if (!existsSync(cache)) return;
  for (const name of readdirSync(cache, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.f16')) continue;
    const bytes = new Uint8Array(readFileSync(join(cache, name)));
    const length = (statSync(join(cache, name)).size - 40) / 2;
    expect(await readFeatureFile(bytes, length), name).toBeDefined();
  }
}

/** Temporary files and folders left by killed processes: proof that they were writing. */
export const leftBehind = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
        /^\..*\.tmp$/.test(basename(name)),
      ).length
    : 0;

/** All numbers of a model's weights in order. */
export const weightsOf = (run: string): Buffer => {
  const path = join(run, 'model.safetensors');
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(path)), path);
  return Buffer.concat(
    [...tensors.values()].map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  );
};

/** Runs commands that start together; returns their exit codes and outputs. */
export async function together(lines: string[][]): Promise<{ code: number | null; err: string }[]> {
  return Promise.all(
    lines.map(async (args) => {
      const child = begin(args);
      let err = '';
      child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
      const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
      return { code, err };
    }),
  );
}
