// SIGKILL at random moments, with real processes: 334 moments per command with FUZZ=full, otherwise one of `weights convert`; kills.test.ts kills the
// others at calls of the file system in any case.
// KILL_SEED draws others, KILLS sets their number.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@pyramid-mamba/data';
import { writeSafetensors } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import {
  cache,
  expectReadable,
  FULL,
  home,
  leftBehind,
  live,
  SEED,
  tally,
  TIMEOUT,
  trainArgs,
  whole,
  type Life,
} from './processes.js';
import { tinyEncoderTensors } from '../kit.js';

if (!FULL) console.warn('SKIPPED: train and evaluate killed at random moments; FUZZ=full kills them.');
const KILLS = Number(process.env['KILLS'] ?? (FULL ? 334 : 1));

/**
 * Kills a command KILLS times, each at a random moment of its duration, and checks the files after each kill; then runs it to
 * its end. `span` is the duration of a whole run in milliseconds.
 */
async function killAtRandom(
  name: string,
  span: number,
  args: () => string[],
  look: (life: Life) => Promise<void> | void,
): Promise<void> {
  const random = seededRandom('kills', name, SEED);
  let longest = span;
  const begun = performance.now();
  for (let kills = 0, lives = 0; kills < KILLS; lives++) {
    if (lives > 10 * KILLS) throw new Error(`${name} ended before its moment in most of ${lives} lives`);
    const life = await live(args(), { killAfter: random() * longest });
    await look(life);
    // the load of the machine varies: without this, under high load all kills would fall into the start-up
    if (life.killed) {
      kills++;
      longest *= 1.1;
    } else longest = life.ms;
  }
  tally(`${name}, at random`, begun, { kills: KILLS });
  await look(await live(args()));
}

const cut = join(home, 'cut');

test.skipIf(!FULL)(
  `train, killed at ${KILLS} random moments: only whole files, and where it ends, the bits of a run that never was`,
  async () => {
    const { ms } = await live(trainArgs(cut));
    const model = () => readFileSync(join(cut, 'model.safetensors'));
    const wanted = readFileSync(join(whole, 'model.safetensors'));
    expect(model().equals(wanted)).toBe(true);
    rmSync(cut, { recursive: true });
    rmSync(cache, { recursive: true });
    let begun = 0;
    let ended = 0;
    await killAtRandom(
      'train',
      ms,
      () => trainArgs(cut, ...(existsSync(join(cut, 'config.json')) ? ['--resume'] : [])),
      async ({ killed }) => {
        await expectReadable(cut);
        if (killed && existsSync(cut)) begun++;
        if (killed) return;
        ended++;
        expect(model().equals(wanted)).toBe(true);
        // the next runs start from an empty folder, without cached features
        rmSync(cut, { recursive: true });
        rmSync(cache, { recursive: true });
      },
    );
    expect(ended).toBeGreaterThan(0);
    if (FULL) expect(begun).toBeGreaterThan(KILLS / 5);
  },
  TIMEOUT,
);

const RESULTS = ['metrics.json', 'scores.jsonl', 'curves.json', 'summary.txt', 'model.safetensors'];

test.skipIf(!FULL)(
  `evaluate, killed at ${KILLS} random moments: only whole files, and where it ends, the results of one that never was`,
  async () => {
    // the summary of a run contains its own wall time
    rmSync(cut, { recursive: true, force: true });
    const { ms } = await live(['evaluate', whole]);
    const wanted = new Map(RESULTS.map((name) => [name, readFileSync(join(whole, name))]));
    let writing = 0;
    await killAtRandom(
      'evaluate',
      ms,
      () => ['evaluate', whole],
      async ({ killed }) => {
        await expectReadable(whole);
        if (killed && leftBehind(whole) > 0) writing++;
        if (killed) return;
        for (const [name, bytes] of wanted)
          expect(readFileSync(join(whole, name)).equals(bytes), name).toBe(true);
        expect(leftBehind(whole)).toBe(0);
        // every other run starts without results
        for (const name of ['metrics.json', 'scores.jsonl', 'curves.json', 'maps', 'viewer'])
          rmSync(join(whole, name), { recursive: true, force: true });
      },
    );
    if (FULL) expect(writing).toBeGreaterThan(0);
  },
  TIMEOUT,
);

test(
  `weights convert, killed at ${KILLS} random moments: a whole file, the one before, or none`,
  async () => {
    const file = join(home, 'in.safetensors');
    // as wide as the real encoder, so that there is enough to read and write
    writeFileSync(file, writeSafetensors(tinyEncoderTensors(1, 64), {}));
    const source = readFileSync(file);
    const out = join(home, 'converted.safetensors');
    const args = ['weights', 'convert', file, '--out', out];
    const { ms } = await live(args);
    const wanted = readFileSync(out);
    await killAtRandom(
      'convert',
      ms,
      () => args,
      ({ killed }) => {
        expect(readFileSync(file).equals(source)).toBe(true);
        if (!killed) expect(existsSync(out)).toBe(true);
        if (!existsSync(out)) return;
        expect(readFileSync(out).equals(wanted)).toBe(true);
        // half of the runs have no older file to fall back to
        if (!killed) rmSync(out);
      },
    );
  },
  TIMEOUT,
);
