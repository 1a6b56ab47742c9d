// Two commands on one run folder: the second ends at once with exit code 2 and names the process that writes there; the first
// is not affected. For real processes that start at the same moment see faults/kills.test.ts.
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { claimOf } from '@pyramid-mamba/runs/node';
import { FolderLock, LOCK } from '@pyramid-mamba/runs/node';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

const home = temporaryFolder();
const [data, run, encoder] = [join(home, 'data'), join(home, 'run'), join(home, 'encoder.safetensors')];
const TRAIN = `train --data ${data} --encoder ${encoder} --cache ${join(home, 'cache')} --backend wasm --workers 1 --input-size 32 --grids 1 --batch-size 4`;

async function call(line: string) {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
}

beforeAll(async () => {
  await tinyDataset(data);
  tinyEncoder(encoder);
  expect((await call(`${TRAIN} --epochs 1 --out ${run}`)).code).toBe(0);
  expect((await call(`evaluate ${run}`)).code).toBe(0);
});

const WRITERS = [
  `${TRAIN} --out ${run}`,
  `${TRAIN} --out ${run} --overwrite`,
  `train --out ${run} --resume`,
  `evaluate ${run}`,
  `evaluate ${run} --out ${join(home, 'elsewhere')}`,
  `evaluate --model ${join(run, 'model.safetensors')} --data ${data} --out ${run}`,
  `report ${run}`,
  `ablate --data ${data} --out ${run}`,
  `demo --out ${run}`,
  `predict ${join(data, 'tile', 'test')} --model ${run} --out ${run}`,
];

test('a command that writes to a run in use by another process ends with 2, names that process and changes nothing', async () => {
  const lock = await FolderLock.take(run, 'train --resume');
  const holder = readFileSync(join(run, LOCK), 'utf8');
  const config = readFileSync(join(run, 'config.json'));
  for (const line of WRITERS) {
    const { code, out, err } = await call(line);
    expect([line, code, out]).toEqual([line, 2, '']);
    expect(err).toMatch(
      /^error: .*run is in use by `train --resume` \(process \d+ on .*\); wait until[^\n]*\n$/,
    );
  }
  expect(existsSync(join(home, 'elsewhere'))).toBe(false);
  expect(readFileSync(join(run, LOCK), 'utf8')).toBe(holder);
  expect(readFileSync(join(run, 'config.json')).equals(config)).toBe(true);
  // reading needs no lock
  const { code, out } = await call(
    `predict ${join(data, 'tile', 'test', 'good')} --model ${run} --backend wasm`,
  );
  expect(code).toBe(0);
  expect(out.trimEnd().split('\n')).toHaveLength(3);
  await lock.release();
  // the next command takes over the lock of a dead process
  writeFileSync(join(run, LOCK), JSON.stringify({ ...claimOf('train'), pid: 2 ** 22 + 1 }));
  expect((await call(`report ${run}`)).code).toBe(0);
  expect(existsSync(join(run, LOCK))).toBe(false);
});

test('the first of two trainings gives the same result as alone', async () => {
  const [one, alone] = [join(home, 'one'), join(home, 'alone')];
  const first = call(`${TRAIN} --epochs 3 --out ${one}`);
  while (!existsSync(join(one, LOCK))) await wait(1);
  const second = await call(`${TRAIN} --epochs 3 --out ${one}`);
  expect([second.code, second.out]).toEqual([2, '']);
  expect(second.err).toMatch(/one is in use by `train`/);
  expect((await first).code).toBe(0);
  await call(`${TRAIN} --epochs 3 --out ${alone}`);
  const model = (folder: string) => readFileSync(join(folder, 'model.safetensors'));
  expect(model(one).equals(model(alone))).toBe(true);
});

const isRoot = process.getuid?.() === 0 || process.platform === 'win32';
if (isRoot) console.warn('skipped: a user with all permissions has no read-only folder');
test.skipIf(isRoot)('a read-only run can be used by predict, and evaluated into another folder', async () => {
  chmodSync(run, 0o555);
  try {
    expect((await call(`predict ${join(data, 'tile', 'test')} --model ${run} --backend wasm`)).code).toBe(0);
    const refused = await call(`evaluate ${run}`);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/run cannot be written: permission is missing/);
    const other = await call(`evaluate ${run} --out ${join(home, 'other')}`);
    expect([other.code, other.err]).toEqual([0, '']);
    expect(other.out).toMatch(/run is read-only: the thresholds in its model file are unchanged/);
  } finally {
    chmodSync(run, 0o755);
  }
});
