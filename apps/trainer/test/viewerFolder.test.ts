import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { syntheticDataset, type Sample } from '@pyramid-mamba/data';
import { decodeMask, decodeRgb } from '@pyramid-mamba/data/node';
import { anomalyMap, type LevelMap } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { RESULTS, Run } from '../src/run/run.js';
import { Exchange } from '@pyramid-mamba/runs/node';
import { ViewerFolder, type ViewerItem } from '../src/evaluation/viewerFolder.js';
import { temporaryFolder } from './kit.js';

const SIZE = 64;
const head = {
  dataset: 'synthetic',
  width: SIZE,
  height: SIZE,
  sigma: 2,
  scale: { low: { tile: 0.1 }, span: 0.5 },
  classes: ['tile'],
  calibration: {},
};

// a square input that every picture fills is `size` alone, as in files of earlier versions
const { width: size, height: _height, ...others } = head;
const squareHead = { ...others, size };

const levels: LevelMap[] = [16, 8, 4].map((side) => ({
  height: side,
  width: side,
  data: Float32Array.from({ length: side * side }, (_, i) => Math.sin(i * side) ** 2),
}));

const { test: samples } = syntheticDataset({ classes: ['tile'], testGoodPerClass: 1, testPerDefect: 1 });
const good = samples.find(({ label }) => label === 0)!;
const cracked = samples.find(({ defect }) => defect === 'crack')!;
const unmasked: Sample = { ...cracked, id: 'tile/test/crack/unmasked', hasMask: false };

test('the viewer gets every picture with exactly the levels of its score, and the folder replaces an older one completely', async () => {
  const run = new Run(temporaryFolder());
  mkdirSync(run.viewer);
  writeFileSync(join(run.viewer, 'stale.json'), 'of an earlier evaluation');
  const exchange = new Exchange(run.folder, RESULTS);
  const folder = new ViewerFolder(exchange.at('viewer'));
  const { maps, scores } = anomalyMap([levels], SIZE, SIZE, head.sigma);
  for (const sample of [good, cracked, unmasked]) {
    const loaded = await sample.load(SIZE);
    const added = await folder.add(sample, loaded, { levels, score: scores[0]! });
    expect(await folder.levels(added)).toEqual(levels);
    expect(await folder.mask(added)).toEqual(sample === cracked ? loaded.mask.data : undefined);
  }
  writeFileSync(exchange.at('viewer', 'viewer.json'), folder.describe(head));
  expect(readdirSync(run.viewer)).toEqual(['stale.json']);
  await exchange.commit();
  expect(readdirSync(run.viewer).sort()).toEqual(['levels', 'masks', 'pictures', 'viewer.json']);

  const said = JSON.parse(readFileSync(join(run.viewer, 'viewer.json'), 'utf8')) as {
    items: ViewerItem[];
    levels: [number, number][];
  };
  const shapes = levels.map(({ height, width }) => [height, width]);
  expect(said).toMatchObject({ format: 'pyramid-mamba viewer 1', ...squareHead, levels: shapes });
  expect(said.items.map(({ file, label, mask }) => [file, label, mask !== null])).toEqual([
    [good.id, 0, false],
    [cracked.id, 1, true],
    [unmasked.id, 1, false],
  ]);

  const [, item] = said.items;
  const bytes = readFileSync(join(run.viewer, item!.levels));
  let at = 0;
  const read = said.levels.map(([height, width]): LevelMap => {
    const data = Float32Array.from({ length: height * width }, (_, i) => bytes.readFloatLE(at + 4 * i));
    at += 4 * data.length;
    return { height, width, data };
  });
  expect(at).toBe(bytes.length);
  expect(anomalyMap([read], SIZE, SIZE, head.sigma)).toEqual({ maps, scores });
  expect(item!.score).toBe(scores[0]);

  const { image, mask } = await cracked.load(SIZE);
  const picture = await decodeRgb(readFileSync(join(run.viewer, item!.picture)), 'picture');
  expect([picture.width, picture.height]).toEqual([SIZE, SIZE]);
  let off = 0;
  for (const [i, value] of picture.data.entries()) off += Math.abs(value - image.data[i]!);
  expect(off / picture.data.length).toBeLessThan(6);
  expect((await decodeMask(readFileSync(join(run.viewer, item!.mask!)), 'mask')).data).toEqual(mask.data);
});

test('leftovers of a killed evaluation are swept, and clearing a run removes the folder', async () => {
  const run = new Run(temporaryFolder());
  mkdirSync(join(run.folder, '.viewer.4194305.tmp'));
  mkdirSync(run.viewer);
  await run.sweep();
  expect(readdirSync(run.folder)).toEqual(['viewer']);
  await run.clear();
  expect(existsSync(run.viewer)).toBe(false);
});
