// Pictures that wait to be judged while models, projects and pictures change: one row each, by the model that is open, kept where they belong.
import { batch } from '@preact/signals';
import { seededRandom } from '@pyramid-mamba/data';
import type { Judged, ModelEntry, OpenProject, Picture, Project } from '@pyramid-mamba/projects';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pictureIdOf } from '../src/state/live/identity.js';
import { judgeFiles, look, stopQueue, waiting } from '../src/state/live/live.js';
import { tally } from '../src/state/live/record.js';
import { current, shots } from '../src/state/live/shots.js';
import { notices } from '../src/state/notices.js';
import { model, modelIds } from '../src/state/opened.js';
import { enter } from '../src/state/project/open.js';
import { judgeAndKeep, judgeProject, keepVerdicts } from '../src/state/project/verdicts.js';
import { calibration, engine, judgement, right } from './fakeEngine.js';

vi.mock('../src/engine/client.js', () => import('./fakeEngine.js'));
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
    navigator: { hardwareConcurrency: 4 },
  };
  for (const [name, value] of Object.entries(browser)) vi.stubGlobal(name, value);
});

const info = {
  classes: ['tile'],
  preprocessing: { inputSize: 8, resize: 'bilinear-antialias' as const, normalize: 'imagenet' as const },
  calibration: { tile: calibration },
};
/** Models made so far: the score of each picture says which one judged it. */
let made = 0;
const SEEDS = process.env['FUZZ'] === 'full' ? 200 : 10;

/** The first bytes of a PNG of 8 by 8 pixels. */
const HEADER = new Uint8Array(24);
HEADER.set([0x89, ...new TextEncoder().encode('PNG')]);
HEADER.set(new TextEncoder().encode('IHDR'), 12);
HEADER.set([0, 0, 0, 8, 0, 0, 0, 8], 16);

/** A project of `count` pictures whose actions change what it holds, and what it was told to keep. */
function fakeProject(id: string, count: number) {
  const pictures = new Map(
    Array.from({ length: count }, (_, i) => `${id}-${i}`).map((one) => [
      one,
      { id: one, name: `${one}.png`, kind: 'judge', product: null, deleted: null } as Picture,
    ]),
  );
  const recorded: Omit<Judged, 'label'>[] = [];
  const listeners = new Set<() => void>();
  const open = {
    id,
    readOnly: null,
    undoable: null,
    redoable: null,
    content: {
      id,
      name: id,
      pictures,
      products: new Map(),
      models: new Map(),
      judged: new Map(),
    } as unknown as Project,
    subscribe: (one: () => void) => (listeners.add(one), () => listeners.delete(one)),
    picture: (one: string) => Promise.resolve(new Blob([one])),
    addPictures: async (given: readonly { file: Blob; name: string }[]) => {
      const ids = await Promise.all(given.map(({ file }) => file.slice(HEADER.length).text()));
      given.forEach(({ name }, i) =>
        pictures.set(ids[i]!, { id: ids[i]!, name, kind: 'judge', deleted: null } as Picture),
      );
      return { ids, added: [], duplicates: [] };
    },
    recordVerdicts: (verdicts: readonly Omit<Judged, 'label'>[]) => {
      if (closed.has(id)) return Promise.reject(new Error('this project was closed'));
      recorded.push(...verdicts);
      return Promise.resolve();
    },
    close: () => Promise.resolve(void closed.add(id)),
  };
  const closed = new Set<string>();
  /** Another model is trained, and in use. */
  const train = () => {
    const entry = { id: `model-${++made}`, learnt: [] as string[] } as unknown as ModelEntry;
    open.content = { ...open.content, models: new Map([[entry.id, entry]]), model: entry.id } as Project;
    for (const hear of listeners) hear();
    const bytes = new Uint8Array([made]);
    modelIds.set(bytes, entry.id);
    model.value = { name: entry.id, bytes, info, of: null };
  };
  return { open: open as unknown as OpenProject, recorded, train, closed };
}

/** Judgements that were begun and wait for the test. */
let begun: (() => void)[];
const settle = () => new Promise((done) => setTimeout(done));
/** Lets all that waits be judged. */
async function drain(): Promise<void> {
  for (let idle = 0; idle < 3;) {
    await settle();
    const next = begun.shift();
    if (next) idle = 0;
    else idle++;
    next?.();
  }
}
beforeEach(() => {
  begun = [];
  engine.answer = (_, opening) =>
    new Promise((done) => begun.push(() => done(judgement(opening, { score: made }))));
});
afterEach(async () => {
  engine.answer = right;
  model.value = null;
  enter(null);
  await drain();
  notices.value = [];
});
keepVerdicts();

const rows = () => shots.value.map(({ picture }) => pictureIdOf(picture as Blob));

/** One of a list, at random. */
const among = <T>(all: readonly T[], random: () => number): T => all[Math.floor(random() * all.length)]!;
/** A file with the header of a picture, which `id` tells from others. */
const dropped = (id: string, name = `${id}.png`): File => new File([HEADER, id], name);

test('a picture that waits to be judged again while the model changes twice has one row', async () => {
  const { open, train } = fakeProject('twice', 2);
  enter(open);
  train();
  void judgeProject();
  await drain();
  expect(current.value).not.toBeNull();
  // the shown picture waits for the first of two models
  train();
  await settle();
  train();
  await settle();
  void judgeProject();
  await drain();
  expect(rows().sort()).toEqual(['twice-0', 'twice-1']);
  expect(tally.value.OK + tally.value.NG).toBe(2);
});

test('whatever is dropped, judged, looked at, stopped and trained in whatever order, each picture has one row, by the model in use', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = seededRandom('queue', seed);
    const { open, train } = fakeProject(`p${seed}`, 3);
    enter(open);
    train();
    const acts: Record<string, () => unknown> = {
      train,
      judge: () => void judgeProject(),
      drop: () => void judgeAndKeep([dropped(`p${seed}-${Math.floor(random() * 5)}`)]),
      loose: () => void judgeFiles([dropped('loose')]),
      // so many that workers help
      many: () => void judgeFiles(Array.from({ length: 17 }, () => dropped('loose'))),
      look: () => shots.value.length > 0 && look(among(shots.value, random)),
      one: () => begun.shift()?.(),
      stop: stopQueue,
      wait: settle,
    };
    const done = Array.from({ length: 14 }, () => among(Object.keys(acts), random));
    for (const name of done) await acts[name]!();
    await settle();
    train();
    void judgeProject();
    await drain();
    const what = `seed ${seed}: ${done.join()}`;
    const pictures = rows().filter((id) => id !== undefined);
    expect(pictures.sort(), what).toEqual([...open.content.pictures.keys()].sort());
    expect(new Set(shots.value.map(({ id }) => id)).size, what).toBe(shots.value.length);
    expect(new Set(shots.value.map(({ judgement: { score } }) => score)), what).toEqual(new Set([made]));
    expect([waiting.value, notices.value], what).toEqual([0, []]);
    model.value = null;
    enter(null);
  }
});

test('a picture that was judged out of its turn is judged again where the model changes before it is shown', async () => {
  const { open, train } = fakeProject('turn', 0);
  enter(open);
  train();
  // the engine is known, so that workers help from now on
  void judgeFiles([dropped('loose')]);
  await drain();
  void judgeFiles(Array.from({ length: 16 }, () => dropped('loose')));
  await settle();
  expect(begun.length).toBeGreaterThan(1);
  begun.pop()!();
  await settle();
  train();
  await drain();
  expect(shots.value.map(({ judgement: { score } }) => score)).toEqual(Array(17).fill(made));
});

test('a project that is left takes its verdicts with it, and its waiting pictures are judged by no other project’s model', async () => {
  const [one, two] = [fakeProject('one', 3), fakeProject('two', 1)];
  enter(one.open);
  one.train();
  void judgeProject();
  await settle();
  begun.shift()!();
  await settle();
  expect(shots.value).toHaveLength(1);
  batch(() => {
    model.value = null;
    enter(two.open);
  });
  two.train();
  await drain();
  expect([waiting.value, rows(), notices.value]).toEqual([0, [], []]);
  expect(one.recorded.map(({ id }) => id)).toEqual(['one-0']);
  await new Promise((done) => setTimeout(done, 500));
  expect(two.recorded).toEqual([]);
});

test('a verdict is kept for its own picture where another one has the same file name', async () => {
  const { open, recorded, train } = fakeProject('names', 1);
  enter(open);
  train();
  engine.answer = right;
  // the first one is in the project already, the second is not
  await judgeAndKeep([dropped('names-0', 'image.png'), dropped('names-1', 'image.png')]);
  enter(null);
  expect(recorded.map(({ id }) => id)).toEqual(['names-0', 'names-1']);
});

test('a file outside of projects has one row, too, where it is dropped again while a new model judges it', async () => {
  const open = (name: string): void => {
    model.value = { name, bytes: new Uint8Array([++made]), info, of: null };
  };
  open('first');
  const file = new File([HEADER, 'outside'], 'outside.png');
  void judgeFiles([file]);
  await drain();
  expect(shots.value).toHaveLength(1);
  // it was shown, and waits
  open('second');
  void judgeFiles([file]);
  await drain();
  expect(shots.value.map(({ judgement: { score } }) => score)).toEqual([made]);
  expect(Object.values(tally.value).reduce((sum, count) => sum + count, 0)).toBe(1);
});
