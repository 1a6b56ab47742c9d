import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { undefinedNotes } from '../src/evaluation/metricsTable.js';
import { scoreHistogram } from '../src/report/charts.js';
import { sortedGallery } from '../src/report/gallery.js';
import { html } from '../src/report/html.js';
import { paragraph } from '../src/report/paragraph.js';
import { outcomeOf } from '@pyramid-mamba/metrics';
import { PAPER_CLASSES, PAPER_MEAN, paperMeanOf, withModelInfo } from '@pyramid-mamba/model';
import { resultRows } from '../src/report/tables.js';
import { csv, DEFECTS_VERSION } from '@pyramid-mamba/data';
import type { ScoreLine } from '@pyramid-mamba/runs';
import { recordingIo, SMALL_NETWORK, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

test('text from files cannot become markup', () => {
  const name = `<img src=x onerror="a('b')">&`;
  expect(html`<p title="${name}">${[name]}</p>`.text).toBe(
    '<p title="&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;">&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;</p>',
  );
});

test('CSV quotes what would break a line or a column', () => {
  expect(csv([['a,b', 'say "x"', 'two\nlines', null, 1.5]])).toBe('"a,b","say ""x""","two\nlines",,1.5\r\n');
});

describe('the table', () => {
  const figures = {
    image: { auroc: 0.5, ap: 0.5, f1max: 0.5 },
    pixel: { auroc: 0.5, ap: 0.5, f1max: 0.5, aupro: null },
  };
  const report = (names: string[]) => ({
    protocol: 'paper' as const,
    mean: figures,
    classes: Object.fromEntries(names.map((name) => [name, figures])),
  });
  test("compares to the paper's rows, and the mean to the mean of exactly those", () => {
    const [bottle, pill, mean, ...more] = resultRows(report(['bottle', 'pill']), true);
    expect(bottle!.cells[0]).toEqual({ value: 50, delta: -50 });
    expect(pill!.cells[4]!.delta).toBeCloseTo(50 - 65.8);
    expect(mean!.cells[4]!.delta).toBeCloseTo(50 - (81 + 65.8) / 2);
    expect(mean!.cells[6]).toEqual({ value: null, delta: null });
    expect(more).toEqual([]);
  });
  test('the whole data set is compared to the printed mean as well, which is not that of its rows', () => {
    const rows = resultRows(report(Object.keys(PAPER_CLASSES)), true);
    expect(rows.at(-1)!.note).toBe("to the paper's printed mean");
    expect(rows.at(-1)!.cells[0]!.delta).toBeCloseTo(50 - 98.6);
    expect(paperMeanOf(Object.keys(PAPER_CLASSES))![6]).toBeCloseTo(94.53, 2);
    expect(PAPER_MEAN[6]).toBe(93.5);
  });
  test('a class the paper does not have keeps the mean uncompared', () => {
    const rows = resultRows(report(['bottle', 'tire']), true);
    expect(rows.map(({ cells }) => cells[0]!.delta)).toEqual([-50, null, null]);
    expect(resultRows(report(['bottle']), false)[0]!.cells[0]!.delta).toBeNull();
  });
});

test('a threshold stands where it is among the scores, to the pixel, and equal ones share a name', () => {
  const lineAt = (thresholds: Record<string, number>) => {
    const svg = scoreHistogram('x', [0.0606, 0.0651, 0.0713], [], thresholds);
    const dashed = [...svg.matchAll(/<path d="M([\d.]+) [\d.]+L[^"]*"[^>]*stroke-dasharray/g)];
    const bars = [...svg.matchAll(/<path d="M([\d.]+) [\d.]+l9 0/g)];
    return { svg, places: dashed.map(([, x]) => Number(x)), bars: bars.map(([, x]) => Number(x) + 4.5) };
  };
  const { places, bars } = lineAt({ review: 0.0741, reject: 0.0802 });
  expect(places).toHaveLength(2);
  // thirty bins from the smallest score to the largest of all, a bar in the middle of each
  const bin = (bars[29]! - bars[0]!) / 29;
  const at = (score: number) => bars[0]! + (((score - 0.0606) / (0.0802 - 0.0606)) * 30 - 0.5) * bin;
  expect(Math.abs(places[0]! - at(0.0741))).toBeLessThan(1);
  expect(Math.abs(places[1]! - at(0.0802))).toBeLessThan(1);
  // their names stand on the outer sides of the lines, however near these are
  const near = lineAt({ review: 0.0801, reject: 0.0802 });
  const anchors = ['review', 'reject'].map(
    (name) => new RegExp(`text-anchor="(\\w+)"[^>]*>${name}<`).exec(near.svg)?.[1],
  );
  expect(anchors).toEqual(['end', 'start']);
  const equal = lineAt({ review: 0.0741, reject: 0.0741 });
  expect(equal.places).toHaveLength(1);
  expect(equal.svg).toContain('review = reject');
});

describe('the first paragraph', () => {
  const line = (name: string, label: 0 | 1, verdict: ScoreLine['verdict']): ScoreLine => ({
    file: 'f',
    class: name,
    label,
    defect: label === 1 ? 'hole' : 'good',
    score: 0.1,
    verdict,
    map: 'm',
  });
  const thresholds = (method: 'f1' | 'quantile', goodCount: number) => ({
    review: 0.2,
    reject: 0.3,
    method,
    goodCount,
    defectCount: 1,
    scoreRange: [0, 1] as [number, number],
    background: 0,
  });
  const said = (scores: ScoreLine[], calibration: Record<string, ReturnType<typeof thresholds>>) =>
    paragraph({
      config: { classes: ['bolt', 'nut'], trainingPictures: 30, model: {} },
      metrics: { thresholds: calibration, classes: { bolt: {}, nut: {} } },
      scores,
    } as unknown as Parameters<typeof paragraph>[0]).join(' ');

  test('says what was found and missed, by product, and how far to trust it', () => {
    const text = said(
      [
        ...Array.from({ length: 18 }, () => line('bolt', 1, 'NG')),
        line('bolt', 1, 'REVIEW'),
        line('nut', 1, 'OK'),
        line('nut', 0, 'OK'),
        line('nut', 0, 'NG'),
      ],
      { bolt: thresholds('f1', 9), nut: thresholds('quantile', 9) },
    );
    expect(text).toBe(
      '22 pictures of bolt and nut were inspected by a model (Pyramid-Mamba) that has learnt these products from 30 good pictures; ' +
        'none of those is among the inspected ones. ' +
        'Of 20 defective pictures, 18 were rejected and 1 was given to a person to check; 1 was missed and passed as good (1 of nut). ' +
        'Of 2 good pictures, 1 passed, 0 were given to a person to check and 1 was wrongly rejected. ' +
        'The model file has no self-test with drawn defects. ' +
        'By these numbers, 1 to 24 % of such defects pass as good (95 % interval). ' +
        'The limits of bolt were chosen on these same pictures, so expect more mistakes on new ones. ' +
        'The limits of nut (9) rest on few good pictures: more of them make the verdicts surer.',
    );
  });

  test('of pictures without verdicts says why', () => {
    expect(said([line('bolt', 1, null)], {})).toMatch(
      /1 picture got no verdict, because there are no thresholds for bolt\..* not known/,
    );
  });
});

test('reasons for undefined figures are said once each', () => {
  const none = {
    image: { auroc: null, ap: null, f1max: null },
    pixel: { auroc: null, ap: null, f1max: null, aupro: null },
  };
  const reasons = ['a.image.auroc', 'a.image.ap', 'a.pixel.ap', 'a.pixel.f1max'].map((path) => [
    path,
    'no defects',
  ]);
  const report = {
    protocol: 'paper' as const,
    mean: none,
    classes: { a: none },
    undefined: Object.fromEntries([
      ...reasons,
      ['a.pixel.aupro', 'no region'],
      ['mean.image.auroc', 'undefined in every class: no defects'],
    ]) as Record<string, string>,
  };
  expect(undefinedNotes(report)).toEqual(['4 figures: no defects', 'a.pixel.aupro: no region']);
});

test('the gallery begins with the worst misses, then false rejects, then what was close', () => {
  const line = (label: 0 | 1, score: number): ScoreLine => ({
    file: String(score),
    class: 'a',
    label,
    defect: 'd',
    score,
    verdict: score >= 0.5 ? 'NG' : 'OK',
    map: 'm',
  });
  const scores = [line(1, 0.9), line(0, 0.1), line(1, 0.4), line(0, 0.8), line(1, 0.2), line(0, 0.4)];
  const thresholds = {
    a: {
      review: 0.5,
      reject: 0.5,
      method: 'f1' as const,
      goodCount: 3,
      defectCount: 3,
      scoreRange: [0.1, 0.9] as [number, number],
      background: 0,
    },
  };
  expect(sortedGallery(scores, thresholds).map(({ file }) => file)).toEqual([
    '0.2',
    '0.4',
    '0.8',
    '0.4',
    '0.9',
    '0.1',
  ]);
  expect(scores.map(outcomeOf)).toEqual(['right', 'right', 'miss', 'false reject', 'miss', 'right']);
});

describe('report', () => {
  const home = temporaryFolder();
  const run = join(home, 'run');
  /** The self-test of a class that fails it. */
  const tally = { drawn: 20, found: 15, placed: 14 };
  const example = { kind: 'hole', size: 0.16, contrast: 4, seed: '1/0', width: 256, height: 256 };
  const tile = {
    passed: false,
    reason: 'it overlooks 5 of 20 clear drawn defects',
    rule: 'r',
    figure: 0.7,
    good: { pictures: 8, refused: 1, toReview: 0, refusedInterval: [0, 0.5] as [number, number] },
    drawn: { ...tally, foundInterval: [0.5, 0.9] as [number, number] },
    clear: tally,
    byKind: { hole: tally },
    bySize: [{ size: 0.09, ...tally }],
    byContrast: [{ contrast: 4, ...tally }],
    smallest: null,
    drawing: DEFECTS_VERSION,
    examples: [
      { ...example, picture: 'tile/train/good/000.png', found: true, placed: true },
      { ...example, picture: 'tile/train/good/001.png', found: false, placed: false },
      { ...example, picture: 'tile/train/good/gone.png', found: true, placed: false },
    ],
  };

  const call = async (line: string) => {
    const io = recordingIo();
    const code = await main(words(line), io);
    return { code, out: io.stdout, err: io.stderr };
  };
  beforeAll(async () => {
    await tinyDataset(join(home, 'data'));
    tinyEncoder(join(home, 'encoder.safetensors'));
    await call(
      `train --data ${join(home, 'data')} --out ${run} --encoder ${join(home, 'encoder.safetensors')} --cache ${join(home, 'cache')} ` +
        `--backend wasm --input-size 64 --batch-size 4 --epochs 2 --workers 1 ${SMALL_NETWORK}`,
    );
  });

  test('of a run that was not evaluated says what its model says of itself, and without that what to do', async () => {
    const silent = await call(`report ${run}`);
    expect(silent.code).toBe(2);
    expect(silent.err).toMatch(/no metrics.json yet: finish its training, then run `pyramid-mamba evaluate/);

    const model = join(run, 'model.safetensors');
    const before = readFileSync(model);
    const limits = {
      review: 0.2,
      reject: 0.3,
      method: 'drawn' as const,
      goodCount: 4,
      defectCount: 0,
      scoreRange: [0.1, 0.2] as [number, number],
      background: 0.05,
    };
    writeFileSync(
      model,
      withModelInfo(before, model, (info) => ({
        ...info,
        calibration: { tile: limits },
        selfTest: { tile },
      })),
    );
    const { code, out, err } = await call(`report ${run}`);
    // what is left of an evaluation is none, and its pictures were inspected
    writeFileSync(join(run, 'scores.jsonl'), '');
    expect((await call(`report ${run}`)).err).toMatch(/no metrics.json yet/);
    rmSync(join(run, 'scores.jsonl'));
    writeFileSync(model, before);
    expect(code, err).toBe(0);
    expect(out).toMatch(
      /^This is a model \(Pyramid-Mamba\) that has learnt tile and wood from 8 good pictures; no other pictures were inspected yet\. /,
    );
    expect(out).toMatch(/ How many real defects it would miss is not known: it was shown drawn ones only\. /);
    expect(out).toMatch(/\nsummary: not evaluated · 2 classes · /);
    const page = readFileSync(join(run, 'report', 'report.html'), 'utf8');
    expect([...page.matchAll(/<h2[^>]*>([^<]*)/g)].map(([, title]) => title)).toEqual([
      'Figures',
      'Thresholds',
      'Training',
      'Self-test',
      'Inputs',
    ]);
    expect(page).toMatch(/drawn-\d\.webp/);
    expect(page).not.toMatch(/NaN|undefined|–/);
  });

  test('is one folder that needs nothing else', async () => {
    expect((await call(`evaluate ${run}`)).code).toBe(0);
    const { code, out } = await call(`report ${run}`);
    expect(code).toBe(0);
    expect(out).toMatch(/report\.html/);
    const folder = join(run, 'report');
    expect(readdirSync(folder).sort()).toEqual([
      'images',
      'metrics.csv',
      'report.html',
      'report.md',
      'scores.csv',
    ]);
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    const links = [...page.matchAll(/src="([^"]+)"/g)].map(([, link]) => link!);
    const scores = readFileSync(join(run, 'scores.jsonl'), 'utf8').trim().split('\n');
    expect(links).toHaveLength(scores.length);
    for (const link of links) expect(existsSync(join(folder, link))).toBe(true);
    for (const title of ['ROC, pictures', 'PR, pixels', 'PRO, regions', 'loss, mean of each epoch'])
      expect(page).toContain(title);
    const csvLines = readFileSync(join(folder, 'scores.csv'), 'utf8').trim().split('\r\n');
    expect(csvLines).toHaveLength(scores.length + 1);
    // a defect judged REVIEW is no miss, and a picture without a verdict is not right
    expect(
      new Set(csvLines.slice(1).map((line) => line.split(',').slice(3).toSpliced(1, 2).join(' '))),
    ).toSatisfy((seen: Set<string>) =>
      [...seen].every((line) =>
        [
          '0 OK right',
          '0 REVIEW to review',
          '0 NG false reject',
          '1 OK miss',
          '1 REVIEW to review',
          '1 NG right',
          '0 UNKNOWN unknown',
          '1 UNKNOWN unknown',
        ].includes(line),
      ),
    );
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toMatch(/\| mean.* \|/);
    expect(readdirSync(run).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('of good pictures alone reads well: no dashes, no reasons for them, no misses', async () => {
    const goodOnly = join(home, 'good-only');
    await tinyDataset(goodOnly);
    for (const name of ['tile', 'wood']) {
      rmSync(join(goodOnly, name, 'ground_truth'), { recursive: true });
      rmSync(join(goodOnly, name, 'test'), { recursive: true });
    }
    const out = join(home, 'good-run');
    const trained = await call(
      `train --data ${goodOnly} --out ${out} --encoder ${join(home, 'encoder.safetensors')} --cache ${join(home, 'cache')} ` +
        `--backend wasm --input-size 64 --batch-size 4 --epochs 1 --workers 1 ${SMALL_NETWORK}`,
    );
    expect(trained.out).toMatch(/held out: 4 good pictures/);
    expect((await call(`evaluate ${out}`)).code).toBe(0);
    expect((await call(`report ${out}`)).code).toBe(0);
    const page = readFileSync(join(out, 'report', 'report.html'), 'utf8').replace(/\s+/g, ' ');
    const text = page.replace(/<style>.*?<\/style>|<svg.*?<\/svg>|<details>.*?<\/details>|<[^>]+>/g, ' ');
    expect(text).toMatch(
      /4 pictures of tile and wood were inspected by a model .*\. Of 4 good pictures, \d passed, .* none of them is defective\. .*rest on few good pictures/,
    );
    expect(text).toMatch(/None: detection can only be measured on defective pictures/);
    expect(text).toMatch(/no figures: no defective pictures to measure on · 2 classes/);
    expect(text).toMatch(/Pictures, (highest scores|false rejects) first/);
    expect(text).not.toMatch(/–|undefined|recall|misse?s |defective pictures OK|true defect/);
    expect(page).not.toMatch(/>defective<|<td> <\/td>/);
    expect(readFileSync(join(out, 'report', 'report.md'), 'utf8')).not.toMatch(/–|\| mean/);
  });

  test('shows the self-test of the model file, and draws its defects again while the pictures are there', async () => {
    const model = join(run, 'model.safetensors');
    const before = readFileSync(model);
    // the weights are the same, so the results still belong to the model
    writeFileSync(
      model,
      withModelInfo(before, model, (info) => ({ ...info, selfTest: { tile } })),
    );
    expect((await call(`report ${run}`)).out).toMatch(/not to be trusted with an OK, it overlooks 5 of 20/);
    const page = readFileSync(join(run, 'report', 'report.html'), 'utf8').replace(/\s+/g, ' ');
    expect(page).toMatch(/<h2>Self-test<\/h2>.*15 of 20.*1 of 8/);
    const drawn = [...page.matchAll(/src="(images\/drawn-\d\.webp)"/g)].map(([, file]) => file!);
    expect(drawn).toHaveLength(2);
    for (const file of drawn) expect(existsSync(join(run, 'report', file))).toBe(true);
    expect(page).toMatch(/<b>found<\/b> hole, 16 %, contrast 4.*<strong>missed<\/strong> hole/);
    writeFileSync(model, before);
  });

  test('replaces the previous one atomically; a damaged file is reported by name', async () => {
    writeFileSync(join(run, 'report', 'old.txt'), '');
    expect((await call(`report ${run}`)).code).toBe(0);
    expect(existsSync(join(run, 'report', 'old.txt'))).toBe(false);
    const metrics = readFileSync(join(run, 'metrics.json'));
    writeFileSync(join(run, 'metrics.json'), metrics.subarray(0, 100));
    const { code, err } = await call(`report ${run}`);
    expect(code).toBe(2);
    expect(err).toMatch(/metrics\.json: expected JSON/);
    expect(existsSync(join(run, 'report', 'report.html'))).toBe(true);
    writeFileSync(join(run, 'metrics.json'), metrics);
  });

  test('ablate trains on where more steps are asked for, and refuses runs of more steps than asked for', async () => {
    const out = join(home, 'steps');
    const line =
      `ablate --data ${join(home, 'data')} --out ${out} --encoder ${join(home, 'encoder.safetensors')} --cache ${join(home, 'cache')} ` +
      '--backend wasm --input-size 64 --batch-size 4 --epochs 2 --workers 1 --classes tile --tables III --seeds 1 --max-steps';
    expect((await call(`${line} 1`)).code).toBe(0);
    const more = await call(`${line} 2`);
    expect(more.out.match(/continuing after|training: /g)!.length).toBeGreaterThan(2);
    expect(more.out).not.toMatch(/already done/);
    expect((await call(`${line} 2`)).out.match(/already done/g)).toHaveLength(3);
    expect((await call(`${line} 1`)).err).toMatch(/was trained for 2 steps, not 1; give that --max-steps/);
  });

  test('ablate trains each variant once, prints the tables and goes on where it was stopped', async () => {
    const out = join(home, 'ablation');
    const line =
      `ablate --data ${join(home, 'data')} --out ${out} --encoder ${join(home, 'encoder.safetensors')} --cache ${join(home, 'cache')} ` +
      '--backend wasm --input-size 64 --batch-size 4 --epochs 1 --workers 1 --classes tile --tables III --seeds 1,2';
    const first = await call(line);
    expect(first.err).toBe('');
    expect(first.code).toBe(0);
    expect(readdirSync(out).filter((name) => name.includes('seed'))).toHaveLength(6);
    const { pss, lec } = (
      JSON.parse(readFileSync(join(out, 'no-pss-seed2', 'config.json'), 'utf8')) as {
        model: { decoder: { pss: boolean; lec: boolean } };
      }
    ).model.decoder;
    expect([pss, lec]).toEqual([false, true]);
    expect(first.out).toMatch(/w\/o PSS +\d+\.\d ± \d+\.\d/);
    const text = readFileSync(join(out, 'ablation.txt'), 'utf8');
    rmSync(join(out, 'full-seed1', 'metrics.json'));
    rmSync(join(out, 'full-seed1', 'maps'), { recursive: true });
    const second = await call(line);
    expect(second.out.match(/already done/g)).toHaveLength(5);
    expect(second.out).not.toMatch(/training: /);
    expect(readFileSync(join(out, 'ablation.txt'), 'utf8')).toBe(text);
    // the config of a run of version 0.1.0 does not state the version of its random numbers
    const stated = readFileSync(join(out, 'full-seed2', 'config.json'), 'utf8');
    expect(stated).toContain('"random": 2');
    writeFileSync(
      join(out, 'full-seed2', 'config.json'),
      stated.replace(/"random": 2,?/, '').replace(/,(\s*\})/g, '$1'),
    );
    expect((await call(line)).out.match(/already done/g)).toHaveLength(6);
    // finished runs of other settings, more steps, or other pictures are not what was asked for
    const config = readFileSync(join(out, 'full-seed1', 'config.json'));
    const other = await call(line.replace('--epochs 1', '--epochs 3'));
    expect([other.code, other.out]).toEqual([2, '']);
    expect(other.err).toMatch(
      /--out: .* trained with other settings, .*train\.epochs|epochs: 1 -> 3.*another folder with --out/,
    );
    expect(readFileSync(join(out, 'full-seed1', 'config.json')).equals(config)).toBe(true);
    const good = join(home, 'data', 'tile', 'test', 'good');
    const picture = readFileSync(join(good, '000.png'));
    writeFileSync(join(good, '000.png'), readFileSync(join(good, '001.png')));
    const measured = await call(line);
    expect(measured.out).not.toMatch(/already done|training: /);
    writeFileSync(join(good, '000.png'), picture);
    const trained = join(home, 'data', 'tile', 'train', 'good', '000.png');
    const before = readFileSync(trained);
    writeFileSync(trained, picture);
    expect((await call(line)).err).toMatch(/these differ: the training pictures/);
    writeFileSync(trained, before);
    const { err } = await call(line.replace('III', 'VII'));
    expect(err).toMatch(/unknown VII; choose among III, IV, fig4, parts$/m);
  });
});
