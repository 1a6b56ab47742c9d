// `compare`: two methods on drawn pictures, called again with another seed, and its tables by hand-made figures.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModelInfo, readSafetensors, writeSafetensors } from '@pyramid-mamba/model';
import { beforeAll, expect, test } from 'vitest';
import { asLatex, asMarkdown, latex } from '../src/compare/formats.js';
import { PUBLISHED, publishedMean } from '../src/compare/published.js';
import type { Comparison, Row } from '../src/compare/result.js';
import { pairOf, pictureRows, standings } from '../src/compare/standing.js';
import { comparedTitle, readComparison } from '@pyramid-mamba/runs';
import { gridsOf, notesOf } from '../src/compare/tables.js';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

const home = temporaryFolder();
const out = join(home, 'out');

async function run(line: string) {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
}

const compare = (more: string) =>
  run(
    `compare --data ${home}/data --out ${out} --encoders ${home}/small.safetensors --cache ${home}/cache --backend wasm ` +
      `--input-size 32 --batch-size 2 --workers 1 --classes tile ${more}`,
  );
const two = '--methods rd4ad,patchcore:fast';
const read = (name: string) => readFileSync(join(out, name), 'utf8');

beforeAll(async () => {
  await tinyDataset(join(home, 'data'));
  tinyEncoder(join(home, 'small.safetensors'));
});

test('trains what is missing, resumes, tabulates, and refuses other settings', async () => {
  const first = await compare(`${two} --max-steps 2 --seeds 1`);
  expect(first.err).toBe('');
  expect(first.code).toBe(0);
  expect(first.out).toMatch(/\n\[2\/2\] PatchCore, fast, small, seed 1\n/);
  const found = JSON.parse(read('compare.json')) as Comparison;
  // the page reads the same
  expect(readComparison(read('compare.json'), 'compare.json')).toMatchObject({
    pairs: found.pairs.map(({ a, b, wins }) => ({ a, b, wins })),
  });
  expect(found.rows.map(({ key, steps }) => [key, steps])).toEqual([
    ['rd4ad-small', [2]],
    ['patchcore-fast-small', [null]],
  ]);
  for (const row of found.rows) {
    const metrics = JSON.parse(read(`${row.key}-seed1/metrics.json`)) as {
      mean: { image: { auroc: number } };
    };
    expect(row.mean[0]!.mean).toBeCloseTo(metrics.mean.image.auroc * 100, 10);
    for (const cost of [row.seconds, row.peakBytes, row.picture, row.learnt, row.encoderNumbers])
      expect(cost!.mean).toBeGreaterThan(0);
  }
  expect(found.rows.map(({ peakIsBound }) => peakIsBound)).toEqual([false, true]);
  // a win, a loss or a tie for each test picture
  const [pair] = found.pairs;
  expect(pair!.wins + pair!.losses + pair!.ties).toBe(found.pictures.length);
  // the mean standing of a class's defective pictures is its image AU-ROC
  const auroc = (row: number, name: string) => {
    const own = found.pictures.filter((one) => one.class === name && one.label === 1);
    return own.reduce((sum, one) => sum + one.standings[row]!, 0) / own.length;
  };
  for (const [i, row] of found.rows.entries())
    expect(auroc(i, 'tile') * 100).toBeCloseTo(row.classes['tile']![0]!.mean, 8);
  expect(first.out).toContain(
    'Mask rule: a pixel is defective where the mask, resized to the input, is above one half.',
  );
  for (const name of ['txt', 'md', 'csv', 'tex', 'svg'])
    expect(statSync(join(out, `compare.${name}`)).size).toBeGreaterThan(100);

  // again with a second seed: what is done is not trained again; the costs of a cell whose record is gone are measured where they can be
  const made = statSync(join(out, 'patchcore-fast-small-seed1', 'model.safetensors')).mtimeMs;
  rmSync(join(out, 'patchcore-fast-small-seed1.json'));
  const again = await compare('--methods patchcore:fast --seeds 2');
  expect([again.code, again.err]).toEqual([0, '']);
  expect(again.out).toMatch(/^\[1\/2\] PatchCore, fast, small, seed 1: already done\n/);
  expect(statSync(join(out, 'patchcore-fast-small-seed1', 'model.safetensors')).mtimeMs).toBe(made);
  const both = (JSON.parse(read('compare.json')) as Comparison).rows[0]!;
  expect(both.runs.map(({ seed, seconds }) => [seed, seconds === null])).toEqual([
    [1, true],
    [2, false],
  ]);
  expect(both.mean[0]!.mean).toBeCloseTo((both.runs[0]!.mean[0]! + both.runs[1]!.mean[0]!) / 2, 8);

  for (const [more, sentence] of [
    [
      `${two} --max-steps 1 --seeds 1`,
      /rd4ad-small-seed1 was trained for 2 steps, not 1; give that --max-steps/,
    ],
    [`${two} --time 1s --seeds 1`, /--time: .*rd4ad-small-seed1 was begun with no --time, not --time 1s/],
    [
      `${two} --max-steps 2 --input-size 64`,
      /was trained with other settings, and these differ: the network/,
    ],
    ['--methods rd4', /--methods: unknown method "rd4"/],
    ['--methods rd4ad:fast', /--methods: rd4ad has no preset "fast"; it has tiny, paper/],
    ['--methods rd4ad,rd4ad:tiny', /--methods: two of them are called rd4ad:tiny/],
    ['--time 1m --epochs 2', /--time and --epochs both give the length/],
    ['--methods rd4ad --preset official', /--preset: none of the methods has a preset "official"/],
  ] as const) {
    const { code, err } = await compare(more);
    expect(err).toMatch(sentence);
    expect(code).toBe(2);
  }
});

test('a model whose numbers are invalid has no figures, and the others have all of theirs', async () => {
  const folder = join(home, 'unsound');
  const line = (seeds: number) => `${two} --max-steps 1 --seeds ${seeds} --out ${folder}`;
  expect((await compare(line(2))).code).toBe(0);
  const figures = () => JSON.parse(readFileSync(join(folder, 'compare.json'), 'utf8')) as Comparison;
  const before = figures();
  const spoil = (seed: number) => {
    const file = join(folder, `rd4ad-small-seed${seed}`, 'model.safetensors');
    const { tensors, metadata } = readSafetensors(readFileSync(file), file);
    for (const [name, tensor] of tensors)
      if (name.startsWith('decoder.')) (tensor.data as Float32Array).fill(0);
    writeFileSync(file, writeSafetensors(tensors, metadata));
  };
  spoil(1);
  const one = await compare(line(2));
  const why = 'the network computed the same value everywhere, so there is no verdict';
  expect(one.out).toContain(`note: rd4ad-small-seed1 has no figures: ${why}`);
  expect(one.err).toMatch(
    /^error: compare: 1 of 4 models has no figures; the notes of .*compare\.txt say why/,
  );
  expect(one.code).toBe(2);
  const [rd4ad, patchcore] = figures().rows;
  expect(rd4ad!.without).toEqual([{ seed: 1, why: expect.stringContaining(why) as string }]);
  expect(rd4ad!.runs.map(({ seed }) => seed)).toEqual([2]);
  expect(rd4ad!.mean[0]).toEqual({ mean: before.rows[0]!.runs[1]!.mean[0], std: 0 });
  expect(patchcore).toEqual(before.rows[1]);
  expect(figures().pairs).toHaveLength(1);
  const text = readFileSync(join(folder, 'compare.txt'), 'utf8');
  expect(text).toMatch(/RD4AD \(without seed 1\)/);
  expect(text).toMatch(/RD4AD has no figures of seed 1 \(the network .*\): its means are of seed 2\.\n/);

  spoil(2);
  const none = await compare(line(2));
  expect([none.code, none.err]).toEqual([
    2,
    expect.stringContaining('2 of 4 models have no figures') as string,
  ]);
  expect(figures().rows[0]).toMatchObject({ mean: before.rows[0]!.mean.map(() => null), runs: [] });
  expect(figures()).toMatchObject({ pairs: [] });
  expect(figures().pictures.map(({ standings: [first, second] }) => [first, typeof second])).toEqual(
    before.pictures.map(() => [null, 'number']),
  );
  // the page reads it
  const read = readComparison(readFileSync(join(folder, 'compare.json'), 'utf8'), 'compare.json');
  expect(comparedTitle(read.rows[0]!, read.rows)).toBe('RD4AD (without seeds 1, 2)');
});

test('--time plans each training, and a second call finds it done', async () => {
  const line = '--methods rd4ad --time 0.5s --seeds 1 --out ';
  const planned = await compare(`${line}${home}/timed`);
  expect([planned.code, planned.err]).toEqual([0, '']);
  expect(planned.out).toMatch(/planned: \d+ steps/);
  const again = await compare(`${line}${home}/timed`);
  expect([again.code, again.err]).toEqual([0, '']);
  expect(again.out).toMatch(/seed 1: already done/);
  expect(existsSync(join(home, 'timed', 'compare.tex'))).toBe(true);
});

test('a standing is the share of the other label on the right side, ties half', () => {
  const line = (file: string, label: 0 | 1, score: number) => ({
    file,
    label,
    score,
    class: 'nut',
    defect: label ? 'dent' : 'good',
    verdict: null,
    map: '',
  });
  const a = [line('g1', 0, 1), line('g2', 0, 3), line('b1', 1, 3), line('b2', 1, 5)];
  expect({ ...standings(a) }).toEqual({ g1: 1, g2: 0.75, b1: 0.75, b2: 1 });
  const b = [line('g1', 0, 1), line('g2', 0, 2), line('b1', 1, 3), line('b2', 1, 0)];
  const rows = pictureRows([[a], [b]]);
  expect(pairOf(rows, 0, 1)).toEqual({
    a: 0,
    b: 1,
    wins: 3,
    losses: 1,
    ties: 0,
    aBest: ['b2', 'g1', 'g2'],
    bBest: ['b1'],
  });
  expect({ ...standings([line('g1', 0, 1)]) }).toEqual({});
});

test('published figures stand beside classes of their names, with the mean of these or, for all 15, the printed one', () => {
  expect(PUBLISHED.map(({ title }) => title)).toEqual([
    'DeSTSeg',
    'RD4AD',
    'DiAD',
    'MambaAD',
    'Pyramid-Mamba',
  ]);
  for (const one of PUBLISHED) {
    const names = Object.keys(one.classes);
    expect(names).toHaveLength(15);
    expect(publishedMean(one, names)).toBe(one.mean);
    expect(publishedMean(one, ['bottle', 'nail'])).toBeUndefined();
  }
  const [destseg] = PUBLISHED;
  expect(publishedMean(destseg!, ['bottle', 'cable'])![0]).toBeCloseTo(94.1, 10);

  const spread = (mean: number) => ({ mean, std: 0.5 });
  const row: Row = {
    key: 'rd4ad-x',
    method: 'rd4ad',
    title: 'RD4AD',
    preset: 'tiny',
    encoder: 'my|net',
    input: '32×32',
    backend: 'wasm',
    mean: Array.from({ length: 7 }, () => spread(50)),
    classes: { bottle: [spread(90), null, spread(70), spread(60), null, spread(40), spread(30)] },
    without: [],
    steps: [8, 8],
    seconds: spread(3),
    peakBytes: spread(2 ** 21),
    peakIsBound: true,
    picture: null,
    learnt: spread(2e6),
    encoderNumbers: spread(1e6),
    runs: [],
  };
  const comparison: Comparison = {
    format: 'pyramid-mamba comparison 1',
    data: 'x',
    classes: ['bottle'],
    seeds: [1, 2],
    figures: [
      'image AU-ROC',
      'image AP',
      'image F1-max',
      'pixel AU-ROC',
      'pixel AP',
      'pixel F1-max',
      'AU-PRO',
    ],
    notes: [],
    rows: [row],
    published: [{ title: destseg!.title, classes: { bottle: destseg!.classes['bottle']! }, mean: null }],
    pictures: [],
    pairs: [],
  };
  const [image, pixel, costs] = gridsOf(comparison);
  expect(image!.rows[0]).toEqual(['bottle', '98.7/99.6/96.8', '90.0±0.5/–/70.0±0.5']);
  expect(pixel!.rows).toEqual([
    ['bottle', '97.2/53.8/62.4/89.0', '60.0±0.5/–/40.0±0.5/30.0±0.5'],
    ['mean', '–', '50.0±0.5/50.0±0.5/50.0±0.5/50.0±0.5'],
  ]);
  expect(costs!.rows[0]!.slice(5)).toEqual(['8', '3.0', '≤ 2', '–', '2.00', '1.00']);
  expect(notesOf(comparison)[0]).toBe('Mean ± standard deviation over the seeds 1, 2.');
  expect(asLatex(comparison)).toContain('bottle & 98.7/99.6/96.8 & 90.0$\\pm$0.5/--/70.0$\\pm$0.5 \\\\');
  expect(latex('a_b\\50%')).toBe('a\\_b\\textbackslash{}50\\%');
  expect(asMarkdown(comparison)).toContain('my\\|net');
});

test('the preset best is a bank and a network together, which share the time; a second call finds it done', async () => {
  for (const [method, preset, length, steps] of [
    ['best', 'best', '--max-steps 2', [2]],
    ['ensemble:best-fine', 'best-fine', '--time 0.5s', [expect.any(Number)]],
  ] as const) {
    const folder = join(home, `best${length.length}`);
    const line = `--methods ${method},patchcore:fast ${length} --seeds 1 --input-size 64 --out ${folder}`;
    const first = await compare(line);
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toContain(`[1/2] Ensemble, ${preset}, small, seed 1\n`);
    const { rows } = JSON.parse(readFileSync(join(folder, 'compare.json'), 'utf8')) as Comparison;
    expect(rows.map((row) => [row.key, row.steps])).toEqual([
      [`ensemble-${preset}-small`, steps],
      ['patchcore-fast-small', [null]],
    ]);
    expect(rows[0]!.seconds!.mean).toBeGreaterThan(0);
    const run = join(folder, `ensemble-${preset}-small-seed1`);
    const { config, info } = readModelInfo(readFileSync(join(run, 'model.safetensors')), run);
    expect(config).toMatchObject({
      method: 'ensemble',
      members: [{ method: 'patchcore', levels: preset === 'best' ? [1, 2] : [0, 1, 2] }, { method: 'rd4ad' }],
      map: { combine: 'stretched-square' },
    });
    // it has learnt from all good pictures
    expect(info.training!['pictures']).toHaveLength(4);
    const shares = Object.values(info.training!['shares'] as Record<string, number>);
    expect(first.out).toContain(`the map is ${Math.round(100 * shares[0]!)} % RD4AD's for `);
    const again = await compare(line);
    expect([again.code, again.err]).toEqual([0, '']);
    expect(again.out).toContain(`[1/2] Ensemble, ${preset}, small, seed 1: already done\n`);
    // a cell that was interrupted before the model was complete
    rmSync(join(run, 'model.safetensors'));
    expect((await compare(line)).code).toBe(0);
    expect(existsSync(join(run, 'model.safetensors'))).toBe(true);
  }
});

test('best needs good pictures to hold back', async () => {
  const few = join(home, 'few');
  await tinyDataset(few);
  rmSync(join(few, 'tile', 'train', 'good', readdirSync(join(few, 'tile', 'train', 'good'))[0]!));
  const { code, err } = await compare(
    `--methods best --max-steps 1 --seeds 1 --data ${few} --out ${home}/none`,
  );
  expect(err).toMatch(/few: an ensemble sets its scales by good pictures .* takes four of a product/);
  expect(code).toBe(2);
});
