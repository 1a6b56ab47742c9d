import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { decodeRgb } from '@pyramid-mamba/data/node';
import {
  readModelInfo,
  readSafetensors,
  withModelInfo,
  writeSafetensors,
  type ModelInfo,
} from '@pyramid-mamba/model';
import sharp from 'sharp';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { ScaleFinder } from '../src/evaluation/evaluation.js';
import { main } from '../src/main.js';
import { metricsReport, readManifest } from '@pyramid-mamba/runs';
import { metricsTable } from '../src/evaluation/metricsTable.js';
import { recordingIo, SMALL_NETWORK, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

const home = temporaryFolder();
const data = join(home, 'data');
const trainedRun = join(home, 'run');

async function run(...argv: string[]) {
  const io = recordingIo();
  const code = await main(argv, io);
  return { code, out: io.stdout, err: io.stderr };
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

beforeAll(async () => {
  await tinyDataset(data);
  const encoder = join(home, 'encoder.safetensors');
  tinyEncoder(encoder);
  const { code, err } = await run(
    ...words(
      `train --data ${data} --out ${trainedRun} --encoder ${encoder} --cache ${join(home, 'cache')} --backend wasm`,
    ),
    ...words(`--input-size 64 --batch-size 4 --epochs 2 --workers 1 ${SMALL_NETWORK}`),
  );
  expect(err).toBe('');
  expect(code).toBe(0);
});

const FIGURE = expect.toSatisfy((value) => typeof value === 'number' && value >= 0 && value <= 1) as number;
const FIGURES = {
  image: { auroc: FIGURE, ap: FIGURE, f1max: FIGURE },
  pixel: { auroc: FIGURE, ap: FIGURE, f1max: FIGURE, aupro: FIGURE },
};

const DIGEST = expect.stringMatching(/^[0-9a-f]{64}$/) as unknown;

const THRESHOLDS = {
  review: expect.any(Number) as unknown,
  reject: expect.any(Number) as unknown,
  method: 'f1',
  goodCount: 3,
  defectCount: expect.any(Number) as unknown,
  scoreRange: [expect.any(Number), expect.any(Number)],
  background: expect.any(Number) as unknown,
};

describe('evaluate', () => {
  test('writes metrics, scores and a heat map for each test picture, and prints the table', async () => {
    const { code, out, err } = await run('evaluate', trainedRun, '--backend', 'wasm');
    expect(err).toBe('');
    expect(code).toBe(0);

    const metrics = json(join(trainedRun, 'metrics.json'));
    expect(metrics).toEqual({
      protocol: 'paper',
      mean: FIGURES,
      classes: { tile: FIGURES, wood: FIGURES },
      thresholds: { tile: THRESHOLDS, wood: THRESHOLDS },
      heatMapScale: { low: { tile: expect.any(Number), wood: expect.any(Number) }, span: expect.any(Number) },
      evaluated: { model: DIGEST, data: DIGEST, files: expect.any(Object) as unknown },
    });
    expect((metrics.heatMapScale as { span: number }).span).toBeGreaterThan(0);

    const lines = readFileSync(join(trainedRun, 'scores.jsonl'), 'utf8').trimEnd().split('\n');
    const scores = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const files = ['tile', 'wood'].flatMap((name) =>
      readdirSync(join(data, name, 'test'))
        .sort()
        .flatMap((kind) =>
          readdirSync(join(data, name, 'test', kind))
            .sort()
            .map((file) => `${name}/test/${kind}/${file}`),
        ),
    );
    expect(scores.map((line) => line.file).sort()).toEqual([...files].sort());
    for (const line of scores) {
      expect(Object.keys(line)).toEqual(['file', 'class', 'label', 'defect', 'score', 'verdict', 'map']);
      expect(existsSync(join(trainedRun, 'maps', String(line.map)))).toBe(true);
      expect(line.label).toBe(String(line.file).includes('/good/') ? 0 : 1);
      expect(line.class).toBe(String(line.file).split('/')[0]);
      expect(line.score).toBeGreaterThan(0);
    }

    for (const file of files) {
      const path = join(trainedRun, 'maps', file.replace('/test/', '/'));
      const picture = await decodeRgb(readFileSync(path), path);
      expect([picture.width, picture.height]).toEqual([3 * 256 + 8, 256]);
    }
    expect(readdirSync(trainedRun).sort()).toEqual(
      words(
        'checkpoint config.json curves.json maps metrics.json model.safetensors scores.jsonl summary.txt tensorboard train.jsonl viewer',
      ),
    );

    expect(out).toMatch(/class +image AU-ROC +AP +F1-max +pixel AU-ROC +AP +F1-max +AU-PRO\n/);
    expect(out).toMatch(/\ntile( +[01]\.\d{3}){7}\nwood( +[01]\.\d{3}){7}\nmean( +[01]\.\d{3}){7}\n/);
    expect(out).toMatch(/wrote .*maps/);
  });

  test('gives the same bytes again, and the same scores with only the model file', async () => {
    const before = readFileSync(join(trainedRun, 'scores.jsonl'));
    const map = () => readFileSync(join(trainedRun, 'maps', 'tile', 'good', '000.png'));
    const mapBefore = map();
    writeFileSync(join(trainedRun, 'maps', 'tile', 'good', 'stale.png'), 'of an earlier evaluation');
    // an engine's bytes are its own, and `auto` may pick another one than in the test before
    await run('evaluate', trainedRun, '--backend', 'wasm');
    expect(readFileSync(join(trainedRun, 'scores.jsonl')).equals(before)).toBe(true);
    expect(map().equals(mapBefore)).toBe(true);
    expect(readdirSync(join(trainedRun, 'maps', 'tile', 'good'))).not.toContain('stale.png');

    const out = join(home, 'elsewhere');
    const model = join(trainedRun, 'model.safetensors');
    const { code } = await run(
      ...words(`evaluate --model ${model} --data ${data} --out ${out} --backend wasm`),
    );
    expect(code).toBe(0);
    expect(readFileSync(join(out, 'scores.jsonl')).equals(before)).toBe(true);
  });

  test('evaluates over every threshold on request, and a single class', async () => {
    const out = join(home, 'exact');
    const { code } = await run(
      ...words(`evaluate ${trainedRun} --protocol exact --classes wood --out ${out}`),
    );
    expect(code).toBe(0);
    const metrics = json(join(out, 'metrics.json'));
    expect(metrics.protocol).toBe('exact');
    expect(Object.keys(metrics.classes as object)).toEqual(['wood']);
    expect(metrics.mean).toEqual((metrics.classes as Record<string, unknown>).wood);
  });

  test('Ctrl+C says that nothing was replaced; the end names the next commands', async () => {
    const before = new Set(process.listeners('SIGINT'));
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    try {
      const io = { ...recordingIo(), isTTY: true };
      let [text, err] = ['', ''];
      io.err = (part) => void (err += part);
      io.out = (part) => {
        text += part;
        // our own listener alone: the test runner has some too
        if (part.includes('evaluating tile'))
          for (const listener of process.listeners('SIGINT')) if (!before.has(listener)) listener('SIGINT');
      };
      expect(await main(['evaluate', trainedRun], io)).toBe(0);
      expect(exit).toHaveBeenCalledWith(130);
      expect(err).toMatch(
        /stopped: \d+ of \d+ pictures were judged, and nothing was replaced: .* has no results yet|keeps its earlier/,
      );
      expect(text).toMatch(/evaluating tile: picture \d+\/\d+/);
      expect(text).toMatch(
        /next: `pyramid-mamba report .*run` writes a report .*`pyramid-mamba view .*run` shows/,
      );
    } finally {
      exit.mockRestore();
    }
  });

  test('writes null and the reason for undefined figures', async () => {
    const goodOnly = join(home, 'good-only');
    await tinyDataset(goodOnly);
    for (const name of ['tile', 'wood']) {
      rmSync(join(goodOnly, name, 'ground_truth'), { recursive: true });
      for (const kind of readdirSync(join(goodOnly, name, 'test'))) {
        if (kind !== 'good') rmSync(join(goodOnly, name, 'test', kind), { recursive: true });
      }
    }
    const out = join(home, 'undefined');
    const { code, out: text } = await run('evaluate', trainedRun, '--data', goodOnly, '--out', out);
    expect(code).toBe(0);
    const metrics = json(join(out, 'metrics.json')) as {
      mean: typeof FIGURES;
      undefined: Record<string, string>;
    };
    expect(metrics.mean.pixel.aupro).toBeNull();
    expect(metrics.undefined['tile.pixel.aupro']).toMatch(/no defective test picture/);
    expect(metrics.undefined['mean.image.auroc']).toMatch(/undefined in every class/);
    // no table of dashes
    expect(text).toContain('\nno figures: there is no defective test picture to measure on\n');
    expect(text).not.toMatch(/ -\n| - |AU-ROC/);
  });

  test('good/ and bad/ without masks: only image figures, and defective pixels do not count as good', async () => {
    const [plain, out] = [join(home, 'plain'), join(home, 'plain-run')];
    cpSync(join(data, 'wood', 'train', 'good'), join(plain, 'good'), { recursive: true });
    for (const kind of readdirSync(join(data, 'wood', 'test'))) {
      if (kind !== 'good')
        cpSync(join(data, 'wood', 'test', kind), join(plain, 'bad', kind), { recursive: true });
    }
    const trained = await run(
      ...words(`train --data ${plain} --out ${out} --encoder ${join(home, 'encoder.safetensors')}`),
      ...words(
        `--cache ${join(home, 'cache')} --backend wasm --input-size 64 --batch-size 2 --epochs 1 --workers 1 ${SMALL_NETWORK}`,
      ),
    );
    expect(trained.out).toMatch(/held out: 2 good pictures/);
    const { code, out: text } = await run('evaluate', out);
    expect(code).toBe(0);
    const { mean, undefined: reasons } = json(join(out, 'metrics.json')) as {
      mean: typeof FIGURES;
      undefined: Record<string, string>;
    };
    expect(mean.image.auroc).toEqual(expect.any(Number));
    expect([mean.pixel.auroc, mean.pixel.ap, mean.pixel.aupro]).toEqual([null, null, null]);
    expect(reasons['plain.pixel.auroc']).toMatch(/has a mask that marks its defect/);
    expect(text).toMatch(/^class +image AU-ROC +AP +F1-max\n/m);
    expect(text).toMatch(/- 4 figures: no defective test picture has a mask/);
    // labelled defects set the reject threshold, masks or not
    expect(text).toMatch(/thresholds of plain: .*best F1 .*2 good and \d+ defective/);

    // with masks for one defect type, the pixels of the others change nothing
    const [kind, ...others] = readdirSync(join(plain, 'bad'));
    cpSync(join(data, 'wood', 'ground_truth', kind!), join(plain, 'masks', kind!), { recursive: true });
    for (const name of readdirSync(join(plain, 'masks', kind!))) {
      renameSync(join(plain, 'masks', kind!, name), join(plain, 'masks', kind!, name.replace('_mask', '')));
    }
    const pixels = async (name: string) => {
      const result = await run(
        'evaluate',
        '--model',
        join(out, 'model.safetensors'),
        '--data',
        plain,
        '--out',
        join(home, name),
      );
      expect(result.err).toBe('');
      return (json(join(home, name, 'metrics.json')) as { mean: typeof FIGURES }).mean.pixel;
    };
    const some = await pixels('some-masks');
    for (const other of others) rmSync(join(plain, 'bad', other), { recursive: true });
    expect(some.auroc).toEqual(expect.any(Number));
    expect(some).toEqual(await pixels('all-masks'));

    // the folder of another day is called otherwise: the pictures are still of the only product
    const parts = join(home, 'parts');
    renameSync(plain, parts);
    const other = await run(
      ...words(`evaluate ${out} --data ${parts} --out ${join(home, 'parts-run')} --backend wasm`),
    );
    renameSync(parts, plain);
    expect(other.err).toBe('');
    expect(other.out).toContain('the pictures of "parts" are judged as plain, the model\'s only product');
    expect(Object.keys(json(join(home, 'parts-run', 'metrics.json'))['thresholds'] as object)).toEqual([
      'plain',
    ]);
  });

  test('a picture that the model was trained on is never tested, whatever the name of its folder', async () => {
    const [wood, plain] = [join(data, 'wood'), join(home, 'unseen')];
    for (const kind of readdirSync(join(wood, 'test'))) {
      if (kind !== 'good') cpSync(join(wood, 'test', kind), join(plain, 'bad', kind), { recursive: true });
    }
    cpSync(join(wood, 'train', 'good'), join(plain, 'good'), { recursive: true });
    const model = join(home, 'unseen.safetensors');
    const bytes = new Uint8Array(readFileSync(join(trainedRun, 'model.safetensors')));
    // like `predict`: everything is far below these thresholds
    const calibration = {
      review: 0.6,
      reject: 0.65,
      method: 'quantile' as const,
      goodCount: 9,
      defectCount: 0,
      scoreRange: [0, 0.1] as [number, number],
      background: 0,
    };
    const written = (training: Record<string, unknown>) =>
      writeFileSync(
        model,
        withModelInfo(bytes, model, (info) => ({
          ...info,
          training,
          calibration: { unseen: calibration },
          // defects of so small pictures would be UNKNOWN
          recognition: undefined,
        })),
      );
    const { info } = readModelInfo(bytes, model);
    expect(info.training!['pictures']).toHaveLength(8);
    written(info.training!);
    const evaluated = async () => {
      const out = join(home, 'unseen-out');
      const { code, out: text } = await run('evaluate', '--model', model, '--data', plain, '--out', out);
      expect(code).toBe(0);
      const scores = readFileSync(join(out, 'scores.jsonl'), 'utf8').trimEnd().split('\n');
      const { mean } = json(join(out, 'metrics.json')) as { mean: typeof FIGURES };
      return {
        text,
        mean,
        tested: scores.map((line) => JSON.parse(line) as { file: string; verdict: string }),
      };
    };
    // only defective pictures: AP and F1 would be 1.000 for any model
    const seen = await evaluated();
    expect(seen.tested.every(({ file, verdict }) => file.startsWith('bad/') && verdict === 'OK')).toBe(true);
    expect(seen.mean.image).toEqual({ auroc: null, ap: null, f1max: null });
    expect(seen.text).toMatch(/note: 4 pictures of unseen: not tested on: the model was trained on them/);
    const n = seen.tested.length;
    expect(seen.text).toContain(
      `warning: verdicts on unseen: 0 of ${n} defective pictures caught, ${n} judged OK; 0 to review`,
    );

    cpSync(join(wood, 'test', 'good', '000.png'), join(plain, 'good', 'new.png'));
    const some = await evaluated();
    expect(some.tested.map(({ file }) => file).filter((file) => !file.startsWith('bad/'))).toEqual([
      'good/new.png',
    ]);
    expect(some.mean.image.auroc).toEqual(expect.any(Number));
    expect(some.text).toMatch(/note: 1 picture of unseen: tested on: the model was not trained on them/);

    // copies under another name, also in another format and in the folder of test pictures
    const trained = readdirSync(join(wood, 'train', 'good')).sort();
    const copied = join(plain, 'bad', 'copied');
    mkdirSync(copied);
    cpSync(join(wood, 'train', 'good', trained[0]!), join(copied, 'another.png'));
    const {
      width,
      height,
      data: pixels,
    } = await decodeRgb(readFileSync(join(wood, 'train', 'good', trained[1]!)), 'picture');
    const raw = { raw: { width, height, channels: 3 as const } };
    await sharp(pixels, raw).webp({ lossless: true }).toFile(join(copied, 'again.webp'));
    const again = await evaluated();
    expect(again.tested.filter(({ file }) => file.includes('copied'))).toEqual([]);
    expect(again.text).toMatch(/note: 6 pictures of unseen: not tested on: the model was trained on them/);
    rmSync(copied, { recursive: true });

    // a model file that does not list its training pictures
    written({});
    const unknown = await evaluated();
    expect(unknown.mean.image.ap).toBeNull();
    expect(unknown.text).toMatch(/note: 5 pictures of unseen: not tested on: they are in a training/);
    expect(unknown.text).toMatch(
      /note: the model file does not say which pictures it was trained on: figures/,
    );
  });

  test.each([
    ['only the reject threshold', 0.527],
    ['both thresholds', 0.988],
  ])(
    'evaluates a run of version 0.1.0 with %s beyond every score, and sets them again',
    async (_, review) => {
      const old = join(home, `old-${review}`);
      cpSync(trainedRun, old, { recursive: true });
      const file = join(old, 'model.safetensors');
      const { tensors, metadata } = readSafetensors(readFileSync(file), file);
      const info = JSON.parse(metadata['info']!) as ModelInfo;
      const far = {
        review,
        reject: 0.988,
        method: 'quantile' as const,
        goodCount: 4,
        defectCount: 0,
        scoreRange: [0.01, 0.99] as [number, number],
        background: 0,
      };
      const changed = { ...info, calibration: { ...info.calibration, tile: far } };
      writeFileSync(file, writeSafetensors(tensors, { ...metadata, info: JSON.stringify(changed) }));
      const { code, err } = await run('evaluate', old, '--classes', 'tile');
      expect(err).toBe('');
      expect(code).toBe(0);
      const { calibration } = readModelInfo(readFileSync(file), file).info;
      expect(calibration!['tile']).toMatchObject({ method: 'f1', goodCount: 3 });
    },
  );

  test('rejects what it cannot evaluate and does not change the folder', async () => {
    const out = join(home, 'refused');
    const noTest = join(home, 'no-test');
    await tinyDataset(noTest);
    rmSync(join(noTest, 'tile', 'test'), { recursive: true });
    rmSync(join(noTest, 'tile', 'ground_truth'), { recursive: true });
    const cut = join(home, 'cut.safetensors');
    const sound = readFileSync(join(trainedRun, 'model.safetensors'));
    writeFileSync(cut, sound.subarray(0, sound.length - 4));
    const cases: [string[], RegExp][] = [
      [[trainedRun, '--data', noTest], /class "tile" has no test pictures/],
      [[trainedRun, '--data', join(home, 'nowhere')], /does not exist/],
      [['--model', cut, '--data', data], /cut\.safetensors/],
      [['--model', join(home, 'none'), '--data', data], /there is no such file/],
    ];
    for (const [argv, sentence] of cases) {
      const { code, err } = await run('evaluate', ...argv, '--out', out);
      expect(err).toMatch(sentence);
      expect(code).toBe(2);
      expect(statSync(out, { throwIfNoEntry: false })).toBeUndefined();
    }
    const taken = join(home, 'taken');
    mkdirSync(join(taken, 'viewer'), { recursive: true });
    writeFileSync(join(taken, 'viewer', 'mine.txt'), 'not of an evaluation');
    expect((await run('evaluate', trainedRun, '--out', taken)).err).toMatch(/viewer exists and is not of/);
    expect(readdirSync(join(taken, 'viewer'))).toEqual(['mine.txt']);
    const unfinished = join(home, 'unfinished');
    mkdirSync(unfinished);
    writeFileSync(join(unfinished, 'config.json'), readFileSync(join(trainedRun, 'config.json')));
    expect((await run('evaluate', unfinished)).err).toMatch(/training is not finished/);
    expect((await run('view', unfinished)).err).toMatch(
      /was not evaluated yet; .* run `pyramid-mamba evaluate/,
    );
    writeFileSync(join(unfinished, 'metrics.json'), '{}');
    expect((await run('view', unfinished)).err).toMatch(/by an older version, .*run `pyramid-mamba evaluate/);
  });

  test('does not say OK of a picture that lies in the folder of another product, as predict does not', async () => {
    const strayed = join(home, 'strayed');
    cpSync(data, strayed, { recursive: true });
    const [picture] = readdirSync(join(data, 'tile', 'test', 'good'));
    const file = join(strayed, 'wood', 'test', 'good', 'strayed.png');
    cpSync(join(data, 'tile', 'test', 'good', picture!), file);
    const out = join(home, 'strayed-out');
    expect((await run('evaluate', trainedRun, '--data', strayed, '--out', out)).code).toBe(0);
    const { items } = readManifest(readFileSync(join(out, 'viewer', 'viewer.json'), 'utf8'), 'viewer.json');
    const found = items.find((item) => item.file.includes('strayed'))!;
    expect(found.doubts).toEqual([
      'its folder says wood, but the picture looks like tile: put it in the right folder',
    ]);
    expect(items.filter(({ doubts }) => doubts !== undefined)).toEqual([found]);
    const lines = readFileSync(join(out, 'scores.jsonl'), 'utf8').trim().split('\n');
    const line = lines
      .map((one) => JSON.parse(one) as { file: string; verdict: string })
      .find((one) => one.file === found.file)!;
    expect(['REVIEW', 'NG']).toContain(line.verdict);
    const predicted = await run('predict', file, '--model', trainedRun, '--class', 'wood', '--json');
    expect(JSON.parse(predicted.out)).toMatchObject({ doubts: [expect.stringMatching(/looks like tile/)] });
  });

  test('keeps no tensor', async () => {
    const before = tf.memory().numTensors;
    await run('evaluate', trainedRun, '--classes', 'tile', '--out', join(home, 'again'));
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('good pictures without usable thresholds get a colour scale from their pixels', () => {
  const scale = new ScaleFinder();
  scale.add('tile', { thinned: Float32Array.of(0.1, 0.2, 0.6), low: 0.1, calibration: undefined });
  expect(scale.result(true).span).toBeCloseTo(0.5, 2);
});

test('metricsReport omits the reasons if every figure is defined', () => {
  const one = { value: 1 };
  const all = {
    image: { auroc: one, ap: one, f1max: one },
    pixel: { auroc: one, ap: one, f1max: one, aupro: one },
  };
  const report = metricsReport('exact', { a: all }, all);
  expect(report).not.toHaveProperty('undefined');
  expect(metricsTable(report).split('\n')).toHaveLength(4);
});
