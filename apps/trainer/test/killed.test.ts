// What SIGKILL at moments drawn by lot leaves behind, with real processes: 50 moments a command with FUZZ=full, else 3.
// KILL_SEED draws others, KILLS as many as it says.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@pyramid-mamba/data';
import { readFeatureFile, readSafetensors, writeSafetensors } from '@pyramid-mamba/model';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder, tinyDataset, tinyEncoder, tinyEncoderTensors, words } from './kit.js';

const FULL = process.env['FUZZ'] === 'full';
const KILLS = Number(process.env['KILLS'] ?? (FULL ? 50 : 3));
const SEED = process.env['KILL_SEED'] ?? '1';

const package_ = fileURLToPath(new URL('..', import.meta.url));
// one file, so that a start costs little: compiling every module would be most of a life. Beside package.json, as dist/cli.js is
const bundle = join(package_, `.bundle-${process.pid}`, 'cli.js');
const hook = join(package_, '../../tools/tfjs-esm-hook.mjs');
const home = temporaryFolder();
const data = join(home, 'data');
const encoder = join(home, 'encoder.safetensors');

const { dependencies, devDependencies } = JSON.parse(
  readFileSync(join(package_, 'package.json'), 'utf8'),
) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
/** What Node loads from `node_modules`; our own packages are bundled from their sources. */
const installed = Object.keys({ ...dependencies, ...devDependencies }).filter(
  (name) => !name.startsWith('@pyramid-mamba/'),
);

beforeAll(async () => {
  await build({
    entryPoints: [join(package_, 'src/cli.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@pyramid-mamba/source'],
    logLevel: 'error',
    external: installed,
  });
  await tinyDataset(data);
  tinyEncoder(encoder);
});
afterAll(() => rmSync(join(bundle, '..'), { recursive: true, force: true }));

interface Life {
  /** Whether it was killed before it ended by itself. */
  killed: boolean;
  ms: number;
}

/** Runs a command to its end, or until it is killed after `killAfter` milliseconds. It must have nothing to complain of. */
async function live(args: string[], killAfter = Infinity): Promise<Life> {
  const begun = performance.now();
  const child = spawn(process.execPath, ['--import', hook, bundle, ...args], {
    cwd: home,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
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

/**
 * Kills a command until that has happened KILLS times, each at a moment drawn from the whole of a life, and looks at what is there
 * after each; then lets it live once more. `span` is a whole life in milliseconds.
 */
async function killAtRandom(
  name: string,
  span: number,
  args: () => string[],
  look: (life: Life) => Promise<void> | void,
): Promise<void> {
  const random = seededRandom('kills', name, SEED);
  let longest = span;
  for (let kills = 0, lives = 0; kills < KILLS; lives++) {
    if (lives > 10 * KILLS) throw new Error(`${name} ended before its moment in most of ${lives} lives`);
    const life = await live(args(), random() * longest);
    await look(life);
    // a machine grows busier and idler: without this, all moments of a busy hour would fall into the start of a life
    if (life.killed) {
      kills++;
      longest *= 1.1;
    } else longest = life.ms;
  }
  await look(await live(args()));
}

const [whole, cut] = [join(home, 'whole'), join(home, 'cut')];
const cache = join(home, 'cache');
// the smallest network there is: a life is then a few seconds even on a busy machine, half of them outside of starting
const trainArgs = (out: string, ...more: string[]) =>
  words(
    `train --data ${data} --out ${out} --encoder ${encoder} --cache ${cache} --backend wasm --workers 1 ` +
      '--input-size 32 --grids 1 --batch-size 4 --epochs 3 ' +
      '--set model.mff.bottlenecks=1 --set model.decoder.dState=4 --set model.decoder.depths=[2,2,2,2]',
  ).concat(more);

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** Every file of a run that is there must be whole, and so must the stored features. */
async function expectReadable(run: string): Promise<void> {
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

/** Temporary files and folders that killed processes left: proof that they were writing. */
const leftBehind = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
        /^\..*\.tmp$/.test(basename(name)),
      ).length
    : 0;

test(
  `train, killed at ${KILLS} random moments: only whole files, and where it ends, the bits of a run that never was`,
  async () => {
    const { ms } = await live(trainArgs(whole));
    const model = () => readFileSync(join(cut, 'model.safetensors'));
    const wanted = readFileSync(join(whole, 'model.safetensors'));
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
        // the next ones begin from nothing, with no stored features
        rmSync(cut, { recursive: true });
        rmSync(cache, { recursive: true });
      },
    );
    expect(ended).toBeGreaterThan(0);
    if (FULL) expect(begun).toBeGreaterThan(KILLS / 5);
  },
  30 * 60_000,
);

const RESULTS = ['metrics.json', 'scores.jsonl', 'curves.json', 'summary.txt', 'model.safetensors'];

test(
  `evaluate, killed at ${KILLS} random moments: only whole files, and where it ends, the results of one that never was`,
  async () => {
    // a machine's own time is in the summary of the run it is of
    rmSync(cut, { recursive: true, force: true });
    if (!existsSync(join(whole, 'model.safetensors'))) await live(trainArgs(whole));
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
        // every other life begins with no results
        for (const name of ['metrics.json', 'scores.jsonl', 'curves.json', 'maps', 'viewer'])
          rmSync(join(whole, name), { recursive: true, force: true });
      },
    );
    if (FULL) expect(writing).toBeGreaterThan(0);
  },
  30 * 60_000,
);

test(
  `weights convert, killed at ${KILLS} random moments: a whole file, the one before, or none`,
  async () => {
    const file = join(home, 'in.safetensors');
    // as wide as the real one: there is something to read and to write
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
        // half of them have no older file to fall back on
        if (!killed) rmSync(out);
      },
    );
  },
  30 * 60_000,
);
