// What a killed process (more of them: faults/killed.test.ts) and a full disk leave behind, with real processes.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors } from '@pyramid-mamba/model';
import { beforeAll, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { commandLine } from './bundled.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

const home = temporaryFolder();
const data = join(home, 'data');
const encoder = join(home, 'encoder.safetensors');
const cache = join(home, 'cache');

beforeAll(async () => {
  await tinyDataset(data);
  tinyEncoder(encoder);
  program = await commandLine();
});

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
let program = '';

const trainArgs = (out: string, epochs: number, ...more: string[]) =>
  words(
    `train --data ${data} --out ${out} --encoder ${encoder} --cache ${cache} --backend wasm ` +
      `--input-size 64 --batch-size 4 --workers 1 --epochs ${epochs}`,
  ).concat(more);

function start(command: string, args: string[]) {
  const child = spawn(command, args, { cwd: here('..'), stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stdout.resume();
  child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
  const ended = new Promise<{ code: number | null; err: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, err }));
  });
  return { child, ended };
}

test('a run killed at any time and resumed ends with the weights of an uninterrupted one', async () => {
  const [whole, killed] = [join(home, 'whole'), join(home, 'killed')];
  const epochs = 5;
  const { child, ended } = start(process.execPath, [program, ...trainArgs(killed, epochs)]);
  const checkpoint = join(killed, 'checkpoint', 'last.safetensors');
  while (!existsSync(checkpoint) && child.exitCode === null) await new Promise((r) => setTimeout(r, 5));
  // in the second epoch or the write after it
  await new Promise((r) => setTimeout(r, 60));
  child.kill('SIGKILL');
  const { err } = await ended;
  expect(err).toBe('');
  expect(existsSync(checkpoint)).toBe(true);
  expect(existsSync(join(killed, 'model.safetensors')), 'the run had ended before it was killed').toBe(false);

  const io = recordingIo();
  expect(await main(trainArgs(killed, epochs, '--resume'), io)).toBe(0);
  expect(io.stdout).toMatch(/continuing after epoch \d+/);
  expect(await main(trainArgs(whole, epochs), recordingIo())).toBe(0);
  const bytes = (run: string) => readFileSync(join(run, 'model.safetensors'));
  expect(bytes(killed).equals(bytes(whole))).toBe(true);
  const steps = (run: string) =>
    readFileSync(join(run, 'train.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { step: number }).step);
  expect(steps(killed)).toEqual(steps(whole));
});

// a file size limit makes a write fail midway, like a full disk
const canLimit = process.platform !== 'win32';
if (!canLimit) console.warn('skipped: no ulimit on this system, so no refused write can be provoked');

test.skipIf(!canLimit)(
  'a failed write ends the run and its threads with one sentence and leaves no partial file',
  async () => {
    const out = join(home, 'full');
    const fullCache = join(home, 'full-cache');
    const args = [process.execPath, program, ...trainArgs(out, 2), '--workers', '2', '--cache', fullCache];
    // 64 blocks of 512 bytes: enough for config and features, not for a checkpoint
    const { ended } = start('sh', ['-c', 'ulimit -f 64; exec "$@"', 'sh', ...args]);
    const { code, err } = await ended;
    expect(err).toMatch(/last\.safetensors cannot be written: .*(raise the limit|free some space)/);
    // there is none to resume from
    expect(err).not.toMatch(/checkpoint after epoch/);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
    expect(readdirSync(join(out, 'checkpoint'))).toEqual([]);
    expect(existsSync(join(out, 'model.safetensors'))).toBe(false);
  },
);

// a file system of limited size, visible only to the processes of one shell
const MOUNT = ['--mount', '--map-root-user', 'sh', '-c'];
const canMount = spawnSync('unshare', [...MOUNT, 'mount -t tmpfs tmpfs /mnt']).status === 0;
if (!canMount) console.warn('skipped: no mount namespaces, so no full or read-only disk can be created');

test.skipIf(!canMount)(
  'a full disk and a read-only one each give one sentence; with space again the run ends with the same weights',
  async () => {
    const whole = join(home, 'whole-disk');
    expect(await main(trainArgs(whole, 3), recordingIo())).toBe(0);
    const size = statSync(join(whole, 'checkpoint', 'last.safetensors')).size;
    const disk = join(home, 'disk');
    const back = join(home, 'back');
    mkdirSync(disk);
    mkdirSync(back);
    const out = join(disk, 'run');
    // one checkpoint fits, a second beside it does not
    const script = [
      `mount -t tmpfs -o size=${Math.ceil((1.6 * size) / 4096) * 4096} tmpfs ${disk}`,
      `"$@"; echo "full $?" >&2`,
      `find ${disk} -name '.*.tmp' >&2`,
      `mount -o remount,ro ${disk}; "$@" --resume; echo "read-only $?" >&2`,
      `mount -o remount,rw,size=100m ${disk}; "$@" --resume; echo "space $?" >&2`,
      `cp ${out}/model.safetensors ${back}`,
    ].join('\n');
    const { ended } = start('unshare', [
      ...MOUNT,
      script,
      'sh',
      process.execPath,
      program,
      ...trainArgs(out, 3),
    ]);
    const { err } = await ended;
    const [full, code1, readOnly, code2, code3, ...more] = err.trimEnd().split('\n');
    expect(full).toMatch(
      /^error: .* cannot be written: the disk is full; .*the checkpoint after epoch \d is kept.*--resume$/,
    );
    expect(readOnly).toMatch(/^error: .* cannot be written: .*read-only/);
    expect([code1, code2, code3, ...more]).toEqual(['full 2', 'read-only 2', 'space 0']);
    const weights = (path: string) => readSafetensors(readFileSync(path), path).tensors;
    const want = weights(join(whole, 'model.safetensors'));
    const got = weights(join(back, 'model.safetensors'));
    expect([...got.keys()]).toEqual([...want.keys()]);
    for (const [name, { data }] of got)
      expect(Buffer.from(data.buffer).equals(Buffer.from(want.get(name)!.data.buffer)), name).toBe(true);
  },
  300_000,
);
