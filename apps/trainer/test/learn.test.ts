// `learn` on a model of `train --quick --areas`.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModelInfo } from '@pyramid-mamba/model';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

/** What the rule finds; undefined: what it really finds. */
const rule = vi.hoisted(() => ({ worse: undefined as string | undefined }));

// few drawn defects: what is tested is what becomes of files
vi.mock('@pyramid-mamba/inspect', async (load) => {
  const actual = await load<typeof import('@pyramid-mamba/inspect')>();
  const testModel: typeof actual.testModel = (model, pictures, options) =>
    actual.testModel(model, pictures, { ...options, budget: 9 });
  const learnInto: typeof actual.learnInto = async (model, info, pictures, options) => {
    const { made, classes, ...rest } = await actual.learnInto(model, info, pictures, {
      ...options,
      budget: 9,
    });
    const { worse } = rule;
    if (worse === undefined) return { classes, ...rest, ...(made && { made }) };
    return { classes: classes.map((one) => ({ ...one, worse })), ...rest };
  };
  return { ...actual, testModel, learnInto };
});

const home = temporaryFolder();
const data = join(home, 'data');
const run = join(home, 'run');
const model = join(run, 'model.safetensors');
const AREAS = {
  tile: {
    use: [],
    ignore: [
      [
        [0, 0],
        [1, 0],
        [0, 0.5],
      ],
    ],
  },
};

async function call(line: string) {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
}
const infoNow = () => readModelInfo(readFileSync(model), model).info;
const inside = (folder: string) => readdirSync(join(data, folder)).map((name) => join(data, folder, name));

let trained: Awaited<ReturnType<typeof call>>;
beforeAll(async () => {
  await tinyDataset(data);
  tinyEncoder(join(home, 'encoder'));
  writeFileSync(join(home, 'areas.json'), JSON.stringify(AREAS));
  trained = await call(
    `train ${data} --quick --out ${run} --areas ${home}/areas.json --input-size 64 --encoder ${home}/encoder --cache ${home}/cache --backend wasm`,
  );
});

describe('train --areas', () => {
  test('keeps the areas of the product in model and run', () => {
    expect(trained.err).toBe('');
    expect(trained.code).toBe(0);
    expect(infoNow().areas).toEqual(AREAS);
    const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8')) as { areas: unknown };
    expect(config.areas).toEqual(AREAS);
  });

  test('areas that the finished model is given are not those of its self-test: its OK is doubted until they are set back', async () => {
    const other = join(home, 'other.safetensors');
    copyFileSync(model, other);
    const doubt = /the judged areas of tile were changed after the model had tested itself with others/;
    const { code, out } = await call(`areas --model ${other} --remove`);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`note: ${doubt.source}.*REVIEW in place of OK`));
    expect(out).not.toMatch(/judged areas of wood/);
    const info = () => readModelInfo(readFileSync(other), other).info;
    expect(info().selfTest!['tile']!.areas).toEqual(AREAS.tile);
    const judged = await call(`predict ${data}/tile/test/good --model ${other} --class tile --backend wasm`);
    const lines = judged.out.trim().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const { verdict, doubts } = JSON.parse(line) as { verdict: string; doubts: string[] };
      expect(verdict).not.toBe('OK');
      expect(doubts.join('; ')).toMatch(doubt);
    }
    expect((await call(`areas --model ${other} --set ${home}/areas.json`)).code).toBe(0);
    expect(info()).toEqual(infoNow());
  });

  test.each([
    ['{"nut": {"use": []}}', /--areas: there is no product "nut"; the products are tile, wood/],
    ['{"ignore": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}', /leave nothing of the picture to judge/],
    ['{"use": 3}', /--areas: \S+: use: .*; expected polygons of at least three corners/],
  ])('refuses %s', async (text, sentence) => {
    const file = join(home, 'wrong.json');
    writeFileSync(file, text);
    const { code, err } = await call(`train ${data} --quick --out ${home}/none --areas ${file}`);
    expect(code).toBe(2);
    expect(err).toMatch(sentence);
    expect(existsSync(join(home, 'none', 'config.json'))).toBe(false);
  });
});

describe('learn', () => {
  test.each([
    ['', /learn: no pictures are given; pass false alarms with --good, escapes with --bad/],
    [`--good ${data}/tile/test/good --product nut`, /--product: the model was not trained on "nut"/],
    [
      `--good ${data}/tile/test/good --bad ${data}/tile/test/good --product tile`,
      /is given as good and as defective/,
    ],
    [
      `--bad ${data}/tile/train/good --product tile`,
      /is given as defective, but the model has learnt it as good/,
    ],
    [`--good ${data}/tile/train/good --product tile`, /there is nothing new to learn/],
  ])('refuses %s', async (options, sentence) => {
    const before = readFileSync(model);
    const { code, err } = await call(`learn --model ${run} --backend wasm ${options}`.trimEnd());
    expect(err).toMatch(sentence);
    expect(code).toBe(2);
    expect(readFileSync(model).equals(before)).toBe(true);
  });

  test('writes nothing where the model would get worse, and says why and by what rule', async () => {
    const before = readFileSync(model);
    rule.worse = 'it would be worse';
    const { code, err } = await call(
      `learn --model ${run} --backend wasm --good ${data}/tile/test/good --product tile`,
    );
    rule.worse = undefined;
    expect(code).toBe(2);
    expect(err).toMatch(
      /learn: \S+ stays as it is, it would get worse: tile: it would be worse\. The rule: a product must not fail/,
    );
    expect(readFileSync(model).equals(before)).toBe(true);
    expect(readdirSync(run).filter((name) => name.includes('before'))).toEqual([]);
  });

  test('puts the model that has learnt in place and keeps the old one; evaluate knows the pictures', async () => {
    const before = readFileSync(model);
    const folder = `${data}/tile/test/good`;
    const { code, err, out } = await call(
      `learn --model ${run} --backend wasm --good ${folder} --product tile --json`,
    );
    expect(err).toMatch(/\d+ patches exchanged in the memory bank\n/);
    expect(err).toMatch(/\ntile: good pictures not OK: \d before, \d after, of 3 /);
    expect(err).toMatch(/\nnote: the memory bank also judges wood, which nothing was given to test by/);
    expect(code).toBe(0);
    const result = JSON.parse(out) as { kept: string; pictures: { product: string; after: string }[] };
    expect(result.kept).toBe(join(run, 'model.before-1.safetensors'));
    expect(readFileSync(result.kept).equals(before)).toBe(true);
    expect(result.pictures).toHaveLength(3);
    const info = infoNow();
    expect(info.areas).toEqual(AREAS);
    const [first] = inside('tile/test/good');
    const digest = createHash('sha256').update(readFileSync(first!)).digest('hex').slice(0, 16);
    expect(info.training!['pictures']).toContain(digest);
    copyFileSync(first!, join(home, 'again.png'));
    expect((await call(`learn --model ${run} --backend wasm --good ${home}/again.png`)).err).toMatch(
      /there is nothing new to learn/,
    );
  });

  test('knows a defective picture that it was given before: a folder of escapes may grow, and be given again', async () => {
    const escapes = join(home, 'escapes');
    mkdirSync(escapes);
    const [first, second] = readdirSync(join(data, 'tile/test')).filter((name) => name !== 'good');
    const take = (defect: string, as: string) =>
      copyFileSync(inside(`tile/test/${defect}`)[0]!, join(escapes, as));
    const learnt = (options: string) => call(`learn --model ${run} --backend wasm --product tile ${options}`);
    take(first!, 'first.png');
    expect((await learnt(`--bad ${escapes}`)).err).toBe('');
    take(second!, 'second.png');
    const again = await learnt(`--bad ${escapes}`);
    expect(again.err).toBe('');
    expect(again.out).toMatch(
      /note: 1 defective pictures are left out, the model has learnt them \(first \S+first\.png/,
    );
    expect(again.code).toBe(0);
    const good = await learnt(`--good ${escapes}/first.png`);
    expect(good.err).toMatch(
      /is given as good, but the model has learnt it as defective, which cannot be taken back/,
    );
  });
});
