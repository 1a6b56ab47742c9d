// A batch of files in the Live view: counts, stopping, kept results and notices.
import { render } from 'preact';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import '../src/style.css';
import { App } from '../src/app.js';
import { judgeAgain, judgeFiles, product } from '../src/state/live/live.js';
import { notices } from '../src/state/notices.js';
import { model, run, show, thresholds } from '../src/state/opened.js';
import { verdictsCsv } from '../src/state/live/record.js';
import { asFile, current, KEPT_NG, shots, strip } from '../src/state/live/shots.js';
import type { OpenRun } from '../src/run/types.js';
import { calibration, engine, judgement, right } from './fakeEngine.js';

vi.mock('../src/engine/client.js', () => import('./fakeEngine.js'));

const info = {
  classes: ['tile'],
  preprocessing: { inputSize: 8, resize: 'bilinear-antialias' as const, normalize: 'imagenet' as const },
  calibration: { tile: calibration },
};
let home: HTMLElement;
let blob: Blob;
beforeEach(async () => {
  const canvas = new OffscreenCanvas(32, 32);
  canvas.getContext('2d')!.fillRect(0, 0, 16, 16);
  blob = await canvas.convertToBlob({ type: 'image/png' });
  engine.answer = right;
  home = document.createElement('div');
  home.style.height = '700px';
  document.body.append(home);
  location.hash = '#live';
  model.value = { name: 'm.safetensors', bytes: new Uint8Array(), info, of: null };
  render(<App />, home);
});
afterEach(() => {
  render(null, home);
  home.remove();
  model.value = null;
  run.value = null;
  notices.value = [];
});
const files = (count: number, bytes: BlobPart = blob) =>
  Array.from({ length: count }, (_, i) => new File([bytes], `${i}.png`));
const counts = () => home.querySelector('#live-counts')?.textContent;
const press = (name: RegExp) =>
  [...home.querySelectorAll('button')].find(({ textContent }) => name.test(textContent ?? ''))!.click();

test('a batch counts all files, including failed ones, which share one notice', async () => {
  await judgeFiles(files(3));
  engine.answer = () => Promise.reject(new Error(`${Math.random()}.txt: wanted a PNG`));
  await judgeFiles(files(40));
  await expect.poll(counts).toBe('43 files: 3 OK, 0 REVIEW, 0 NG, 40 not judged');
  expect(home.querySelectorAll('.notice')).toHaveLength(1);
  expect(home.querySelector('.notice')!.textContent).toContain('and 39 more');
});

test('stopping the queue leaves the waiting files unjudged', async () => {
  let judged = 0;
  engine.answer = async (options, opening) => {
    if (++judged === 2) press(/^Stop$/);
    return right(options, opening);
  };
  const done = judgeFiles(files(10));
  await expect.poll(counts).toMatch(/waiting/);
  await done;
  await expect.poll(counts).not.toMatch(/waiting/);
  expect(judged).toBe(2);
});

test('a product that is chosen while a picture is decoded counts for that picture', async () => {
  engine.answer = ({ className = 'tile' }, opening) => Promise.resolve(judgement(opening, { className }));
  const decode = globalThis.createImageBitmap;
  vi.spyOn(globalThis, 'createImageBitmap').mockImplementationOnce(async (file: ImageBitmapSource) => {
    product.value = 'wood';
    return decode(file);
  });
  await judgeFiles(files(1));
  vi.restoreAllMocks();
  expect(current.value!.judgement.className).toBe('wood');
  product.value = '';
});

test('the strip shows how many NG pictures it dropped', async () => {
  engine.answer = (_, opening) => Promise.resolve(judgement(opening, { verdict: 'NG', score: 0.5 }));
  await judgeFiles(files(KEPT_NG + 3));
  await expect.poll(() => strip.value.length).toBe(KEPT_NG);
  await expect
    .poll(() => home.querySelector('.strip')!.textContent)
    .toContain(`Only the newest ${KEPT_NG} NG pictures are kept; 3 older ones are gone.`);
});

test('a camera’s frame becomes a file of all its pixels: the learnt and saved picture is the judged one', async () => {
  const canvas = new OffscreenCanvas(1600, 900);
  canvas.getContext('2d')!.fillRect(0, 0, 7, 7);
  const picture = canvas.transferToImageBitmap();
  const shot = {
    id: 1,
    name: 'frame 1',
    from: 'camera' as const,
    picture,
    judgement: judgement(1),
    stale: null,
  };
  const kept = await asFile(shot);
  expect(kept.picture).toBeInstanceOf(Blob);
  const again = await createImageBitmap(kept.picture);
  expect([again.width, again.height]).toEqual([1600, 900]);
});

test('hundreds of judged files keep their files, not their pixels', async () => {
  await judgeFiles(files(250));
  expect(shots.value).toHaveLength(200);
  expect(shots.value.filter(({ picture }) => picture instanceof ImageBitmap)).toEqual([]);
});

test('moved thresholds of a run apply to its own model at once, and to no other model of the same name', async () => {
  const opened = { name: 'm', calibration: { tile: calibration }, items: [], classes: ['tile'] };
  show(opened as unknown as OpenRun, 'run');
  const own = { name: 'example.safetensors', bytes: new Uint8Array(), info, of: run.value };
  model.value = own;
  engine.answer = (options, opening) =>
    Promise.resolve(judgement(opening, options.thresholds?.['tile'] ? { verdict: 'NG' } : {}));
  await judgeFiles(files(1));
  expect(current.value!.judgement.verdict).toBe('OK');
  const [first] = shots.value;
  expect(first!.judgement.regions).toEqual([]);
  thresholds.value = { tile: { ...calibration, review: 0.01, reject: 0.02 } };
  expect(current.value!.judgement.verdict).toBe('NG');
  expect(current.value!.judgement.regions).not.toEqual([]);
  // of the others the verdict at once, the regions when the thresholds rest
  const kept = () => shots.value.find(({ id }) => id === first!.id)!.judgement;
  expect(kept()).toMatchObject({ verdict: 'NG', calibration: { review: 0.01, reject: 0.02 }, regions: [] });
  await expect.poll(() => kept().regions).not.toEqual([]);
  await judgeFiles(files(1));
  expect(current.value!.judgement.verdict).toBe('NG');
  // its name alone equals that of the run’s model
  model.value = { ...own, name: 'm.best.safetensors', of: null };
  await judgeFiles(files(1));
  expect(current.value!.judgement.verdict).toBe('OK');
});

const savedLines = () => verdictsCsv().split('\r\n').slice(1, -1);

test('a verdict that a changed product or threshold replaces is replaced in the counts and in the saved table', async () => {
  await judgeFiles(files(2));
  await expect.poll(counts).toBe('2 files: 2 OK, 0 REVIEW, 0 NG');
  engine.answer = (_, opening) => Promise.resolve(judgement(opening, { verdict: 'NG', score: 0.5 }));
  await judgeAgain();
  await expect.poll(counts).toBe('2 files: 1 OK, 0 REVIEW, 1 NG');
  expect(savedLines()).toEqual([
    '0.png,tile,OK,0.5,0.05,0.1,0.2,,0,,,,,,',
    '1.png,tile,NG,5,0.5,0.1,0.2,,0,,,,,,',
  ]);
  engine.answer = () => Promise.reject(new Error('the engine ended'));
  await judgeAgain();
  await expect.poll(counts).toBe('2 files: 1 OK, 0 REVIEW, 0 NG, 1 not judged');
  expect(savedLines()[1]).toMatch(/^1\.png,,,,,,,not judged with the areas/);
  // thresholds that are moved change verdicts that are already given
  const opened = { name: 'm', calibration: { tile: calibration }, items: [], classes: ['tile'] };
  show(opened as unknown as OpenRun, 'run');
  model.value = { name: 'm.safetensors', bytes: new Uint8Array(), info, of: run.value };
  engine.answer = right;
  await judgeFiles(files(1));
  thresholds.value = { tile: { ...calibration, review: 0.01, reject: 0.02 } };
  expect(savedLines().at(-1)).toMatch(/^0\.png,tile,NG,5,0\.05,0\.01,0\.02/);
});
