// `train --quick` makes a memory bank alone: what only the network asks for is not asked.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inputOf, readModelInfo } from '@pyramid-mamba/model';
import { beforeAll, expect, test, vi } from 'vitest';
import { main } from '../src/main.js';
import type { RunConfig } from '../src/run/run.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

// few drawn defects and no turned products: what is tested is which inputs are taken
vi.mock('../src/training/bank/orientation.js', async (load) => ({
  ...(await load<typeof import('../src/training/bank/orientation.js')>()),
  orientationGains: () => Promise.resolve({}),
}));
vi.mock('@pyramid-mamba/inspect', async (load) => {
  const actual = await load<typeof import('@pyramid-mamba/inspect')>();
  const testModel: typeof actual.testModel = (model, pictures, options) =>
    actual.testModel(model, pictures, { ...options, budget: 9 });
  return { ...actual, testModel };
});

const home = temporaryFolder();
const data = join(home, 'data');
const folder = join(home, 'run');
const run = async (line: string) => {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
};
const SETTINGS = `--encoder ${home}/encoder --cache ${home}/cache --backend wasm --workers 1`;

beforeAll(async () => {
  await tinyDataset(data);
  tinyEncoder(join(home, 'encoder'));
});

test('an input that the grids of the network do not fit is one for the memory bank, and the model judges', async () => {
  const line = `train ${data} --out ${folder} --input-size 32 ${SETTINGS}`;
  expect(await run(line)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/--grids: at 32 pixels/) as string,
  });
  const { code, err } = await run(`${line} --quick --hold-back 0`);
  expect([code, err]).toEqual([0, '']);
  const { config } = readModelInfo(readFileSync(join(folder, 'model.safetensors')), 'model');
  expect([config.method, inputOf(config)]).toEqual(['patchcore', { height: 32, width: 32, fit: 'stretch' }]);
  const resumed = await run(`train --out ${folder} --resume --cache ${home}/cache`);
  expect([resumed.code, resumed.err]).toEqual([0, '']);
  const judged = await run(
    `predict ${data}/tile/test/good --model ${folder} --backend wasm --workers 1 --class tile`,
  );
  expect([judged.code, judged.err]).toEqual([0, expect.not.stringContaining('error')]);
});

test('an input that the encoder cannot see is refused in a sentence about the encoder', async () => {
  expect(await run(`train ${data} --out ${home}/none --quick --input-size 40 ${SETTINGS}`)).toMatchObject({
    code: 2,
    err: expect.stringMatching(
      /--input-size: must be a multiple of 16 for this encoder, got 40; try \d+/,
    ) as string,
  });
});

test('--time after a run of --quick is not ignored', async () => {
  expect(await run(`train --out ${folder} --resume --time 1s`)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/--resume: the run was begun with --quick, .*omit --time 1s/) as string,
  });
  // the network would be trained and see what the bank sees, so that its grids count
  const again = join(home, 'again');
  expect(await run(`train --config ${folder}/config.json --out ${again} --time 1s`)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/--grids: at 32 pixels/) as string,
  });
  const { stages } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as RunConfig;
  expect(stages!.seconds).toBeNull();
});
