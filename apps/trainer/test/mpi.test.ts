// Commands as MPI jobs, with each implementation that is installed: the weights of as many threads, the results of one process, and what a lost
// process leaves.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '@pyramid-mamba/data';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readModelInfo, readSafetensors } from '@pyramid-mamba/model';
import { main } from '../src/main.js';
import { launchedBy } from '../src/mpi/launched.js';
import { bundle, commandBundle } from './faults/bundle.js';
import { noteCases, recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

const home = temporaryFolder();
const [data, encoder, cache] = [join(home, 'data'), join(home, 'encoder.safetensors'), join(home, 'cache')];
const { start, remove } = commandBundle();
beforeAll(async () => {
  await bundle(start, ['judgeWorker']);
  await tinyDataset(data);
  tinyEncoder(encoder);
});
afterAll(remove);

const FULL = process.env['FUZZ'] === 'full';
/** The launchers by their names in Debian; several processes may share a core. */
const LAUNCHERS = [
  { name: 'mpirun.openmpi', options: '--allow-run-as-root --oversubscribe', version: /^Open MPI/ },
  { name: 'mpirun.mpich', options: '', version: /^MPICH/ },
].filter(({ name }) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    if ((process.env['REQUIRE_BACKENDS'] ?? '').split(',').includes('mpi'))
      throw new Error(
        `REQUIRE_BACKENDS names mpi, but ${name} does not run; apt-get install openmpi-bin mpich`,
      );
    console.warn(`SKIPPED: tests of MPI with ${name}, which is not installed.`);
    return false;
  }
});

const trainArgs = (out: string, epochs: number, more = '', features = cache): string[] =>
  words(
    `train --data ${data} --out ${out} --encoder ${encoder} --cache ${features} --backend wasm --input-size 32 --grids 1 --batch-size 3 ` +
      `--epochs ${epochs} --set model.mff.bottlenecks=1 --set model.decoder.dState=4 --set model.decoder.depths=[2,2,2,2]${more}`,
  );

/** The command line as `ranks` processes. */
function job({ name, options }: (typeof LAUNCHERS)[number], ranks: number, args: string[]) {
  const line = [...options.split(' ').filter(Boolean), '-n', String(ranks), process.execPath, start, ...args];
  const child = spawn(name, line, { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => void (said.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (said.err += chunk.toString()));
  const ended = new Promise<{ code: number | null }>((resolve) =>
    child.on('close', (code) => resolve({ code })),
  );
  return { child, said, ended };
}

/** The run of as many threads, trained once. */
async function ofThreads(ranks: number): Promise<string> {
  const run = join(home, `threads-${ranks}`);
  if (existsSync(run)) return run;
  const io = recordingIo();
  expect(await main(trainArgs(run, EPOCHS, ` --workers ${ranks}`), io), io.stderr).toBe(0);
  return run;
}

/** Weights, moments and statistics of the checkpoint, whose header also tells how long the steps took. */
function weightsOf(run: string): Map<string, Buffer> {
  const { tensors } = readSafetensors(readFileSync(join(run, 'checkpoint', 'last.safetensors')), run);
  return new Map(
    [...tensors].map(([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ]),
  );
}
const EPOCHS = FULL ? 17 : 2;
/** Of a rank, in the long form, with each implementation. */
const KILLS = 20;

describe('a process knows its job by the variables of its launcher', () => {
  test.each([
    [
      'Open MPI',
      { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '4', OMPI_COMM_WORLD_LOCAL_RANK: '0' },
      { rank: 1, size: 4, localRank: 0 },
    ],
    ['MPICH', { PMI_RANK: '3', PMI_SIZE: '4', MPI_LOCALRANKID: '1' }, { rank: 3, size: 4, localRank: 1 }],
    [
      'srun with PMIx',
      { PMIX_RANK: '0', SLURM_NTASKS: '2', SLURM_LOCALID: '0' },
      { rank: 0, size: 2, localRank: 0 },
    ],
    ['a job of one', { PMI_RANK: '0', PMI_SIZE: '1' }, undefined],
    ['a batch job without MPI', { SLURM_PROCID: '1', SLURM_NTASKS: '2' }, undefined],
    ['nonsense', { PMI_RANK: 'x', PMI_SIZE: '-4' }, undefined],
    ['none', {}, undefined],
  ])('%s', (_, env, expected) => {
    expect(launchedBy(env)).toEqual(expected);
  });
});

describe.each(LAUNCHERS)('$name', (launcher) => {
  const counts = FULL ? [2, 4] : [2];
  test.each(counts)(
    '%i processes give the weights of as many threads, bit for bit; rank 0 alone speaks and writes',
    async (ranks) => {
      const [threads, processes] = [await ofThreads(ranks), join(home, `${launcher.name}-${ranks}`)];
      // an empty cache: the features are computed in shares too
      const own = join(home, `cache-${launcher.name}-${ranks}`);
      const { said, ended } = job(launcher, ranks, trainArgs(processes, EPOCHS, '', own));
      const { code } = await ended;
      expect(said.err).toBe('');
      expect(code).toBe(0);
      expect(said.out.match(/^summary: /gm)).toHaveLength(1);
      expect(said.out).toContain(`MPI: ${ranks} processes`);
      expect(weightsOf(processes)).toEqual(weightsOf(threads));
      const model = (run: string) => readFileSync(join(run, 'model.safetensors'));
      expect(model(processes).equals(model(threads))).toBe(true);
      expect(JSON.parse(readFileSync(join(processes, 'config.json'), 'utf8'))).toMatchObject({
        workers: ranks,
      });
    },
    900_000,
  );

  test.skipIf(!FULL && launcher !== LAUNCHERS[0])(
    'a process that is killed ends the job with its checkpoint kept; resumed with as many, it gives the same weights, and with others it is refused',
    async () => {
      const [whole, out] = [join(home, 'threads-2'), join(home, `${launcher.name}-killed`)];
      const { child, ended } = job(launcher, 2, trainArgs(out, EPOCHS));
      const checkpoint = join(out, 'checkpoint', 'last.safetensors');
      while (!existsSync(checkpoint) && child.exitCode === null) await sleep(5);
      killRankOne(`train.*--out ${out} `);
      expect((await ended).code).not.toBe(0);
      expect(existsSync(join(out, 'model.safetensors')), 'the job had ended before it was killed').toBe(
        false,
      );

      const other = recordingIo();
      expect(await main(words(`train --out ${out} --resume --workers 1 --cache ${cache}`), other)).toBe(2);
      expect(other.stderr).toMatch(/the number of workers/);
      const resumed = job(launcher, 2, words(`train --out ${out} --resume --cache ${cache}`));
      const { code } = await resumed.ended;
      expect(code, resumed.said.err).toBe(0);
      expect(resumed.said.out).toMatch(/continuing after epoch \d+/);
      expect(weightsOf(out)).toEqual(weightsOf(whole));
    },
    900_000,
  );

  test.skipIf(!FULL)(
    `a process that is killed at ${KILLS} random moments: each time what is there can be read, and a resume gives the same weights`,
    async () => {
      const whole = await ofThreads(2);
      const random = seededRandom('kills of a rank', launcher.name);
      const begun = performance.now();
      expect(
        (await job(launcher, 2, trainArgs(join(home, `${launcher.name}-timed`), EPOCHS)).ended).code,
      ).toBe(0);
      const lasts = performance.now() - begun;
      const found: string[] = [];
      for (let n = 0; n < KILLS; n++) {
        const out = join(home, `${launcher.name}-kill-${n}`);
        const checkpoint = join(out, 'checkpoint', 'last.safetensors');
        const { child, ended } = job(launcher, 2, trainArgs(out, EPOCHS));
        // stratified, so that twenty moments are spread over the whole job
        await sleep(((n + random()) / KILLS) * lasts);
        const rank = random() < 0.5 ? 0 : 1;
        while (ranksOf(`train.*--out ${out} `, rank).length === 0 && child.exitCode === null) await sleep(5);
        const [pid] = ranksOf(`train.*--out ${out} `, rank);
        if (pid !== undefined) process.kill(pid, 'SIGKILL');
        const { code } = await ended;
        const there = existsSync(checkpoint)
          ? 'a checkpoint'
          : existsSync(join(out, 'config.json'))
            ? 'a run'
            : 'nothing';
        const isWhole = existsSync(join(out, 'model.safetensors'));
        found.push(`${rank}: ${code === 0 ? 'ended' : there}${isWhole ? ' and a model' : ''}`);
        if (existsSync(checkpoint)) expect(weightsOf(out).size).toBeGreaterThan(0);
        if (isWhole)
          expect(() => readModelInfo(readFileSync(join(out, 'model.safetensors')), out)).not.toThrow();
        const again =
          there === 'nothing'
            ? trainArgs(out, EPOCHS)
            : words(`train --out ${out} --resume --cache ${cache}`);
        const resumed = job(launcher, 2, again);
        expect((await resumed.ended).code, `kill ${n} of rank ${found.at(-1)}: ${resumed.said.err}`).toBe(0);
        expect(weightsOf(out), `kill ${n} of rank ${found.at(-1)}`).toEqual(weightsOf(whole));
      }
      const killed = found.filter((one) => !one.includes('ended')).length;
      expect(killed, 'most jobs had ended before they were killed').toBeGreaterThan(KILLS / 4);
      noteCases(killed);
      console.log(`${launcher.name}: killed rank and what was left: ${found.join('; ')}`);
    },
    7_200_000,
  );

  test('pictures are judged as by one process: the same lines, maps and figures, byte for byte', async () => {
    const model = join(await ofThreads(2), 'model.safetensors');
    const folder = join(home, `pictures-${launcher.name}`);
    cpSync(join(data, 'tile', 'test'), folder, { recursive: true });
    writeFileSync(join(folder, 'cut.png'), readFileSync(join(folder, 'good', '000.png')).subarray(0, 90));
    const predict = (out: string) =>
      words(`predict ${folder} --model ${model} --out ${out} --overlays --maps --backend wasm`);
    const evaluate = (out: string) =>
      words(`evaluate --model ${model} --data ${data} --out ${out} --backend wasm`);
    const [alone, shared] = ['alone', 'shared'].map((name) => join(home, `${name}-${launcher.name}`));
    const io = recordingIo();
    expect(await main(predict(alone!), io)).toBe(2);
    expect(await main([...evaluate(`${alone}-e`), '--workers', '1'], io)).toBe(0);
    const [one, other] = [job(launcher, 2, predict(shared!)), job(launcher, 2, evaluate(`${shared}-e`))];
    // a picture that cannot be judged ends with code 2 here too, and all lines
    expect((await one.ended).code).toBe(2);
    expect(one.said.err).toMatch(/1 of \d+ pictures could not be judged/);
    expect(one.said.out).not.toMatch(/MPI/);
    expect((await other.ended).code, other.said.err).toBe(0);
    expect(other.said.out.match(/^MPI: 2 processes share the pictures/gm)).toHaveLength(1);
    expect(filesOf(shared!, shared!)).toEqual(filesOf(alone!, alone!));
    expect(filesOf(`${shared}-e`, '')).toEqual(filesOf(`${alone}-e`, ''));
  }, 300_000);

  test.skipIf(!FULL && launcher !== LAUNCHERS[0])(
    'a process that is killed ends the job, and leaves no result that looks whole',
    async () => {
      const [folder, out] = [join(home, `many-${launcher.name}`), join(home, `lost-${launcher.name}`)];
      mkdirSync(folder);
      const one = readFileSync(join(data, 'tile', 'test', 'good', '000.png'));
      for (let i = 0; i < 400; i++) writeFileSync(join(folder, `${i}.png`), one);
      const model = join(await ofThreads(2), 'model.safetensors');
      const { child, said, ended } = job(
        launcher,
        2,
        words(`predict ${folder} --model ${model} --out ${out} --backend wasm`),
      );
      while (!said.err.includes('MPI: ') && child.exitCode === null) await sleep(5);
      killRankOne(`predict.*--out ${out} `);
      expect((await ended).code).not.toBe(0);
      expect(said.out + said.err).toMatch(/killed|terminat/i);
      expect(existsSync(join(out, 'predictions.jsonl'))).toBe(false);
    },
    300_000,
  );

  test('a command that is not shared says so, once', async () => {
    const { said, ended } = job(launcher, 2, ['report', home]);
    expect((await ended).code).toBe(2);
    expect(said.err.match(/report does not share its work among 2 processes/g)).toHaveLength(1);
  }, 300_000);
});

/** The content of each file of a folder, whose own path may be in it. */
function filesOf(folder: string, path: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    names
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map((file) => [
        relative(folder, file),
        readFileSync(file, 'latin1').replaceAll(path === '' ? '\0\0' : path, 'OUT'),
      ]),
  );
}

/** Kills the process of rank 1 whose command line has these words. */
function killRankOne(words: string): void {
  const ranks = ranksOf(words, 1);
  expect(ranks).toHaveLength(1);
  process.kill(ranks[0]!, 'SIGKILL');
}

/** The processes of a rank whose command line has these words. */
function ranksOf(words: string, rank: number): number[] {
  const { stdout } = spawnSync('pgrep', ['-f', `start.cjs ${words}`], { encoding: 'utf8' });
  const isRank = new RegExp(`^(PMI_RANK|OMPI_COMM_WORLD_RANK)=${rank}$`, 'm');
  return stdout
    .split('\n')
    .filter((pid) => pid !== '' && isRank.test(environmentOf(pid)))
    .map(Number);
}

/** The variables that a process was started with, one a line; empty where it has gone. */
function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').replaceAll('\0', '\n');
  } catch {
    return '';
  }
}
