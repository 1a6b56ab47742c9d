// A project worked on by a person: the store of projects is real, its disk and the engine are fakes.
import { BLANK } from '@pyramid-mamba/inspect';
import { OUT_OF_REACH } from '@pyramid-mamba/model';
import type { OpenProject } from '@pyramid-mamba/projects';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Browser } from '../../../packages/projects/test/kit.js';
import { looseFiles } from '../src/folders/readFolder.js';
import type { Item } from '../src/run/types.js';
import { large } from '../src/state/live/large.js';
import { judgeFiles } from '../src/state/live/live.js';
import { current } from '../src/state/live/shots.js';
import { tally } from '../src/state/live/record.js';
import { notices } from '../src/state/notices.js';
import { model, modelIds, modelsKept } from '../src/state/opened.js';
import { takePictures } from '../src/state/opening.js';
import { route, routeOf } from '../src/state/address/route.js';
import { answer, asked } from '../src/state/project/intake.js';
import { labelNow, say, shownId } from '../src/state/project/labels.js';
import { LEFT_OUT } from '../src/state/project/leftOut.js';
import { content, enter, project } from '../src/state/project/open.js';
import { furtherDoubts } from '../src/state/project/results.js';
import { keepVerdicts } from '../src/state/project/verdicts.js';
import { newProject } from '../src/state/project/work.js';
import { workplace } from '../src/state/workplace.js';
import { spaceWords } from '../src/views/home/space.js';
import {
  addCorner,
  changeDrawn,
  closeDrawing,
  drawDefect,
  drawing,
} from '../src/views/live/areas/editing.js';
import { comparable, judgedBy, othersOf } from '../src/views/tuning/beforeAfter.js';
import { grouped } from '../src/views/tuning/changes.js';
import { calibration, engine, judgement, right } from './fakeEngine.js';

vi.mock('../src/engine/client.js', () => import('./fakeEngine.js'));
const disk = new Browser();
vi.mock('../src/state/project/store.js', () => ({
  startStore: async () => (await disk.tab()).store,
}));
// the little of a browser that judging uses
vi.hoisted(() => {
  class ImageBitmap {
    close() {}
  }
  const browser = {
    ImageBitmap,
    createImageBitmap: () => Promise.resolve(new ImageBitmap()),
    location: { hash: '', search: '', href: 'http://localhost/' },
    addEventListener: () => undefined,
    localStorage: { getItem: () => null, setItem: () => undefined },
    navigator: { hardwareConcurrency: 2 },
  };
  for (const [name, value] of Object.entries(browser)) vi.stubGlobal(name, value);
});
keepVerdicts();

const info = {
  classes: ['tile'],
  preprocessing: { inputSize: 8, resize: 'bilinear-antialias' as const, normalize: 'imagenet' as const },
  calibration: { tile: calibration },
};

/** A file that begins like a PNG of this size; `content` tells it from others. */
function picture(name: string, side = 8): File {
  const head = new Uint8Array(24);
  head.set([0x89, ...new TextEncoder().encode('PNG')]);
  head.set(new TextEncoder().encode('IHDR'), 12);
  new DataView(head.buffer).setUint32(16, side);
  new DataView(head.buffer).setUint32(20, side);
  return new File([head, name], name, { type: 'image/png' });
}

async function begin(step: string): Promise<OpenProject> {
  const id = (await newProject('Parts'))!;
  route.value = routeOf(`#${id}/${step}`);
  return project.value!;
}

/** The project has this model, which has learnt these pictures, and it is open. */
async function useModel(open: OpenProject, name: string, learnt: readonly string[] = []): Promise<string> {
  const bytes = new TextEncoder().encode(name);
  const about = { method: 'memory bank', products: ['tile'], learnt, heldBack: [], selfTest: [] };
  const { id } = await open.addModel({ file: new Blob([bytes]), name, from: 'trained', ...about });
  modelIds.set(bytes, id);
  modelsKept.value++;
  model.value = { name, bytes, info, of: null };
  return id;
}

beforeEach(() => (engine.answer = right));
afterEach(() => {
  model.value = null;
  workplace.value = null;
  drawing.value = null;
  enter(null);
  notices.value = [];
});

test('pictures that are dropped while the page asks about others are asked about together', async () => {
  await begin('pictures');
  await takePictures(looseFiles([picture('a.png'), picture('b.png')]));
  await takePictures(looseFiles([picture('c.png')]));
  expect(asked.value?.pictures.map(({ file }) => file.name)).toEqual(['a.png', 'b.png', 'c.png']);
  await answer({ kind: 'defective', product: 'tile' });
  expect(asked.value).toBeNull();
  expect([...content.value!.pictures.values()].map(({ kind }) => kind)).toEqual([
    'defective',
    'defective',
    'defective',
  ]);
});

test('a folder that is given to Judge is judged; what its folders call good or defective is that in the project', async () => {
  const open = await begin('judge/now');
  await useModel(open, 'first');
  const files = ['1.png', '2.png', 'bad/3.png', 'good/4.png'].map((path) => ({
    path,
    file: picture(path.slice(-5)),
  }));
  await takePictures({ name: 'day', files });
  expect(asked.value).toBeNull();
  expect(tally.value.OK).toBe(4);
  const kinds = [...content.value!.pictures.values()].map(({ name, kind }) => [name, kind]);
  expect(kinds.sort()).toEqual([
    ['1.png', 'judge'],
    ['2.png', 'judge'],
    ['3.png', 'defective'],
    ['4.png', 'good'],
  ]);
  expect(notices.value).toEqual([]);
});

test('a doubt that a picture is of another product stays in the results, whatever their thresholds', () => {
  const other = 'the picture looks like wood, but it is judged as tile: check the chosen product';
  const failed = 'the model failed its self-test for tile: it overlooks 5 of 9 clear drawn defects';
  expect(furtherDoubts([BLANK, other, failed, OUT_OF_REACH].join('; '))).toEqual([other]);
  expect([furtherDoubts(''), furtherDoubts(LEFT_OUT)]).toEqual([[], []]);
});

test('a verdict as of a model that had not learnt the picture is not replaced by one of the model that has', async () => {
  const open = await begin('judge/now');
  const file = picture('learnt.png');
  const { ids } = await open.addPictures([
    { file, name: file.name, kind: 'good', product: 'tile', width: 8, height: 8 },
  ]);
  const by = await useModel(open, 'first', ids);
  const [id] = ids as [string];
  const about = { product: 'tile', verdict: 'NG' as const, review: 0.1, reject: 0.2, regions: [] };
  const record = { id, name: file.name, ...about, score: 0.3, remark: LEFT_OUT, model: by, milliseconds: 0 };
  await open.recordVerdicts([{ ...record, at: new Date().toISOString() }]);
  await takePictures(looseFiles([file]));
  expect(tally.value.OK).toBe(1);
  // verdicts are stored together after a moment
  await new Promise((done) => setTimeout(done, 600));
  expect(open.content.judged.get(id)).toMatchObject({ verdict: 'NG', remark: LEFT_OUT });
});

test('a large picture says that it is being worked on, until it is judged', async () => {
  const open = await begin('judge/now');
  await useModel(open, 'first');
  let end: () => void = () => undefined;
  engine.answer = (_, opening) => new Promise((done) => (end = () => done(judgement(opening))));
  const judged = judgeFiles([picture('wide.png', 6400)]);
  await expect.poll(() => large.value).toEqual({ name: 'wide.png', megapixels: 41 });
  end();
  await judged;
  expect(large.value).toBeNull();
  engine.answer = right;
  await judgeFiles([picture('small.png')]);
  expect(large.value).toBeNull();
});

test('an escape is marked where its defect is: drawn by clicks, or as a rectangle whose corners move', async () => {
  const open = await begin('judge/now');
  await useModel(open, 'first');
  await takePictures(looseFiles([picture('escape.png')]));
  const id = shownId.value!;
  await expect.poll(() => content.value!.judged.has(id)).toBe(true);
  await say(id, { is: 'defective', regions: [] });
  drawDefect(false);
  for (const [x, y] of [
    [0.25, 0.25],
    [0.5, 0.25],
    [0.5, 1.5],
  ] as const)
    addCorner(x, y);
  closeDrawing();
  await expect.poll(() => labelNow(id)?.regions).toHaveLength(1);
  drawDefect(true);
  changeDrawn(0, [0.1, 0.2]);
  changeDrawn(3, null);
  closeDrawing();
  await expect.poll(() => labelNow(id)?.regions).toHaveLength(2);
  expect(labelNow(id)).toMatchObject({
    is: 'defective',
    regions: [
      [
        [0.25, 0.25],
        [0.5, 0.25],
        [0.5, 1],
      ],
      [
        [0.1, 0.2],
        [0.75, 0.25],
        [0.75, 0.75],
      ],
    ],
  });
  // what was begun on a picture is not drawn on another one
  drawDefect(false);
  expect(drawing.value).not.toBeNull();
  current.value = null;
  expect(drawing.value).toBeNull();
  expect(notices.value).toEqual([]);
});

test('two models of a project are compared on what neither has learnt, by the thresholds of each', async () => {
  const open = await begin('pictures');
  const names = ['learnt.png', 'good.png', 'escape.png'];
  const { ids } = await open.addPictures(
    names.map((name) => ({
      file: picture(name),
      name,
      kind: 'good',
      product: 'tile',
      width: 8,
      height: 8,
    })),
  );
  const old = await useModel(open, 'old', [ids[0]!]);
  await open.setThresholds(old, [
    { product: 'tile', calibration: { ...calibration, review: 0.9, reject: 1 } },
  ]);
  await useModel(open, 'new');
  const items = ids.map(
    (id, i) => ({ id, file: names[i]!, className: 'tile', label: i === 2 ? 1 : 0 }) as Item,
  );
  const [entry, ...more] = othersOf(open.content);
  expect([entry!.id, more]).toEqual([old, []]);
  const own = comparable([...items, { ...items[1]!, className: 'wood' }], entry!);
  expect(own.map(({ file }) => file)).toEqual(['good.png', 'escape.png']);

  const asked: unknown[] = [];
  engine.answer = (options, opening) => {
    asked.push([options.name, options.className, options.thresholds?.['tile']?.review]);
    return Promise.resolve(judgement(opening, { verdict: 'OK' }));
  };
  const done: number[] = [];
  const { signal } = new AbortController();
  const before = await judgedBy(open, entry!, own, { onProgress: (count) => done.push(count), signal });
  expect(asked).toEqual([
    ['good.png', 'tile', 0.9],
    ['escape.png', 'tile', 0.9],
  ]);
  expect(done).toEqual([1, 2]);
  const changes = grouped(
    before.map(({ item, verdict }) => ({ item, from: verdict, to: item.label === 1 ? 'NG' : 'OK' })),
  );
  expect(changes).toMatchObject([{ from: 'OK', to: 'NG', items: [{ file: 'escape.png' }] }]);

  // ended by a person: no picture is judged any more
  const ending = new AbortController();
  engine.answer = (_, opening) => {
    ending.abort();
    return Promise.resolve(judgement(opening));
  };
  await expect(
    judgedBy(open, entry!, own, { onProgress: () => undefined, signal: ending.signal }),
  ).rejects.toThrow();
});

test('the start says what is stored and free, and when it runs short', () => {
  const [mib, gib] = [2 ** 20, 2 ** 30];
  expect(spaceWords({ used: 12 * mib, free: 3.25 * gib, persistent: true })).toBe(
    '12 MiB stored in this browser, 3.3 GiB free.',
  );
  expect(spaceWords({ used: 0.5 * mib, free: Infinity, persistent: false })).toBe(
    '0.5 MiB stored in this browser. The browser may clear it when space is short: export what must not be lost.',
  );
  expect(spaceWords({ used: 2 * gib, free: 100 * mib, persistent: true })).toMatch(
    /100 MiB free\. Space runs out/,
  );
});
