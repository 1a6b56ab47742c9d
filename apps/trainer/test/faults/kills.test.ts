// SIGKILL at each file system call of a command, with real processes; at a sample of them without FUZZ=full. Then two processes
// that start together on one run.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@pyramid-mamba/data';
import { expect, test } from 'vitest';
import { Run } from '../../src/run/run.js';
import { FolderLock } from '@pyramid-mamba/runs/node';
import { noteCases } from '../kit.js';
import type { Fault } from './injected.js';
import {
  callsOf,
  data,
  encoder,
  expectReadable,
  FULL,
  home,
  leftBehind,
  live,
  SEED,
  sound,
  tally,
  TIMEOUT,
  together,
  trainArgs,
  weightsOf,
  whole,
  type Life,
} from './processes.js';

/** Calls per command at which it is killed, unless all are tried. */
const SAMPLE = Number(process.env['FAULTS'] ?? 1);

/**
 * Kills a command at each call below `under`, or at a sample of them: before the call or, for a write, half way through it. `before`
 * prepares the folder; `look` is called after the kill and after the run that follows it.
 */
async function killAtCalls(
  name: string,
  under: string,
  before: () => void,
  args: () => string[],
  look: (life: Life) => Promise<void> | void,
): Promise<void> {
  const begun = performance.now();
  before();
  await look(await live(args(), { under }));
  const calls = callsOf();
  const all = calls.flatMap((call, at): Fault[] => {
    if (/^(read|list|open to read) /.test(call)) return [];
    const fault: Fault = { kind: 'SIGKILL', at };
    return call.startsWith('write ') ? [fault, { ...fault, half: true }] : [fault];
  });
  const random = seededRandom('kills at calls', name, SEED);
  const chosen = FULL ? all : Array.from({ length: SAMPLE }, () => all[Math.floor(random() * all.length)]!);
  let killed = 0;
  for (const fault of chosen) {
    before();
    const life = await live(args(), { under, fault });
    if (life.killed) killed++;
    try {
      await look(life);
      await sound(args());
      await look({ killed: false, ms: 0 });
    } catch (error) {
      throw new Error(
        `${name}, killed at call ${fault.at}, ${calls[fault.at]}: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
  }
  // the order and number of calls vary a little between runs
  expect(killed).toBeGreaterThanOrEqual(chosen.length * 0.9);
  noteCases(killed);
  tally(`${name}, at calls`, begun, { calls: calls.length, kills: killed });
}

const RESULTS = ['metrics.json', 'scores.jsonl', 'curves.json', 'summary.txt', 'model.safetensors'];

/** Makes a folder a copy of another one, or empty. */
function restore(from: string | undefined, to: string): void {
  rmSync(to, { recursive: true, force: true });
  if (from === undefined) mkdirSync(to);
  else cpSync(from, to, { recursive: true });
}

const disk = join(home, 'disk');
const out = join(disk, 'run');

test(
  'train, killed at file system calls, resumes to the same bits',
  async () => {
    const wanted = weightsOf(whole);
    await killAtCalls(
      'train',
      disk,
      () => restore(undefined, disk),
      () => trainArgs(out, ...(new Run(out).exists() ? ['--resume'] : [])),
      async ({ killed }) => {
        await expectReadable(out);
        if (killed) return;
        expect(weightsOf(out).equals(wanted)).toBe(true);
        expect(leftBehind(out)).toBe(0);
      },
    );
  },
  TIMEOUT,
);

const TREES = ['maps', 'viewer'];
/** All results of a run, for comparison. */
function resultsOf(run: string): string {
  const files = [
    ...RESULTS,
    ...TREES.flatMap((tree) =>
      existsSync(join(run, tree))
        ? readdirSync(join(run, tree), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name).slice(run.length + 1))
        : [],
    ),
  ].sort();
  const hash = createHash('sha256');
  for (const name of files) {
    const path = join(run, name);
    hash.update(`\n${name} `).update(existsSync(path) ? readFileSync(path) : 'none');
  }
  return hash.digest('hex');
}

test.each(['evaluate', 'report'])(
  '%s, killed at file system calls, leaves the complete old or the complete new results',
  async (command) => {
    const old = join(home, `old-${command}`);
    restore(whole, old);
    await sound(['evaluate', old]);
    const after = resultsOf(old);
    if (command === 'evaluate') {
      // older results, none of which may be left or mixed with the new ones
      for (const name of ['scores.jsonl', 'curves.json', 'summary.txt'])
        writeFileSync(join(old, name), '{}\n');
      writeFileSync(join(old, 'maps', 'old.png'), '');
      writeFileSync(join(old, 'viewer', 'old.webp'), '');
    }
    const before = resultsOf(old);
    await killAtCalls(
      command,
      disk,
      () => {
        restore(undefined, disk);
        restore(old, out);
      },
      () => [command, out],
      async ({ killed }) => {
        await expectReadable(out);
        // committed results count as in place: the next command moves them
        if (killed) await new Run(out).finishExchanges();
        if (killed) expect([before, after]).toContain(resultsOf(out));
        else expect(resultsOf(out)).toBe(after);
        if (killed) return;
        expect(leftBehind(out)).toBe(0);
        if (command === 'report') expect(existsSync(join(out, 'report', 'report.html'))).toBe(true);
      },
    );
  },
  TIMEOUT,
);

test(
  'weights convert, killed at file system calls, leaves the complete old or the complete new file',
  async () => {
    const converted = join(disk, 'converted.safetensors');
    const args = ['weights', 'convert', encoder, '--out', converted];
    restore(undefined, disk);
    await sound(args);
    const wanted = readFileSync(converted);
    await killAtCalls(
      'weights convert',
      disk,
      () => {
        restore(undefined, disk);
        writeFileSync(converted, 'the old file');
      },
      () => args,
      ({ killed }) => {
        const now = readFileSync(converted);
        if (!(killed && now.toString() === 'the old file')) expect(now.equals(wanted)).toBe(true);
      },
    );
  },
  TIMEOUT,
);

test(
  'of two processes that start together on one run, one reports the other or both succeed',
  async () => {
    const predict = [
      'predict',
      join(data, 'tile', 'test'),
      '--model',
      whole,
      '--backend',
      'wasm',
      '--out',
      out,
    ];
    const pairs: [string, string[][]][] = [
      ['two trainings', [trainArgs(out), trainArgs(out)]],
      ['two resumed trainings', [trainArgs(out, '--resume'), trainArgs(out, '--resume')]],
      ['a training and an evaluation', [trainArgs(out, '--resume'), ['evaluate', out]]],
      [
        'two evaluations',
        [
          ['evaluate', out],
          ['evaluate', out],
        ],
      ],
      [
        'an evaluation and a report',
        [
          ['evaluate', out],
          ['report', out],
        ],
      ],
      ['two predictions', [predict, predict]],
    ];
    const random = seededRandom('pairs', SEED);
    const chosen = FULL ? pairs : [pairs[Math.floor(random() * pairs.length)]!];
    const begun = performance.now();
    for (const [name, lines] of chosen) {
      rmSync(out, { recursive: true, force: true });
      if (name !== 'two trainings' && name !== 'two predictions') {
        cpSync(whole, out, { recursive: true });
        if (name === 'an evaluation and a report') await sound(['evaluate', out]);
      }
      const ended = await together(lines);
      expect(
        ended.some(({ code }) => code === 0),
        `${name}: ${ended.map(({ err }) => err).join()}`,
      ).toBe(true);
      for (const { code, err } of ended) {
        if (code === 0) continue;
        expect(code, `${name}: ${err}`).toBe(2);
        // or the run does not exist yet
        expect(err, name).toMatch(/is in use by `|already holds|--overwrite/);
      }
      await expectReadable(out);
      if (!name.includes('prediction')) expect(weightsOf(out).equals(weightsOf(whole)), name).toBe(true);
      await (await FolderLock.take(out, 'test')).release();
      expect(leftBehind(out), name).toBe(0);
    }
    noteCases(chosen.length);
    tally('two at once', begun, { pairs: chosen.length });
  },
  TIMEOUT,
);
