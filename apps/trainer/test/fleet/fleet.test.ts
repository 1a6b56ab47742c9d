// A fleet of worker processes behind a broker, both of which are killed; and the same judgements on every way that pictures are judged.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConnection } from '../../src/fleet/connection.js';
import { Fleet } from '../../src/fleet/fleet.js';
import { idOf, sha256Of } from '../../src/fleet/work.js';
import { main } from '../../src/main.js';
import type { Result } from '../../src/serve/journal/entries.js';
import { bundle, commandBundle } from '../faults/bundle.js';
import { noteCases, recordingIo, temporaryFolder, words } from '../kit.js';
import { models, picture } from '../serve/kit.js';
import { Broker, hasBroker } from './broker.js';

const FULL = process.env['FUZZ'] === 'full';
const COUNT = Number(process.env['FLEET_PICTURES'] ?? (FULL ? 10_000 : 60));
/** Between two kills of a worker, and results after which the broker is killed. */
const KILL_EVERY_MS = 20_000;
const BROKER_DIES_AT = FULL ? [0.3, 0.7] : [0.4];
const BROKEN = 3;

const home = temporaryFolder();
const [lenient, strict] = ['lenient', 'strict'].map((name) => join(home, `${name}.safetensors`)) as [
  string,
  string,
];
const pictures = join(home, 'pictures');
const { start, remove } = commandBundle();
const children = new Set<ChildProcess>();
let broker: Broker;

/** The command line as a process. */
function command(
  args: string[],
  program = process.execPath,
  before: string[] = [],
): ChildProcess & { said: () => string } {
  const child = spawn(program, [...before, start, ...args], { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void (said += chunk.toString()));
  children.add(child);
  child.once('exit', () => children.delete(child));
  return Object.assign(child, { said: () => said });
}
const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once('exit', (code) => resolve(code)));

const shared = join(home, 'shared');
let made = 0;
/** What every process that takes pictures is started with. */
const taking = (): string =>
  `--nats ${broker.url} --state ${join(home, `state-${made++}`)} --shared ${shared} --lost-after 2 --workers 1 --backend wasm --log-level error`;
const worker = (): ReturnType<typeof command> => command(words(`worker ${taking()}`));
/** A station that works for the fleet too. */
const stationWorker = (): ReturnType<typeof command> =>
  command(words(`serve --model ${lenient} --port 0 --json --no-audit ${taking()}`));
const submitArgs = (more = '', folder = pictures): string[] =>
  words(`submit ${folder} --nats ${broker.url}${more}`);

function hasMpi(): boolean {
  try {
    execFileSync('mpirun.openmpi', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    if ((process.env['REQUIRE_BACKENDS'] ?? '').split(',').includes('mpi'))
      throw new Error(
        'REQUIRE_BACKENDS names mpi, but mpirun.openmpi does not run; apt-get install openmpi-bin',
      );
    console.warn('SKIPPED: judgements of an MPI job beside the others: mpirun.openmpi is not installed.');
    return false;
  }
}

interface Line {
  id: string;
  file: string;
  verdict: string | null;
  error: string | null;
  model: { sha256: string };
}
const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
/** What must be the same however a picture was judged; not what libvips says of a damaged file, which depends on what it read before. */
const judgementOf = (line: object): object => {
  const {
    class: product,
    score,
    verdict,
    doubts,
    thresholds,
    regions,
    error = null,
  } = line as Record<string, unknown>;
  return error === null
    ? { product, score, verdict, doubts, thresholds, regions }
    : { error: String(error).replace(/ \(.*?\);/, ';') };
};

describe.skipIf(!hasBroker())('a fleet', () => {
  beforeAll(async () => {
    await bundle(start, ['judgeWorker', 'stationWorker']);
    const files = await models();
    writeFileSync(lenient, files.lenient);
    writeFileSync(strict, files.strict);
    mkdirSync(pictures);
    mkdirSync(shared);
    for (let i = 0; i < COUNT; i++) {
      const bytes = await picture(i);
      const name = `${String(i).padStart(5, '0')}.png`;
      writeFileSync(join(pictures, name), i < BROKEN ? bytes.subarray(0, bytes.length / 2) : bytes);
    }
    broker = await Broker.start(join(home, 'jetstream'));
  }, 300_000);
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await broker?.kill();
    remove();
  });

  let workers: ReturnType<typeof command>[] = [];
  let judged: Line[] = [];

  test(
    `${COUNT} pictures through two workers that are killed, and a broker that is killed: each id once, none lost, none OK that is broken`,
    async () => {
      noteCases(COUNT);
      const io = recordingIo();
      const begun = performance.now();
      const submitted = main([...submitArgs(), '--model', lenient], io);
      const state = { isDone: false };
      void submitted.finally(() => (state.isDone = true));
      const results = () => io.stdout.split('\n').length - 1;
      workers = [worker(), stationWorker()];
      let [kills, nextKill, next] = [0, Infinity, 0];
      const brokerKills = BROKER_DIES_AT.map((share) => share * COUNT);
      while (!state.isDone) {
        if (nextKill === Infinity && results() > 4) nextKill = performance.now();
        if (performance.now() >= nextKill && (FULL || kills === 0)) {
          const which = next++ % 2;
          workers[which]!.kill('SIGKILL');
          workers[which] = which === 0 ? worker() : stationWorker();
          kills++;
          nextKill += KILL_EVERY_MS;
        }
        if (brokerKills.length > 0 && results() > brokerKills[0]!) {
          brokerKills.shift();
          await broker.kill();
          await broker.start();
        }
        await wait(5);
      }
      // three pictures are broken
      expect(await submitted, io.stderr).toBe(2);
      const seconds = (performance.now() - begun) / 1000;
      judged = linesOf(io.stdout);
      expect(judged).toHaveLength(COUNT);
      expect(new Set(judged.map(({ id }) => id)).size).toBe(COUNT);
      expect(new Set(judged.map(({ file }) => file)).size).toBe(COUNT);
      const broken = judged.filter(({ error }) => error !== null);
      expect(broken.map(({ file }) => file).sort()).toEqual(
        Array.from({ length: BROKEN }, (_, i) => join(pictures, `0000${i}.png`)),
      );
      expect(broken.every(({ verdict }) => verdict === null)).toBe(true);
      expect(brokerKills, 'the broker was not killed').toEqual([]);
      expect(kills).toBeGreaterThan(0);
      if (FULL || COUNT > 60)
        console.log(
          `fleet: ${COUNT} pictures in ${seconds.toFixed(0)} s, ${(COUNT / seconds).toFixed(1)} a second, ${kills} kills of a worker, ${BROKER_DIES_AT.length} of the broker`,
        );
    },
    FULL ? 6 * 3_600_000 : 300_000,
  );

  test('one process, 2 and 4 threads, HTTP, the fleet and an MPI job give the same judgements', async () => {
    const folder = join(home, 'some');
    mkdirSync(folder);
    const names = Array.from({ length: 12 }, (_, i) => `${String(i).padStart(5, '0')}.png`);
    for (const name of names) writeFileSync(join(folder, name), readFileSync(join(pictures, name)));
    const predictArgs = (workers: number) =>
      words(`predict ${folder} --model ${lenient} --json --backend wasm --workers ${workers}`);
    const judgements = (text: string) =>
      text
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => judgementOf(JSON.parse(line) as object));
    const one = recordingIo();
    expect(await main(predictArgs(1), one), one.stderr).toBe(2);
    const alone = judgements(one.stdout);
    expect(alone).toHaveLength(names.length);

    const ways: Record<string, object[]> = {};
    const io = recordingIo();
    expect(await main(submitArgs('', folder), io)).toBe(2);
    ways['fleet'] = linesOf(io.stdout)
      .toSorted((a, b) => (a.file < b.file ? -1 : 1))
      .map(judgementOf);
    const address = () =>
      workers[1]!
        .said()
        .split('\n')
        .find((line) => line.includes('"url"'));
    while (address() === undefined) await wait(20);
    const { url } = JSON.parse(address()!) as { url: string };
    ways['HTTP'] = [];
    for (const name of names) {
      const file = encodeURIComponent(join(folder, name));
      const body = Uint8Array.from(readFileSync(join(folder, name)));
      const headers = { 'content-type': 'image/png' };
      const response = await fetch(`${url}/v1/judge?file=${file}`, { method: 'POST', body, headers });
      ways['HTTP'].push(judgementOf((await response.json()) as object));
    }
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^pyramid_mamba_fleet_pictures\{state="waiting"\} 0$/m);
    expect(metrics).toMatch(/^pyramid_mamba_pictures_total\{.*source="nats"\} [1-9]/m);
    const run = async (child: ReturnType<typeof command>) => {
      expect(await ended(child), child.said()).toBe(2);
      return judgements(child.said());
    };
    for (const n of [2, 4]) ways[`${n} threads`] = await run(command(predictArgs(n)));
    if (hasMpi()) {
      const options = words('--allow-run-as-root --oversubscribe -n 2');
      ways['MPI'] = await run(command(predictArgs(2), 'mpirun.openmpi', [...options, process.execPath]));
    }
    expect(Object.keys(ways).length).toBeGreaterThanOrEqual(4);
    for (const [way, found] of Object.entries(ways)) expect(found, way).toEqual(alone);
  }, 300_000);

  test('a model is put into use for every later picture; a job submitted again judges nothing twice', async () => {
    const folder = join(home, 'some');
    const io = recordingIo();
    expect(await main(submitArgs(` --model ${strict} --job again`, folder), io)).toBe(2);
    const lines = linesOf(io.stdout);
    const sound = lines.filter(({ error }) => error === null);
    expect(sound).toHaveLength(9);
    expect(new Set(sound.map(({ model }) => model.sha256)).size).toBe(1);
    expect(sound.every(({ verdict }) => verdict === 'NG')).toBe(true);
    const again = recordingIo();
    expect(await main(submitArgs(' --job again', folder), again)).toBe(2);
    const bySame = (text: string) => linesOf(text).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    // the very same results, times among them
    expect(bySame(again.stdout)).toEqual(bySame(io.stdout));
    const none = recordingIo();
    expect(await main(submitArgs(` --model ${join(folder, '00004.png')}`, folder), none)).toBe(2);
    expect(none.stderr).toMatch(/00004\.png.*(safetensors|model)/);
  }, 300_000);

  test('what cannot be judged has an error after so many tries: a path that no worker shares, a model that was changed', async () => {
    const unshared = join(home, 'some', '00009.png');
    writeFileSync(join(shared, 'ok.png'), readFileSync(unshared));
    const io = recordingIo();
    expect(await main(submitArgs(' --by-path', shared), io), io.stderr).toBe(0);
    expect(linesOf(io.stdout)).toMatchObject([{ verdict: 'NG', error: null }]);
    const refused = recordingIo();
    const refusing = main(submitArgs(' --by-path', unshared), refused);
    const fleet = await Fleet.open(await openConnection({ nats: broker.url, fleet: 'pyramid-mamba' }), {
      name: 'pyramid-mamba',
    });
    const { models } = fleet as unknown as {
      models: { putBlob(meta: { name: string }, bytes: Uint8Array): Promise<unknown> };
    };
    const current = (await fleet.currentModel())!;
    await fleet.putModel(new Uint8Array([1]), { name: current.name, classes: current.classes });
    const changed = (await fleet.currentModel())!.sha256;
    await models.putBlob({ name: changed }, new Uint8Array([2]));
    const wrong = recordingIo();
    expect(await main(submitArgs('', unshared), wrong)).toBe(2);
    expect(linesOf(wrong.stdout)).toMatchObject([
      { verdict: null, error: expect.stringMatching(/has the SHA-256 .* so it was changed/) as string },
    ]);
    await fleet.close();
    expect(await refusing).toBe(2);
    expect(linesOf(refused.stdout)).toMatchObject([
      {
        verdict: null,
        error: expect.stringContaining('is in no folder that this worker shares') as string,
      },
    ]);
    // what is taken is finished, and the exit is orderly
    for (const one of workers) one.kill('SIGTERM');
    for (const one of workers) expect(await ended(one), one.said()).toBe(0);
  }, 300_000);

  test('a result of another picture or model, or one that is an error and OK at once, is an error and no verdict', async () => {
    const folder = join(home, 'forged');
    mkdirSync(folder);
    const fleet = await Fleet.open(await openConnection({ nats: broker.url, fleet: 'pyramid-mamba' }), {
      name: 'pyramid-mamba',
    });
    const { sha256: model } = await fleet.putModel(readFileSync(lenient), {
      name: 'line',
      classes: ['tile'],
    });
    const other = 'f'.repeat(64);
    const forged: [over: object, picture: string, model: string, says: RegExp][] = [
      [{}, other, model, /picture with the SHA-256 f{64}, expected/],
      [{}, '', other, /with the model f{64}, expected/],
      [{ error: 'a failure' }, '', model, /a failure/],
      [{ regions: 'none' }, '', model, /not a result/],
    ];
    for (const [i] of forged.entries()) writeFileSync(join(folder, `${i}.png`), await picture(i));
    // no worker is left: these are all the results there are
    const io = recordingIo();
    const submitting = main(submitArgs(' --job forged', folder), io);
    for (const [i, [over, wrong, judge]] of forged.entries()) {
      const file = join(folder, `${i}.png`);
      const sha256 = sha256Of(readFileSync(file));
      const id = idOf('forged', file, sha256, model);
      const result = {
        kind: 'result',
        id,
        source: 'nats',
        file: 'another.png',
        picture: { sha256: wrong || sha256, bytes: 1 },
        model: { name: 'line', sha256: judge },
        time: new Date().toISOString(),
        durationMs: 1,
        class: 'tile',
        classSource: 'only',
        score: 0.1,
        scoreOfLimit: 0.2,
        verdict: 'OK',
        doubts: [],
        thresholds: null,
        regions: [],
        width: 48,
        height: 40,
        error: null,
        ...over,
      } as Result;
      await fleet.publishResult({ job: 'forged', id }, result);
    }
    expect(await submitting, io.stderr).toBe(2);
    const lines = linesOf(io.stdout).toSorted((a, b) => (a.file < b.file ? -1 : 1));
    expect(lines).toMatchObject(
      forged.map(([, , , says], i) => ({
        file: join(folder, `${i}.png`),
        verdict: null,
        error: expect.stringMatching(says) as string,
      })),
    );
    await fleet.close();
  }, 300_000);

  test('users and TLS: a broker that refuses says so in a sentence', async () => {
    const certificate = join(home, 'broker.pem');
    execFileSync(
      'openssl',
      words(
        `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout ${home}/broker.key -out ${certificate} -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1`,
      ),
      { stdio: 'ignore' },
    );
    const own = await Broker.start(
      join(home, 'tls'),
      words(`--user line --pass secret --tls --tlscert ${certificate} --tlskey ${home}/broker.key`),
    );
    const submit = async (url: string, more: string) => {
      const io = recordingIo();
      const code = await main(words(`submit ${join(home, 'some')} --nats ${url}${more}`), io);
      return { code, said: io.stderr };
    };
    const [secure, ca] = [`127.0.0.1:${own.port}`, ` --nats-ca ${certificate}`];
    expect(await submit(`tls://line:wrong@${secure}`, ca)).toMatchObject({
      code: 2,
      said: expect.stringContaining('refuses this user') as string,
    });
    expect(await submit(`tls://line:secret@${secure}`, '')).toMatchObject({
      code: 2,
      said: expect.stringMatching(/certificate/) as string,
    });
    expect(await submit(`tls://line:secret@${secure}`, ca)).toMatchObject({
      code: 2,
      said: expect.stringContaining('the fleet has no model yet') as string,
    });
    await own.kill();
    expect(await submit(`nats://${secure}`, '')).toMatchObject({
      code: 2,
      said: expect.stringContaining('the broker is not reached') as string,
    });
  }, 300_000);
});
