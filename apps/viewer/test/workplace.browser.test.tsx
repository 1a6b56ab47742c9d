// A project of the browser's storage, worked on by a person: the engine is a fake, the page and the storage are real.
import { render } from 'preact';
import { conclude } from '@pyramid-mamba/inspect';
import type { OpenProject } from '@pyramid-mamba/projects';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import '../src/style.css';
import { App } from '../src/app.js';
import type { Item, OpenRun } from '../src/run/types.js';
import { stream } from '../src/state/live/camera.js';
import { judgeFiles } from '../src/state/live/live.js';
import { tally } from '../src/state/live/record.js';
import { notices } from '../src/state/notices.js';
import { viewport, WHOLE } from '../src/state/look.js';
import { model, modelIds, modelsKept, run, selected } from '../src/state/opened.js';
import { followProject, takePictures } from '../src/state/opening.js';
import { add } from '../src/state/project/intake.js';
import { LEFT_OUT } from '../src/state/project/leftOut.js';
import { content, enter, project } from '../src/state/project/open.js';
import { keepVerdicts } from '../src/state/project/verdicts.js';
import { newProject } from '../src/state/project/work.js';
import { workplace } from '../src/state/workplace.js';
import { keepShots, trigger } from '../src/state/live/trigger.js';
import { drawing } from '../src/views/live/areas/editing.js';
import { TwoModels } from '../src/views/tuning/twoModels.js';
import { calibration, engine, judgement, right } from './fakeEngine.js';

vi.mock('../src/engine/client.js', () => import('./fakeEngine.js'));

const info = {
  classes: ['tile'],
  preprocessing: { inputSize: 8, resize: 'bilinear-antialias' as const, normalize: 'imagenet' as const },
  calibration: { tile: calibration },
};
let home: HTMLElement;
keepVerdicts();
followProject();

/** A picture of its own colour. */
async function picture(name: string, hue: number, side = 32): Promise<File> {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d')!;
  context.fillStyle = `hsl(${hue} 60% 50%)`;
  context.fillRect(0, 0, side, side);
  return new File([await canvas.convertToBlob({ type: 'image/png' })], name, { type: 'image/png' });
}

/** A new project, shown at one of its steps. */
async function begin(step: string): Promise<OpenProject> {
  const id = (await newProject('Parts'))!;
  location.hash = `#${id}/${step}`;
  await expect.poll(() => one('main')?.getAttribute('aria-label')).toBeTruthy();
  return project.value!;
}

/** The project has this model, which knows no picture yet. */
async function useModel(open: OpenProject, name: string): Promise<string> {
  const bytes = new TextEncoder().encode(name);
  const file = new Blob([bytes]);
  const about = { method: 'memory bank', products: ['tile'], learnt: [], heldBack: [], selfTest: [] };
  const { id } = await open.addModel({ file, name, from: 'trained', ...about });
  modelIds.set(bytes, id);
  modelsKept.value++;
  model.value = { name, bytes, info, of: null };
  return id;
}

const one = <E extends Element = HTMLElement>(selector: string) => home.querySelector<E>(selector);
const text = (selector: string) => one(selector)?.textContent ?? '';
const button = (name: RegExp) =>
  [...home.querySelectorAll('button')].find(
    (element) =>
      name.test(element.getAttribute('aria-label') ?? '') || name.test((element.textContent ?? '').trim()),
  );
const press = async (name: RegExp) => {
  await expect.poll(() => button(name)?.disabled).toBe(false);
  button(name)!.click();
};

beforeEach(() => {
  engine.answer = right;
  home = document.createElement('div');
  home.id = 'app';
  home.style.height = '700px';
  document.body.append(home);
  render(<App />, home);
});
afterEach(() => {
  render(null, home);
  home.remove();
  [model.value, run.value, selected.value, viewport.value] = [null, null, null, WHOLE];
  stream.value = null;
  trigger.value = 'always';
  workplace.value = null;
  enter(null);
  location.hash = '';
  notices.value = [];
});

test('deleted pictures are still there to be restored or removed for good, and the start says what is stored and free', async () => {
  await begin('pictures');
  const files = await Promise.all([0, 90, 180].map((hue) => picture(`${hue}.png`, hue)));
  await add(files.map((file) => ({ file, product: 'tile', kind: 'good' })));
  const ids = [...content.value!.pictures.keys()];
  await project.value!.deletePictures(ids.slice(0, 2));
  await expect.poll(() => text('#deleted')).toMatch(/^2 deleted pictures, 0\.0 MiB\./);
  await press(/^Restore them$/);
  await expect.poll(() => one('#deleted')).toBeNull();
  await project.value!.deletePictures(ids.slice(0, 1));
  await press(/^Free the space/);
  await press(/^Remove for good$/);
  await expect.poll(() => content.value!.pictures.size).toBe(2);
  await expect.poll(() => one('#deleted')).toBeNull();
  expect(notices.value).toEqual([]);
  location.hash = '';
  await expect
    .poll(() => text('#space'))
    .toMatch(/^\d+\.\d MiB stored in this browser, [\d.]+ [GM]iB free\./);
});

test('an escape is marked where its defect is: drawn by clicks, or as a rectangle whose corners move by keys', async () => {
  const open = await begin('judge/now');
  await useModel(open, 'first');
  const file = await picture('escape.png', 300);
  await takePictures({ name: 'dropped', loose: true, files: [{ path: file.name, file }] });
  await press(/^This is defective$/);
  const regions = () => [...content.value!.judged.values()][0]?.label?.regions;
  await expect.poll(regions).toEqual([]);
  expect(text('.labels')).toContain('You said: defective.');

  await press(/^Draw the defect$/);
  await expect.poll(() => one('.area-editor.drawing')).not.toBeNull();
  const box = one<SVGSVGElement>('.area-editor')!.getBoundingClientRect();
  for (const [x, y] of [
    [0.25, 0.25],
    [0.5, 0.25],
    [0.5, 0.5],
  ] as const) {
    const at = { clientX: box.left + x * box.width, clientY: box.top + y * box.height, bubbles: true };
    one('.area-editor')!.dispatchEvent(new PointerEvent('pointerdown', at));
  }
  await press(/^It is here$/);
  await expect.poll(() => regions()?.length).toBe(1);
  const drawn = regions()![0]!.flat();
  for (const [i, wanted] of [0.25, 0.25, 0.5, 0.25, 0.5, 0.5].entries())
    expect(drawn[i]).toBeCloseTo(wanted, 5);
  await expect.poll(() => home.querySelectorAll('.area-editor polygon.defect').length).toBe(1);

  await press(/^Add a rectangle around the defect$/);
  await expect.poll(() => one('[aria-label^="Defect, corner 1"]')).not.toBeNull();
  one('[aria-label^="Defect, corner 1"]')!.dispatchEvent(
    new KeyboardEvent('keydown', { key: 'ArrowLeft', shiftKey: true, bubbles: true, cancelable: true }),
  );
  await expect.poll(() => one('[aria-label="Defect, corner 1, at 20 % by 25 %"]')).not.toBeNull();
  await press(/^It is here$/);
  await expect.poll(() => text('.labels')).toContain('You said: defective, at 2 places.');
  await press(/^Remove the 2 places$/);
  await expect.poll(regions).toEqual([]);
  expect(notices.value).toEqual([]);
});

test('a product’s scale is said among the pictures, and sizes are in millimetres beside pixels', async () => {
  const open = await begin('pictures');
  await useModel(open, 'first');
  await add([{ file: await picture('good.png', 10), product: 'tile', kind: 'good' }]);
  one<HTMLElement>('#scales summary')!.click();
  const field = () => one<HTMLInputElement>('[aria-label="Millimetres, tile"]')!;
  const say = (value: string) => {
    field().value = value;
    field().dispatchEvent(new Event('change', { bubbles: true }));
  };
  say('8');
  await expect.poll(() => text('#scales')).toContain('0.25 mm per pixel, pictures of 8 mm × 8 mm');
  expect(content.value!.products.get('tile')!.scale).toEqual({ mm: 8, of: 'width' });
  say('-1');
  await expect.poll(() => text('.said')).toContain('it needs a length in mm above 0');
  expect(field().value).toBe('8');
  const of = one<HTMLSelectElement>('[aria-label="What is so long, tile"]')!;
  of.value = 'pixel';
  of.dispatchEvent(new Event('change', { bubbles: true }));
  await expect.poll(() => content.value!.products.get('tile')!.scale).toEqual({ mm: 0.25, of: 'pixel' });
  await press(/^Undo change the scale of tile$/);
  await expect.poll(() => field().value).toBe('8');

  engine.answer = (_, opening) => {
    const map = new Float32Array(64);
    map.fill(0.9, 0, 2);
    const { size, width, height } = judgement(opening);
    const measured = { className: 'tile', score: 0.9, map, size, width, height, doubts: [], largestScore: 1 };
    return Promise.resolve(
      judgement(opening, { ...measured, ...conclude(measured, calibration, undefined) }),
    );
  };
  location.hash = `#${open.id}/judge/now`;
  const file = await picture('other.png', 200);
  await takePictures({ name: 'dropped', loose: true, files: [{ path: file.name, file }] });
  await expect.poll(() => text('.regions tbody td:last-child')).toBe('2 × 1 mm / 8 × 4 px');
  expect(notices.value).toEqual([]);
});

test('a good picture that the trained model finds unlike the others is pointed at, until a person calls it good', async () => {
  const open = await begin('pictures');
  const files = await Promise.all(Array.from({ length: 7 }, (_, i) => picture(`${i}.png`, 5 * i)));
  await add(files.map((file) => ({ file, product: 'tile', kind: 'good' })));
  const ids = [...content.value!.pictures.keys()];
  const by = await useModel(open, 'first');
  expect(one('#odd')).toBeNull();
  const verdict = (id: string, score: number) => ({
    id,
    name: id,
    product: 'tile',
    score,
    verdict: 'OK' as const,
    review: 5,
    reject: 6,
    remark: LEFT_OUT,
    regions: [],
    model: by,
    at: new Date().toISOString(),
    milliseconds: 0,
  });
  await open.recordVerdicts(ids.map((id, i) => verdict(id, i === 3 ? 2.5 : 1 + i / 100)));
  await expect
    .poll(() => text('#odd'))
    .toContain('The model finds 1 unlike the other good ones: is it good?');
  await press(/^Show them$/);
  await expect.poll(() => home.querySelectorAll('.cell').length).toBe(1);
  expect(text('.cell .flag.odd')).toBe('scores 2.4 × the others');
  await open.label(ids[3]!, { is: 'good', regions: [] });
  await expect.poll(() => one('#odd')).toBeNull();
});

test('earlier models are deleted after a question that says what is freed, come back, and free their space for good', async () => {
  const open = await begin('train');
  const first = await useModel(open, 'first');
  await useModel(open, 'second');
  const third = await useModel(open, 'third');
  const models = () => [...content.value!.models.values()].map(({ deleted }) => deleted !== undefined);
  await expect.poll(() => home.querySelectorAll('#models-kept tbody tr').length).toBe(3);
  expect(text('#models-kept tbody tr')).toContain('in use');
  await press(/^Delete all but the one in use …$/);
  await expect.poll(() => text('#models-kept .confirm')).toMatch(/^Delete 2 models\?.* frees 0\.0 MiB once/);
  await press(/^Keep them$/);
  expect(models()).toEqual([false, false, false]);
  await press(/^Delete all but the one in use …$/);
  await press(/^Delete them$/);
  await expect.poll(models).toEqual([true, true, false]);
  await press(/^Undo delete 2 models$/);
  await expect.poll(models).toEqual([false, false, false]);
  await press(/^Delete …$/);
  await press(/^Delete it$/);
  await expect.poll(models).toEqual([false, true, false]);
  await expect.poll(() => text('#deleted')).toMatch(/^1 deleted model, /);
  await press(/^Free the space/);
  await press(/^Remove for good$/);
  await expect.poll(() => [...content.value!.models.keys()]).toEqual([first, third]);
  expect(content.value!.model).toBe(third);
  await press(/^Use it: the model of/);
  await expect.poll(() => content.value!.model).toBe(first);
  expect(notices.value).toEqual([]);
});

test('an escape among the results is marked where its defect is, also in a zoomed picture, which stays where it is', async () => {
  const open = await begin('judge/now');
  const by = await useModel(open, 'first');
  const file = await picture('escape.png', 300);
  await add([{ file, product: 'tile', kind: 'judge' }]);
  const [id] = [...content.value!.pictures.keys()] as [string];
  await open.recordVerdicts([
    {
      id,
      name: 'escape.png',
      product: 'tile',
      score: 0.05,
      verdict: 'OK',
      review: 0.1,
      reject: 0.2,
      remark: '',
      regions: [],
      model: by,
      at: new Date().toISOString(),
      milliseconds: 0,
    },
  ]);
  const size = { width: 32, height: 32 };
  const shown = {
    id,
    file: 'escape.png',
    className: 'tile',
    label: null,
    defect: '',
    score: 0.05,
    hasMask: false,
    size,
    image: async () => ({ found: file, path: 'escape.png', run: 'Parts', limit: 2 ** 20, size, own: true }),
    mask: () => Promise.resolve(null),
    levels: () => Promise.resolve(null),
  } as unknown as Item;
  run.value = {
    name: 'Parts',
    items: [shown],
    classes: ['tile'],
    input: size,
    scale: { low: {}, span: 1 },
  } as unknown as OpenRun;
  selected.value = shown;
  location.hash = `#${open.id}/judge/picture`;
  await press(/^This is defective$/);
  const regions = () => content.value!.judged.get(id)?.label?.regions;
  await expect.poll(regions).toEqual([]);
  viewport.value = { zoom: 2, x: 0.5, y: 0.5 };
  await press(/^Draw the defect$/);
  await expect.poll(() => one('.sheet .area-editor.drawing')).not.toBeNull();
  const box = one<SVGSVGElement>('.sheet .area-editor')!.getBoundingClientRect();
  for (const [x, y] of [
    [0.25, 0.25],
    [0.5, 0.25],
    [0.5, 0.5],
  ] as const) {
    const at = { clientX: box.left + x * box.width, clientY: box.top + y * box.height, bubbles: true };
    one('.sheet .area-editor')!.dispatchEvent(new PointerEvent('pointerdown', at));
  }
  await expect.poll(() => home.querySelectorAll('[aria-label^="Defect, corner"]').length).toBe(3);
  const key = { key: 'ArrowLeft', shiftKey: true, bubbles: true, cancelable: true };
  one('[aria-label^="Defect, corner 1"]')!.dispatchEvent(new KeyboardEvent('keydown', key));
  await press(/^It is here$/);
  await expect.poll(() => regions()?.length).toBe(1);
  for (const [i, wanted] of [0.2, 0.25, 0.5, 0.25, 0.5, 0.5].entries())
    expect(regions()![0]!.flat()[i]).toBeCloseTo(wanted, 5);
  expect(viewport.value).toEqual({ zoom: 2, x: 0.5, y: 0.5 });
  await expect.poll(() => home.querySelectorAll('.sheet polygon.defect').length).toBe(1);
  // what was begun is not drawn on another picture
  await press(/^Add a rectangle around the defect$/);
  expect(one('.sheet .area-editor.drawing')).not.toBeNull();
  selected.value = { ...shown, id: 'another' };
  await expect.poll(() => drawing.value).toBeNull();
  expect(notices.value).toEqual([]);
});

test('a camera’s picture is judged when a key is pressed, and is then a picture of the project', async () => {
  const open = await begin('judge/now');
  await useModel(open, 'first');
  engine.answer = (_, opening) => Promise.resolve(judgement(opening, { width: 64, height: 48 }));
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [64, 48];
  const draw = setInterval(() => {
    const context = canvas.getContext('2d')!;
    context.fillStyle = `hsl(${performance.now() % 360} 60% 50%)`;
    context.fillRect(0, 0, 64, 48);
  }, 50);
  try {
    trigger.value = 'key';
    stream.value = canvas.captureStream(20);
    await expect.poll(() => text('.trigger')).toContain('Waits for the key J');
    await expect.poll(() => one<HTMLVideoElement>('video.preview')?.videoWidth).toBe(64);
    expect(tally.value.OK).toBe(0);
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true, cancelable: true }));
    await expect.poll(() => tally.value.OK).toBe(1);
    const [kept, ...more] = content.value!.pictures.values();
    expect([kept!.width, kept!.height, kept!.kind, more.length]).toEqual([64, 48, 'judge', 0]);
    expect(kept!.name).toMatch(/^camera .*\.png$/);
    await expect.poll(() => one('#live-verdict')).not.toBeNull();
    // kept, so it is marked like any other
    expect(one('#not-kept')).toBeNull();
    await press(/^This is good$/);
    await expect.poll(() => content.value!.pictures.get(kept!.id)!.kind).toBe('good');

    // not kept: the page says so, and it joins once a person says what it is
    keepShots.value = false;
    await press(/^Judge now/);
    await expect.poll(() => tally.value.OK).toBe(2);
    await expect.poll(() => text('#not-kept')).toContain('Not kept in the project.');
    expect(content.value!.pictures.size).toBe(1);
    await press(/^This is defective$/);
    await expect.poll(() => content.value!.pictures.size).toBe(2);
    await expect.poll(() => text('.labels')).toContain('You said: defective.');
    expect(one('#not-kept')).toBeNull();
    const [, joined] = content.value!.pictures.values();
    expect(joined).toMatchObject({ kind: 'defective', product: 'tile', width: 64, height: 48 });
    expect(content.value!.judged.get(joined!.id)).toMatchObject({
      verdict: 'OK',
      label: { is: 'defective', was: 'judge' },
    });
    // an escape, whose region can be drawn
    expect(button(/^Draw the defect$/)).toBeDefined();
    expect(tally.value.OK).toBe(2);
    expect(notices.value).toEqual([]);
  } finally {
    clearInterval(draw);
    keepShots.value = true;
    stream.value = null;
  }
});

test('a picture that is judged without a project says that it is not kept', async () => {
  const bytes = new TextEncoder().encode('a file');
  model.value = { name: 'a file', bytes, info, of: null };
  workplace.value = { id: 'model', name: 'a file', kind: 'run' };
  location.hash = '#model/judge/now';
  const file = await picture('other.png', 200);
  await expect.poll(() => one('.live')).not.toBeNull();
  await judgeFiles([file]);
  await expect.poll(() => text('#not-kept')).toMatch(/^Not kept: no project is open/);
  expect(button(/^This is good$/)).toBeUndefined();
});

test('a camera that hangs gives no verdict to a trigger: its picture may be of a part that is long gone', async () => {
  const open = await begin('judge/now');
  await useModel(open, 'first');
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [64, 48];
  let hue = 20;
  // frames come, but they are one picture
  const draw = setInterval(() => {
    const context = canvas.getContext('2d')!;
    context.fillStyle = `hsl(${hue} 60% 50%)`;
    context.fillRect(0, 0, 64, 48);
  }, 50);
  const key = () =>
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true, cancelable: true }));
  const now = performance.now.bind(performance);
  try {
    trigger.value = 'key';
    stream.value = canvas.captureStream(20);
    await expect.poll(() => one<HTMLVideoElement>('video.preview')?.videoWidth).toBe(64);
    key();
    await expect.poll(() => text('#live-verdict')).toContain('OK');
    // a minute later
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 60_000);
    key();
    await expect.poll(() => home.textContent).toContain('The camera repeats the same picture');
    expect(one('#live-verdict')).toBeNull();
    expect(tally.value.OK).toBe(1);
    hue = 200;
    await new Promise((done) => setTimeout(done, 300));
    key();
    await expect.poll(() => tally.value.OK).toBe(2);
    expect(home.textContent).not.toContain('The camera repeats the same picture');
  } finally {
    vi.restoreAllMocks();
    clearInterval(draw);
    stream.value = null;
  }
});

test('Adjust shows the verdicts of two models before and after', async () => {
  const open = await begin('pictures');
  const file = await picture('escape.png', 60);
  await add([{ file, product: 'tile', kind: 'defective' }]);
  const [id] = [...content.value!.pictures.keys()];
  await useModel(open, 'old');
  await useModel(open, 'new');
  const item = { id, file: 'escape.png', className: 'tile', label: 1, score: 0.5 } as Item;
  render(<TwoModels run={{ items: [item] } as unknown as OpenRun} />, home);
  engine.answer = (_, opening) => Promise.resolve(judgement(opening, { verdict: 'OK' }));
  await press(/^Compare on 1 picture$/);
  await expect.poll(() => text('#compare-models tbody')).toBe('defective1 → 00 → 00 → 00 → 1');
  expect(text('#compare-models')).toContain('1 of 1 verdicts are others with the model in use:');
  expect(text('#compare-models')).toContain('1 from OK to no verdict: escape.png (defective)');
});
