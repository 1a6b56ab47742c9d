import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@pyramid-mamba/data';
import { decodeRgb, encodePngRgb } from '@pyramid-mamba/data/node';
import { detectorConfigSchema, methodOf, pictureMap, readModelInfo } from '@pyramid-mamba/model';
import { readLevels, readManifest } from '@pyramid-mamba/runs';
import { beforeAll, describe, expect, test } from 'vitest';
import { scene, type Lie } from '../../../packages/inspect/test/scene.js';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder, tinyEncoder, words } from './kit.js';

const SIDE = 128;
const home = temporaryFolder();
const data = join(home, 'data');
const run = join(home, 'run');
const call = async (line: string) => {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
};
interface Line {
  file: string;
  verdict: string;
  score: number;
  doubts: string[];
  regions: { box: [number, number, number, number] }[];
  located: { x: number; y: number; turn: number; agreement: number; found: boolean };
}
const linesOf = (out: string): Line[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

async function write(folder: string, name: string, lie: Lie, dot = false): Promise<string> {
  mkdirSync(join(data, 'part', folder), { recursive: true });
  const path = join(data, 'part', folder, `${name}.png`);
  writeFileSync(path, await encodePngRgb(scene(`${folder} ${name}`, lie, SIDE, dot)));
  return path;
}

beforeAll(async () => {
  for (let i = 0; i < 6; i++) await write('train/good', `${i}`, { dx: i - 2, dy: 2 - i });
  await write('test/good', 'moved', { dx: 12, dy: -10, turn: 9 });
  await write('test/good', 'still', {});
  await write('test/dot', 'moved', { dx: 12, dy: -10, turn: 9 }, true);
  await write('test/dot', 'gone', { dx: 80 }, true);
  tinyEncoder(join(home, 'encoder.safetensors'));
});

test('train --locate makes a model that every command judges where its part is', async () => {
  const trained = await call(
    `train ${data} --quick --out ${run} --encoder ${join(home, 'encoder.safetensors')} --cache ${join(home, 'cache')} ` +
      '--backend wasm --workers 1 --input-size 128 --locate turn',
  );
  expect(trained.code, trained.err).toBe(0);
  expect(trained.out).toMatch(
    /locating: part in 6 good pictures, moved by up to [234] px, turned by up to 0\.0°; it counts as found from an agreement of 0\.\d\d on/,
  );
  const { info } = readModelInfo(readFileSync(join(run, 'model.safetensors')), 'model', {
    recalibrate: true,
  });
  expect(info.locating).toMatchObject({ by: 'turn', reach: { shift: 0.15, turn: 20 } });
  const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8')) as { locate?: string };
  expect(config.locate).toBe('turn');
});

const predict = (backend: string, what = '') =>
  call(`predict ${join(data, 'part', 'test', what)} --model ${run} --backend ${backend}`);

test('predict says where the part is, and the same on the reference backend', async () => {
  const judged = await predict('wasm');
  const lines = linesOf(judged.out);
  const of = (name: string) => lines.find(({ file }) => file.includes(name))!;
  const [good, dot, gone] = [of('good/moved'), of('dot/moved'), of('dot/gone')];
  expect(good.located.found && dot.located.found).toBe(true);
  for (const { x, y, turn } of [good.located, dot.located])
    expect([Math.abs(x - 12) < 2, Math.abs(y + 10) < 2, Math.abs(turn - 9) < 1]).toEqual([true, true, true]);
  expect(dot.score).toBeGreaterThan(good.score);
  expect(gone.located.found).toBe(false);
  expect(gone.doubts.join()).toMatch(/the part was not found/);
  expect(gone.verdict).not.toBe('OK');
  // what is found is computed without any backend
  const [onCpu] = linesOf((await predict('cpu', 'dot/moved.png')).out);
  expect(onCpu!.located).toEqual(dot.located);
  expect(onCpu!.score / dot.score).toBeCloseTo(1, 3);
  expect([onCpu!.verdict, onCpu!.doubts]).toEqual([dot.verdict, dot.doubts]);
});

test('evaluate shows maps where defects are in the pictures as they were given, and report draws what was tested', async () => {
  const evaluated = await call(`evaluate ${run} --backend wasm`);
  expect(evaluated.code, evaluated.err).toBe(0);
  const manifest = readManifest(readFileSync(join(run, 'viewer', 'viewer.json'), 'utf8'), 'viewer.json');
  expect(manifest.items.map(({ file, lost }) => [file.includes('gone'), lost === true])).toEqual(
    manifest.items.map(({ file }) => [file.includes('gone'), file.includes('gone')]),
  );
  // the run shows the map where the defect is in the picture as it was given
  const item = manifest.items.find(({ file }) => file.includes('dot/moved'))!;
  const own = detectorConfigSchema.parse(manifest.model);
  const bytes = Uint8Array.from(readFileSync(join(run, 'viewer', item.levels!)));
  const levels = readLevels(bytes, manifest.levels, item.levels!);
  const { map } = pictureMap(methodOf(own), levels, manifest, item, own.map);
  const picture = await decodeRgb(readFileSync(join(data, item.file)), item.file);
  const darkest = Array.from({ length: SIDE * SIDE }, (_, i) => picture.data[3 * i]!).flatMap((value, i) =>
    value < 12 ? [i] : [],
  );
  const mean = (pixels: readonly number[]) => pixels.reduce((sum, i) => sum + map[i]!, 0) / pixels.length;
  expect(mean(darkest)).toBeGreaterThan(1.5 * mean([...map.keys()]));
  const [line] = linesOf((await predict('wasm', 'dot/moved.png')).out);
  expect(item.score).toBeCloseTo(line!.score, 5);
  expect(await call(`report ${run}`)).toMatchObject({ code: 0 });
});

test('export refuses such a model, and learn takes pictures whose part is found', async () => {
  const exported = await call(`export --model ${run} --format onnx`);
  expect([exported.code === 0, exported.err]).toEqual([
    false,
    expect.stringMatching(/a model that locates its part cannot be exported to ONNX yet/),
  ]);
  const lost = await write('more', 'gone', { dx: 80 });
  const learnt = await call(`learn --model ${run} --good ${lost} --backend wasm`);
  expect([learnt.code === 0, learnt.err]).toEqual([false, expect.stringMatching(/its part is not found/)]);
  const found = await write('more', 'found', { dx: -11, dy: 7, turn: -6 });
  const more = await call(`learn --model ${run} --good ${found} --backend wasm`);
  expect(more.out + more.err).toMatch(/learnt from 1 picture in .* patches exchanged|stays as it is/);

  const resumed = await call(`train ${data} --out ${run} --resume --quick --locate shift --backend wasm`);
  expect(resumed.err).toMatch(/--locate: the run was begun with turn/);
});

test('a good picture whose part is not found sets no thresholds: its score is of another place', async () => {
  await write('test/good', 'gone', { dx: 80 });
  const evaluated = await call(`evaluate ${run} --backend wasm --replace-thresholds`);
  expect(evaluated.code, evaluated.err).toBe(0);
  expect(evaluated.out).toMatch(
    /note: the part was not found, .* in 1 of 3 good pictures of part \(first \S+gone\.png\), so it sets no thresholds; look at it/,
  );
  const { items } = readManifest(readFileSync(join(run, 'viewer', 'viewer.json'), 'utf8'), 'viewer.json');
  const good = items.filter(({ label }) => label === 0);
  const metrics = JSON.parse(readFileSync(join(run, 'metrics.json'), 'utf8')) as {
    thresholds: { part: { goodCount: number; scoreRange: [number, number] } };
  };
  expect(good.filter(({ lost }) => lost)).toHaveLength(1);
  expect(metrics.thresholds.part.goodCount).toBe(good.length - 1);
});

describe('a good picture whose part is not found', () => {
  const own = join(home, 'own');
  beforeAll(() => {
    cpSync(join(data, 'part', 'train'), join(own, 'part', 'train'), { recursive: true });
    for (const name of ['gone', 'left', 'away'])
      cpSync(join(data, 'part/test/dot/gone.png'), join(own, `part/train/good/${name}.png`));
  });
  const trained = async (name: string, options: string) => {
    const folder = join(home, name);
    const { code, out, err } = await call(
      `train ${own} --out ${folder} ${options} --encoder ${join(home, 'encoder.safetensors')} --cache ${join(home, 'cache')} ` +
        '--backend wasm --input-size 128 --locate shift',
    );
    expect(code, err).toBe(0);
    const { info } = readModelInfo(readFileSync(join(folder, 'model.safetensors')), 'model');
    const { heldBack } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as {
      heldBack: string[];
    };
    return { out, info, heldBack };
  };

  test('sets no thresholds of a memory bank, and is no good picture of its self-test', async () => {
    const { out, info } = await trained('bank', '--quick --workers 1');
    expect(out).toMatch(
      /note: the part was not found, .* in 3 of 9 good pictures of part \(first \S+\), so they set no thresholds; look at them/,
    );
    expect(info.calibration!['part']!.goodCount).toBe(6);
    expect(info.selfTest!['part']!.good.pictures).toBe(6);
  });

  test('sets none of a single method either, where it is held back', async () => {
    const { out, info, heldBack } = await trained('single', '--method patchcore --hold-back 0.6');
    const lost = heldBack.filter((id) => !/\/\d\.png$/.test(id)).length;
    expect(lost).toBeGreaterThan(0);
    expect(out).toContain(`in ${lost} of ${heldBack.length} good pictures of part`);
    expect(info.calibration!['part']!.goodCount).toBe(heldBack.length - lost);
  });
});

test('a picture out of which the judged areas have moved does not end an evaluation, and is never OK', async () => {
  const areas = join(home, 'areas.json');
  const strip = [
    [0.95, 0],
    [1, 0],
    [1, 1],
    [0.95, 1],
  ];
  writeFileSync(areas, JSON.stringify({ use: [strip] }));
  expect((await call(`areas --model ${run} --set ${areas}`)).code).toBe(0);
  const evaluated = await call(`evaluate ${run} --backend wasm`);
  expect(evaluated.code, evaluated.err).toBe(0);
  const { items } = readManifest(readFileSync(join(run, 'viewer', 'viewer.json'), 'utf8'), 'viewer.json');
  expect(items.find(({ file }) => file.includes('good/moved'))!.lost).toBe(true);
  const lines = linesOf(readFileSync(join(run, 'scores.jsonl'), 'utf8'));
  expect(lines.find(({ file }) => file.includes('good/moved'))!.verdict).not.toBe('OK');
});

test.each([
  ['--tiles 64 --input-size 128', /in tiles yet/],
  ['--fit pad', /--fit pad leaves a border/],
  ['--augment-rotations part', /--augment-rotations is for those that are not/],
  ['--method destseg --fit pad', /--fit pad/],
])('train --locate %s is refused in a sentence', async (options, sentence) => {
  const { code, err } = await call(
    `train --data ${data} --out ${join(home, 'none')} --locate shift ${options}`,
  );
  expect(code).not.toBe(0);
  expect(err).toMatch(sentence);
});

test('train --locate refuses pictures that have no part in common', async () => {
  const folder = join(home, 'grain', 'grain', 'train', 'good');
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < 5; i++) {
    const random = seededRandom('grain', i);
    const pixels = Uint8Array.from({ length: 3 * 64 * 64 }, () => 256 * random());
    writeFileSync(join(folder, `${i}.png`), await encodePngRgb({ width: 64, height: 64, data: pixels }));
  }
  const { code, err } = await call(
    `train ${join(home, 'grain')} --quick --backend wasm --out ${join(home, 'none')} --input-size 64 --locate shift`,
  );
  expect(code).not.toBe(0);
  expect(err).toMatch(/--locate: good pictures of grain have too little in common/);
});
