import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePngGray, encodePngRgb } from '@pyramid-mamba/data/node';
import { seededRandom, type GrayImage, type RgbImage } from '@pyramid-mamba/data';
import {
  detectorConfigSchema,
  inputOf,
  methodOf,
  pictureMap,
  readModelInfo,
  readSafetensors,
} from '@pyramid-mamba/model';
import { readLevels, readManifest } from '@pyramid-mamba/runs';
import { beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder, tinyEncoder, words } from './kit.js';

const WIDTH = 160;
const HEIGHT = 64;
/** Where the defect is drawn: left, top, width, height. */
const DEFECT = [104, 20, 20, 20] as const;

/** A noisy grey strip, and its defect. */
async function strip(key: string, defective: boolean): Promise<{ picture: Uint8Array; mask: Uint8Array }> {
  const random = seededRandom('strip', key);
  const [left, top, width, height] = DEFECT;
  const picture: RgbImage = { width: WIDTH, height: HEIGHT, data: new Uint8Array(WIDTH * HEIGHT * 3) };
  const mask: GrayImage = { width: WIDTH, height: HEIGHT, data: new Uint8Array(WIDTH * HEIGHT) };
  for (let i = 0; i < mask.data.length; i++) {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    const marked = defective && x >= left && x < left + width && y >= top && y < top + height;
    if (marked) mask.data[i] = 255;
    const value = 110 + random() * 10;
    for (let c = 0; c < 3; c++)
      picture.data[i * 3 + c] = marked ? (((x >> 2) + (y >> 2)) % 2 === 0 ? 255 : 0) : value;
  }
  return { picture: await encodePngRgb(picture), mask: await encodePngGray(mask) };
}

/** Strips of 160×64 pixels in MVTec's layout. */
async function strips(folder: string): Promise<void> {
  const put = (path: string, bytes: Uint8Array) => {
    mkdirSync(join(folder, 'strip', path, '..'), { recursive: true });
    writeFileSync(join(folder, 'strip', path), bytes);
  };
  for (let i = 0; i < 6; i++) put(`train/good/00${i}.png`, (await strip(`train ${i}`, false)).picture);
  for (let i = 0; i < 3; i++) {
    put(`test/good/00${i}.png`, (await strip(`good ${i}`, false)).picture);
    const { picture, mask } = await strip(`bad ${i}`, true);
    put(`test/block/00${i}.png`, picture);
    put(`ground_truth/block/00${i}_mask.png`, mask);
  }
}

interface Prediction {
  score: number;
  width: number;
  height: number;
  regions: { box: [number, number, number, number] }[];
}

const home = temporaryFolder();
const data = join(home, 'data');
const call = async (line: string) => {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
};

beforeAll(async () => {
  await strips(data);
  tinyEncoder(join(home, 'encoder.safetensors'));
});

describe.each([
  // the picture's own size within an input of 64×128
  ['stretch', 128, 64],
  ['pad', 128, 51],
] as const)('a rectangular input, %s', (fit, width, height) => {
  const run = join(home, fit);

  test('trains, evaluates, reports and judges; regions are in pixels of the picture', async () => {
    const trained = await call(
      `train --data ${data} --out ${run} --encoder ${join(home, 'encoder.safetensors')} --cache ${join(home, 'cache')} ` +
        `--backend wasm --input-size 64x128 --fit ${fit} --batch-size 2 --epochs 6 --workers 1`,
    );
    expect(trained.err).toBe('');
    expect(trained.code).toBe(0);
    const { config, info } = readModelInfo(readFileSync(join(run, 'model.safetensors')), 'model');
    expect(inputOf(config)).toEqual({ height: 64, width: 128, fit });
    expect(inputOf(info.preprocessing)).toEqual(inputOf(config));

    expect(await call(`evaluate ${run} --backend wasm`)).toMatchObject({ code: 0 });
    const metrics = JSON.parse(readFileSync(join(run, 'metrics.json'), 'utf8')) as {
      mean: { image: { auroc: number }; pixel: { auroc: number } };
    };
    expect(metrics.mean.image.auroc).toBe(1);
    expect(metrics.mean.pixel.auroc).toBeTypeOf('number');
    expect(await call(`report ${run}`)).toMatchObject({ code: 0 });

    const judged = await call(
      `predict ${join(data, 'strip', 'test', 'block')} --model ${run} --backend wasm`,
    );
    const found = judged.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Prediction);
    expect(found).toHaveLength(3);
    for (const one of found) {
      expect(one).toMatchObject({ width: WIDTH, height: HEIGHT });
      const { box } = one.regions[0]!;
      expect(box[0] + box[2]).toBeLessThanOrEqual(WIDTH);
      expect(box[1] + box[3]).toBeLessThanOrEqual(HEIGHT);
    }
  });

  test('gives the viewer pictures, masks and maps of the picture’s own size', () => {
    const manifest = readManifest(readFileSync(join(run, 'viewer', 'viewer.json'), 'utf8'), 'viewer.json');
    expect(manifest).toMatchObject({ width: 128, height: 64 });
    const { map } = detectorConfigSchema.parse(manifest.model);
    for (const item of manifest.items) {
      expect(item).toMatchObject({ width, height });
      expect(existsSync(join(run, 'viewer', item.picture))).toBe(true);
      const bytes = Uint8Array.from(readFileSync(join(run, 'viewer', item.levels!)));
      const levels = readLevels(bytes, manifest.levels, item.levels!);
      const drawn = pictureMap(methodOf({}), levels, manifest, item, map);
      expect(drawn.map).toHaveLength(width * height);
      expect(drawn.score).toBe(item.score);
    }
  });
});

test('a memory bank has no patches of the border around the pictures', async () => {
  const run = join(home, 'bank');
  const { code, err } = await call(
    `train --method patchcore --data ${data} --out ${run} --encoder ${join(home, 'encoder.safetensors')} ` +
      `--cache ${join(home, 'cache')} --backend wasm --input-size 128 --fit pad --hold-back 0.5 --set model.coreset.share=1`,
  );
  expect(code, err).toBe(0);
  const { tensors } = readSafetensors(readFileSync(join(run, 'model.safetensors')), 'model');
  // three pictures, of whose 16×16 patches eight rows have pixels of the 51 from 38 on
  expect(tensors.get('bank.rows')!.shape[0]).toBe(3 * 8 * 16);
});

test.each([
  ['--input-size 64x100', /multiple of 32, got 64x100; try 64x128/],
  ['--input-size 64x96', /smallest map is 2x3, which cannot be cut into 2x2 .* try --input-size 64x128/],
  ['--input-size 64x', /side of a square in pixels, or height and width/],
  ['--input-size 1088', /at most 1024 pixels, the largest that the viewer opens, got 1088; /],
  ['--input-size 256x2048', /at most 1024 pixels, .* got 256x2048; /],
  ['--method patchcore --input-size 2048x256', /at most 1024 pixels, .* got 2048x256; /],
  ['--set model.input=[256,2048] --preset tiny', /at most 1024 pixels/],
  ['--fit crop', /stretch, pad/],
])('train %s is refused in a sentence', async (options, sentence) => {
  const { code, err } = await call(`train --data ${data} --out ${join(home, 'none')} ${options}`);
  expect(code).not.toBe(0);
  expect(err).toMatch(sentence);
});
