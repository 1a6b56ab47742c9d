import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import { seededRandom } from '@pyramid-mamba/data';
import { pictureMap, detectorConfigSchema, methodOf, readModelInfo } from '@pyramid-mamba/model';
import { readLevels, readManifest } from '@pyramid-mamba/runs';
import { beforeAll, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder, tinyEncoder, words } from './kit.js';

const [WIDTH, HEIGHT] = [320, 256];
/** Where the defect is drawn, 8 pixels a side: three of the input. */
const [LEFT, TOP, SIDE] = [200, 60, 8];

const home = temporaryFolder();
const data = join(home, 'data');
const run = join(home, 'run');
const call = async (line: string) => {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
};

function picture(key: string, defective: boolean): Promise<Uint8Array> {
  const random = seededRandom('large', key);
  const noise = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, () => 110 + random() * 10);
  if (defective)
    for (let y = TOP; y < TOP + SIDE; y++)
      noise.fill(0, 3 * (y * WIDTH + LEFT), 3 * (y * WIDTH + LEFT + SIDE));
  return encodePngRgb({ width: WIDTH, height: HEIGHT, data: noise });
}

beforeAll(async () => {
  for (const [folder, count] of [
    ['train/good', 4],
    ['test/good', 2],
    ['test/dot', 2],
  ] as const) {
    mkdirSync(join(data, 'sheet', folder), { recursive: true });
    for (let i = 0; i < count; i++)
      writeFileSync(
        join(data, 'sheet', folder, `${i}.png`),
        await picture(`${folder} ${i}`, folder === 'test/dot'),
      );
  }
  tinyEncoder(join(home, 'encoder.safetensors'));
});

test('train --tiles makes a model that every command judges in its tiles, in pixels of the picture', async () => {
  const trained = await call(
    `train ${data} --quick --out ${run} --encoder ${join(home, 'encoder.safetensors')} --cache ${join(home, 'cache')} ` +
      '--backend wasm --workers 1 --input-size 96x128 --tiles 64 --overlap 32',
  );
  expect(trained.code, trained.err).toBe(0);
  expect(trained.out).toMatch(
    /tiles: 6 tiles of 64 px, overlap 32; 24 to learn from, which need \d+ MB in the cache/,
  );
  expect(trained.out).toMatch(/features: 4 training pictures of 1 class, in 24 tiles, 24 encoded/);
  const { config, info } = readModelInfo(readFileSync(join(run, 'model.safetensors')), 'model', {
    recalibrate: true,
  });
  expect(config.tiles).toEqual({ size: [64, 64], overlap: 32 });
  expect(info.recognition!['sheet']!.distances).toHaveLength(4);
  // sizes are of the part that is drawn on, here as large as the input allows
  const [example] = info.selfTest!['sheet']!.examples;
  expect(example).toMatchObject({ width: 128, height: 96, window: { width: 128, height: 96 } });

  const judged = await call(`predict ${join(data, 'sheet', 'test')} --model ${run} --backend wasm`);
  expect(judged.err).toMatch(
    /tiles: 6 tiles of 64 px, overlap 32; a picture takes about .* in one thread and 1 MB of memory, 4 pictures /,
  );
  const lines = judged.out
    .trim()
    .split('\n')
    .map(
      (line) =>
        JSON.parse(line) as { file: string; score: number; width: number; regions: { box: number[] }[] },
    );
  const of = (folder: string) => lines.filter(({ file }) => file.includes(folder));
  expect(of('dot')).toHaveLength(2);
  const most = Math.max(...of('good').map(({ score }) => score));
  for (const { score, width, regions } of of('dot')) {
    expect(score).toBeGreaterThan(most);
    expect(width).toBe(WIDTH);
    const [x, y, w, h] = regions[0]!.box as [number, number, number, number];
    expect([x < LEFT + SIDE && x + w > LEFT, y < TOP + SIDE && y + h > TOP]).toEqual([true, true]);
  }

  expect(await call(`evaluate ${run} --backend wasm`)).toMatchObject({ code: 0 });
  const manifest = readManifest(readFileSync(join(run, 'viewer', 'viewer.json'), 'utf8'), 'viewer.json');
  expect(manifest).toMatchObject({ width: 128, height: 96 });
  const own = detectorConfigSchema.parse(manifest.model);
  for (const item of manifest.items) {
    const levels = readLevels(
      Uint8Array.from(readFileSync(join(run, 'viewer', item.levels!))),
      manifest.levels,
      item.levels!,
    );
    expect(pictureMap(methodOf(own), levels, manifest, item, own.map).score).toBe(item.score);
  }
  expect(await call(`report ${run}`)).toMatchObject({ code: 0 });

  const exported = await call(`export --model ${run} --format onnx`);
  expect(exported.code).not.toBe(0);
  expect(exported.err).toMatch(/a model with tiles cannot be exported to ONNX yet/);
});

test.each([
  ['--tiles 64', /--input-size is missing/],
  ['--overlap 32', /add --tiles/],
  ['--tiles 64 --input-size 64', /smaller than the input/],
  ['--tiles 48 --input-size 128', /multiples of/],
  ['--tiles 64 --input-size 128 --overlap 48', /at most half/],
  ['--tiles 64 --input-size 128 --fit pad', /omit the fit "pad"/],
  ['--tiles 256 --input-size 8192', /at most 4096 pixels/],
])('train %s is refused in a sentence', async (options, sentence) => {
  const { code, err } = await call(`train --data ${data} --out ${join(home, 'none')} ${options}`);
  expect(code).not.toBe(0);
  expect(err).toMatch(sentence);
});
