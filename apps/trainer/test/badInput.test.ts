import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePngGray } from '@pyramid-mamba/data/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { main, programOf } from '../src/main.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder } from './kit.js';

const home = temporaryFolder();
const data = join(home, 'data');
const encoder = join(home, 'encoder.safetensors');
let n = 0;

beforeAll(async () => {
  await tinyDataset(data);
  tinyEncoder(encoder);
});

async function run(...argv: string[]) {
  const io = recordingIo();
  const code = await main(argv, io);
  return { code, out: io.stdout, err: io.stderr };
}

/** A copy of the data set with one fault. */
function broken(damage: (folder: string) => void): string {
  const folder = join(home, `broken-${n++}`);
  cpSync(data, folder, { recursive: true });
  damage(folder);
  return folder;
}

/** `train` on a data set and encoder must fail with one sentence and create nothing in --out. */
async function expectRefusal(folder: string, sentence: RegExp, ...more: string[]) {
  const out = join(home, `out-${n++}`);
  const cache = join(home, 'cache');
  const base = [
    'train',
    '--data',
    folder,
    '--out',
    out,
    '--encoder',
    encoder,
    '--cache',
    cache,
    '--backend',
    'wasm',
  ];
  const result = await run(
    ...base,
    '--input-size',
    '64',
    '--epochs',
    '1',
    '--batch-size',
    '4',
    '--workers',
    '1',
    ...more,
  );
  expect(result.err).toMatch(sentence);
  expect(result.err.trimEnd().split('\n')).toHaveLength(1);
  expect(result.err).not.toMatch(/internal|\n\s+at /);
  expect(result.code).toBe(2);
  expect(existsSync(out) ? readdirSync(out) : []).toEqual([]);
}

const firstIn = (...parts: string[]) => join(...parts, readdirSync(join(...parts))[0]!);

describe('data that cannot be used', () => {
  test('a missing folder', () =>
    expectRefusal(join(home, 'nowhere'), /nowhere does not exist: pass the folder/));

  test('pictures of a segmentation export, and defective pictures without good ones', async () => {
    const folder = join(home, 'export');
    for (const part of ['images', 'masks']) {
      cpSync(join(data, 'tile', 'train', 'good'), join(folder, part), { recursive: true });
    }
    await expectRefusal(folder, /has a mask that marks something/);
    cpSync(join(data, 'tile', 'train', 'good'), join(home, 'only', 'abnormal'), { recursive: true });
    await expectRefusal(join(home, 'only'), /abnormal.*defective pictures/);
  });

  test('a file instead of a folder', () => expectRefusal(encoder, /is a file/));

  test('a class without training pictures', () =>
    expectRefusal(
      broken((folder) => {
        rmSync(join(folder, 'tile', 'train'), { recursive: true });
        mkdirSync(join(folder, 'tile', 'train', 'good'), { recursive: true });
      }),
      /class "tile" is empty/,
    ));

  test('a missing class', () =>
    expectRefusal(data, /no class "brick".*choose among tile, wood/, '--classes', 'brick'));

  test('a picture whose header is damaged', () =>
    expectRefusal(
      broken((folder) => writeFileSync(firstIn(folder, 'tile', 'train', 'good'), 'no picture')),
      /000\.png.*cannot be decoded/,
    ));

  test('a truncated picture', () =>
    expectRefusal(
      broken((folder) => {
        const path = firstIn(folder, 'wood', 'train', 'good');
        const bytes = readFileSync(path);
        writeFileSync(path, bytes.subarray(0, bytes.length / 2));
      }),
      /wood.*000\.png.*cannot be decoded/,
    ));

  test('a mask of another size', async () => {
    const small = await encodePngGray({ width: 3, height: 3, data: new Uint8Array(9).fill(255) });
    await expectRefusal(
      broken((folder) => {
        const kind = readdirSync(join(folder, 'tile', 'ground_truth'))[0]!;
        writeFileSync(firstIn(folder, 'tile', 'ground_truth', kind), small);
      }),
      /must have the size of its picture, 64x64, but has 3x3/,
    );
  });

  test('a mask without its picture', () =>
    expectRefusal(
      broken((folder) => {
        const kind = readdirSync(join(folder, 'tile', 'ground_truth'))[0]!;
        rmSync(firstIn(folder, 'tile', 'test', kind));
      }),
      /mask/,
    ));

  test('a defective picture without its mask', () =>
    expectRefusal(
      broken((folder) => {
        const kind = readdirSync(join(folder, 'tile', 'ground_truth'))[0]!;
        rmSync(firstIn(folder, 'tile', 'ground_truth', kind));
      }),
      /mask/,
    ));
});

describe('invalid encoder weights', () => {
  const file = (bytes: Uint8Array | string) => {
    const path = join(home, `encoder-${n++}.safetensors`);
    writeFileSync(path, bytes);
    return path;
  };
  const sound = () => readFileSync(encoder);

  test('a missing file', () =>
    expectRefusal(
      data,
      /none\.safetensors cannot be read: there is no such file/,
      '--encoder',
      join(home, 'none.safetensors'),
    ));

  test('a file cut short', () =>
    expectRefusal(data, /encoder-\d+\.safetensors/, '--encoder', file(sound().subarray(0, 5000))));

  test('a file of eight bytes that claim a giant header', () =>
    expectRefusal(data, /encoder-\d+\.safetensors/, '--encoder', file(new Uint8Array(8).fill(0x7f))));

  test('a header with a false offset', () => {
    const bytes = Buffer.from(sound());
    const length = Number(bytes.readBigUInt64LE(0));
    const header = bytes.subarray(8, 8 + length).toString('utf8');
    const offsets = /"data_offsets":\[\d+,(\d+)\]/.exec(header)!;
    const digits = offsets[1]!.length;
    const lie = header.replace(offsets[0], offsets[0].replace(/,\d+/, `,${'9'.repeat(digits)}`));
    bytes.write(lie, 8, 'utf8');
    return expectRefusal(data, /encoder-\d+\.safetensors/, '--encoder', file(bytes));
  });

  test('a file that is not safetensors', () =>
    expectRefusal(
      data,
      /encoder-\d+\.safetensors/,
      '--encoder',
      file('hello, this is text and nothing else'),
    ));
});

describe('invalid command lines', () => {
  test.each([
    [['train', '--out', 'x', '--data', 'y', '--colour'], /unknown option '--colour'/],
    [['trian'], /unknown command 'trian'/],
    [['train'], /the folder of pictures is missing; pass it/],
    [['train', '--out', 'x'], /the folder of pictures is missing; pass it/],
    [['train', '--out', 'x', '--data', 'synthetic', '--preset', 'huge'], /unknown preset "huge".*\n.*tiny/],
    [['train', '--out', 'x', '--data', 'synthetic', '--epochs', '0'], /whole number of at least 1/],
    [['train', '--out', 'x', '--data', 'synthetic', '--epochs', '1.5'], /whole number of at least 1/],
    [['train', '--out', 'x', '--data', 'synthetic', '--workers', '0'], /whole number of at least 1/],
    [['train', '--out', 'x', '--data', 'synthetic', '--lr', '-1'], /number above 0/],
    [['train', '--out', 'x', '--data', 'synthetic', '--seed', 'abc'], /whole number from 0/],
    [['train', '--out', 'x', '--data', 'synthetic', '--grids', '1,3'], /rising powers of two/],
    [['train', '--out', 'x', '--data', 'synthetic', '--grids', '2,1'], /rising powers of two/],
    [
      ['train', '--out', 'x', '--data', 'synthetic', '--input-size', '100'],
      /multiple of 32, got 100; try 128/,
    ],
    [
      ['train', '--out', 'x', '--data', 'synthetic', '--input-size', '64', '--grids', '1,4'],
      /cannot be cut into 4x4/,
    ],
    [['train', '--out', 'x', '--data', 'synthetic', '--no-pss', '--no-lec'], /without any branch/],
    [
      ['train', '--out', 'x', '--data', 'synthetic', '--backend', 'tpu'],
      /unknown backend "tpu"; choose auto, webgpu, cuda, tensorflow, wasm or cpu, or webgpu:NAME/,
    ],
    [['train', '--out', 'x', '--data', 'synthetic', '--classes', 'brick'], /brick.*choose among/],
    [['train', '--out', 'x', '--resume', '--overwrite'], /cannot be used with/],
    [['train', '--out', 'x', '--resume'], /contains no run to continue/],
    [['evaluate'], /either the folder of a run or --model/],
    [['evaluate', 'nowhere'], /has no config\.json/],
    [['evaluate', '--model', 'm.safetensors'], /--model needs --data/],
    [['evaluate', 'x', '--protocol', 'mine'], /Allowed choices are paper, exact/],
  ])('%j', async (argv, sentence) => {
    const { code, err } = await run(...argv.map((word) => (word === 'x' ? join(home, 'never') : word)));
    expect(err).toMatch(sentence);
    expect(err).not.toMatch(/internal/);
    expect(code).toBe(2);
    expect(existsSync(join(home, 'never'))).toBe(false);
  });

  test('help and version are not errors', async () => {
    expect((await run('--help')).out).toMatch(/demo[\s\S]*train[\s\S]*evaluate/);
    expect((await run('train', '--help')).code).toBe(0);
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

test('an empty option or argument is rejected by name, for every command and option', async () => {
  const program = programOf(recordingIo());
  const own = program.commands.flatMap((command) => [command, ...command.commands]);
  const taking = own.flatMap((command) =>
    command.options
      .filter(({ required, hidden }) => required && !hidden)
      .map((option) => ({ command, option })),
  );
  expect(taking.length).toBeGreaterThan(40);
  for (const { command, option } of taking) {
    const path = command.parent === program ? [command.name()] : [command.parent!.name(), command.name()];
    const given = command.registeredArguments.map(() => 'x');
    const needed = command.options
      .filter(({ mandatory }) => mandatory)
      .filter(({ long }) => long !== option.long)
      .flatMap(({ long }) => [long!, 'x']);
    for (const empty of ['', ' ']) {
      const { code, err } = await run(...path, ...given, ...needed, option.long!, empty);
      expect([code, path.join(' '), option.long], err).toEqual([2, path.join(' '), option.long]);
      expect(err).toContain(option.long!);
    }
  }
  const { code, err } = await run('predict', '', '--model', 'x');
  expect([code, err]).toEqual([2, expect.stringMatching(/argument is empty/)]);
});

test('a folder with other files is rejected as the folder of a run', async () => {
  const out = join(home, 'documents');
  mkdirSync(out);
  writeFileSync(join(out, 'letter.txt'), 'mine');
  const line = ['train', '--data', data, '--encoder', encoder, '--backend', 'wasm', '--out', out];
  const { code, err } = await run(...line, '--cache', join(home, 'no-cache'), '--input-size', '64');
  expect(code).toBe(2);
  expect(err).toMatch(/holds files that are not a run \(letter\.txt\); pass a new or empty folder/);
  expect(readdirSync(out)).toEqual(['letter.txt']);
  // before any feature is computed
  expect(existsSync(join(home, 'no-cache'))).toBe(false);
});

test.runIf(process.platform === 'linux')(
  'folders that cannot be created end a command, where mkdir -p would loop forever',
  async () => {
    const line = ['train', '--data', data, '--encoder', encoder, '--backend', 'wasm', '--input-size', '64'];
    const [out, cache] = [join(home, 'proc'), '/proc/none/cache'];
    for (const more of [
      ['--out', out, '--cache', cache],
      ['--out', '/proc/none/run', '--cache', join(home, 'cache')],
    ]) {
      const { code, err } = await run(...line, ...more);
      expect(code).toBe(2);
      expect(err).toMatch(/error: \/proc\/none\/.* cannot be written: there is no such file or folder/);
    }
  },
);
