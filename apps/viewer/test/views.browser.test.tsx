import { readModelInfo } from '@pyramid-mamba/model';
import { render } from 'preact';
import { afterEach, beforeEach, expect, test } from 'vitest';
import '../src/style.css';
import { App } from '../src/app.js';
import type { Item, OpenRun } from '../src/run/types.js';
import { notices } from '../src/state/notices.js';
import { otherRun, run, selected, show, thresholds } from '../src/state/opened.js';
import { ALL, filter, order } from '../src/state/selection.js';

const SIZE = 32;
const SQUARE = { width: SIZE, height: SIZE };
const COUNT = 5000;

/** A picture with its number's colour. */
async function picture(i: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(SIZE, SIZE);
  const context = canvas.getContext('2d')!;
  context.fillStyle = `hsl(${i % 360} 60% 50%)`;
  context.fillRect(0, 0, SIZE, SIZE);
  return canvas.convertToBlob({ type: 'image/png' });
}

const level = (side: number) => ({
  height: side,
  width: side,
  data: Float32Array.from({ length: side * side }, (_, i) => (i === side + 1 ? 0.9 : 0.1)),
});

function item(i: number): Item {
  const label = i % 2 === 0 ? 0 : 1;
  return {
    id: String(i),
    file: `part/${String(i).padStart(5, '0')}.png`,
    className: 'part',
    label,
    defect: label === 1 ? 'crack' : 'good',
    score: (i * 7919 * 2 + label * COUNT) / (COUNT * 7919 * 2),
    hasMask: false,
    size: SQUARE,
    image: async () => ({ found: await picture(i), path: `${i}.png`, run: 'many', limit: 1e6, size: SQUARE }),
    mask: () => Promise.resolve(null),
    levels: () => Promise.resolve([level(8), level(4), level(2)]),
  };
}

const calibration = {
  review: 0.4,
  reject: 0.6,
  method: 'f1' as const,
  goodCount: COUNT / 2,
  defectCount: COUNT / 2,
  scoreRange: [0, 1] as [number, number],
  background: 0.1,
};

function runOf(over: Partial<OpenRun> = {}): OpenRun {
  return {
    name: 'many',
    example: false,
    dataset: 'parts',
    classes: ['part'],
    input: SQUARE,
    sigma: 1,
    largestScore: 2 / 3,
    scale: { low: { part: 0.05 }, span: 0.2 },
    items: Array.from({ length: COUNT }, (_, i) => item(i)),
    calibration: { part: calibration },
    model: () => Promise.reject(new Error('many has no model.safetensors')),
    metrics: () => Promise.resolve(null),
    curves: () => Promise.resolve(null),
    ...over,
  };
}

let home: HTMLElement;
beforeEach(() => {
  home = document.createElement('div');
  home.id = 'app';
  home.style.height = '700px';
  document.body.append(home);
  filter.value = ALL;
  order.value = 'file';
  show(runOf(), 'run');
  location.hash = '#gallery';
});
afterEach(() => {
  render(null, home);
  home.remove();
  [run.value, otherRun.value, selected.value] = [null, null, null];
  notices.value = [];
});

const until = <T,>(find: () => T | null | undefined | false): Promise<T> =>
  expect
    .poll(() => find() || null, { timeout: 20_000, interval: 50 })
    .not.toBeNull()
    .then(() => find() as T);
const one = <E extends Element = HTMLElement>(selector: string) => home.querySelector<E>(selector);
const key = (name: string, more: KeyboardEventInit = {}) =>
  document.activeElement!.dispatchEvent(
    new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true, ...more }),
  );
/** Whether a cell's picture is loaded. */
const drawn = (cell: Element): boolean => {
  const image = cell.querySelector('img');
  return !!image?.complete && image.naturalWidth === SIZE;
};
const frame = () => new Promise(requestAnimationFrame);

test('five thousand pictures scroll without blanks: at every stop each visible cell has its picture', async () => {
  render(<App />, home);
  const scroller = await until(() => one('.grid-scroller'));
  await until(() => home.querySelectorAll('[role=option]').length > 0);
  expect(one('[role=option]')!.getAttribute('aria-setsize')).toBe(String(COUNT));
  for (const share of [0.1, 0.33, 0.34, 0.97, 0.5, 1, 0]) {
    scroller.scrollTop = share * (scroller.scrollHeight - scroller.clientHeight);
    await frame();
    await frame();
    const view = scroller.getBoundingClientRect();
    // right after the scroll, rows of cells fill the view from top to bottom
    const cells = [...home.querySelectorAll('[role=option]')].map((cell) => cell.getBoundingClientRect());
    const rows = [...new Set(cells.map(({ top }) => top))].sort((a, b) => a - b);
    const [{ height }] = cells as [DOMRect];
    expect(rows[0], `at ${share}`).toBeLessThanOrEqual(view.top + 8);
    expect(rows.at(-1)! + height, `at ${share}`).toBeGreaterThanOrEqual(view.bottom - 24);
    for (const [r, top] of rows.slice(1).entries()) expect(top - rows[r]!).toBeLessThan(height + 24);
    expect(home.querySelectorAll('[role=option]').length).toBeLessThan(400);
    const inView = () =>
      [...home.querySelectorAll('[role=option]')].filter((cell) => {
        const { top, bottom } = cell.getBoundingClientRect();
        return bottom > view.top && top < view.bottom;
      });
    await until(() => inView().every(drawn));
  }
});

test('the gallery is navigated by keys, one cell in the tab order, and Enter opens the inspector', async () => {
  render(<App />, home);
  const first = await until(() => one<HTMLElement>('[role=option][tabindex="0"]'));
  first.focus();
  const at = () => Number((document.activeElement as HTMLElement).dataset['index']);
  key('ArrowRight');
  await until(() => at() === 1);
  key('End');
  await until(() => at() === COUNT - 1);
  expect(home.querySelectorAll('[role=option][tabindex="0"]')).toHaveLength(1);
  key('Home');
  await until(() => at() === 0);
  key('ArrowDown');
  const columns = await until(() => at());
  key('ArrowUp');
  await until(() => at() === 0);
  expect(columns).toBeGreaterThan(1);
  key('ArrowRight');
  await until(() => at() === 1);
  key('Enter');
  const title = await until(() => one('.panel h1'));
  expect(title.textContent).toBe('part/00001.png');
  key('PageDown');
  await until(() => one('.panel h1')?.textContent === 'part/00002.png');
});

test('the inspector draws the map, lists its regions and reads out pixels by key', async () => {
  thresholds.value = { part: { ...calibration, review: 0.05, reject: 0.2 } };
  location.hash = '#inspect';
  render(<App />, home);
  const stage = await until(() => one<HTMLElement>('.stage'));
  const row = await until(() => one('.regions tbody tr'));
  expect(row.textContent).toMatch(/0\.\d{4}/);
  await until(() => one('.sheet .contour')?.getAttribute('d'));
  stage.focus();
  key('ArrowRight');
  await until(() => /x \d+, y \d+ · score 0\.\d{4}/.test(one('.read-out')!.textContent));
  key('+');
  key('+');
  await until(() => one('.zoom output')!.textContent === '156 %');
  key('0');
  await until(() => one('.zoom output')!.textContent === '100 %');
  one<HTMLButtonElement>('.regions button')!.click();
  await until(() => one('.zoom output')!.textContent !== '100 %');
});

test('thresholds move by key and stay in order; the counts follow, within 50 ms', async () => {
  location.hash = '#tune';
  render(<App />, home);
  const [review, reject] = await until(() => {
    const found = home.querySelectorAll<HTMLElement>('[role=slider]');
    return found.length === 2 && [...found];
  });
  const missed = () => one('[aria-label=Mistakes] dd')!.textContent;
  const before = missed();
  review!.focus();
  const began = performance.now();
  key('ArrowRight');
  await Promise.resolve();
  await until(() => missed() !== before);
  // frame and polling are in it
  expect(performance.now() - began).toBeLessThan(400);
  expect(thresholds.value['part']!.method).toBe('manual');
  key('End');
  await until(() => thresholds.value['part']!.review > 0.9);
  expect(thresholds.value['part']!.reject).toBe(thresholds.value['part']!.review);
  expect(reject!.getAttribute('aria-valuenow')).not.toBeNull();
  const reset = [...home.querySelectorAll('button')].find(({ textContent }) => textContent === 'Reset')!;
  await until(() => !reset.disabled);
  reset.click();
  await until(() => missed() === before);
  expect(thresholds.value['part']).toEqual(calibration);
});

test('a run of good pictures alone: thresholds far beyond its scores stand where they are, and what is unknown is said', async () => {
  const good = [0, 2, 4].map((i) => ({ ...item(i), score: 0.03 + i / 1000 }));
  const far = { ...calibration, review: 0.06, reject: 0.095, scoreRange: [0.03, 0.034] as [number, number] };
  show(runOf({ items: good, calibration: { part: far } }), 'run');
  location.hash = '#tune';
  render(<App />, home);
  const at = await until(() => {
    const found = [...home.querySelectorAll('.handle')].map((one) => one.getBoundingClientRect().x);
    return found.length === 2 && found;
  });
  expect(at[1]! - at[0]!).toBeGreaterThan(80);
  expect(one('.histogram')!.getBoundingClientRect().right).toBeGreaterThan(at[1]! + 60);
  expect(home.textContent).toContain('how many defects they miss is not known');
  expect(one('[aria-label=Mistakes] dd')!.textContent).toContain('the run has no defective picture');
});

test('the PRO curve is computed from the maps if the run has none', async () => {
  const few = [0, 1, 2, 3].map((i): Item => {
    if (i % 2 === 0) return item(i);
    const canvas = new OffscreenCanvas(SIZE, SIZE);
    const context = canvas.getContext('2d')!;
    context.fillStyle = 'white';
    context.fillRect(2, 2, 8, 8);
    return { ...item(i), hasMask: true, mask: () => canvas.convertToBlob({ type: 'image/png' }) };
  });
  show(runOf({ items: few }), 'run');
  location.hash = '#tune';
  render(<App />, home);
  const button = await until(() =>
    [...home.querySelectorAll('button')].find(({ textContent }) => textContent?.startsWith('Compute it')),
  );
  button.click();
  const figure = await until(() => one('[aria-label^="PRO curve of part"]'));
  expect(figure.closest('figure')!.textContent).toMatch(/AU-PRO [01]\.\d{3} over all thresholds/);
});

test('thresholds are saved into a copy of the model file without any other change', async () => {
  const file = new Uint8Array(
    await (await fetch(new URL('../public/example/model.safetensors', import.meta.url))).arrayBuffer(),
  );
  const { info } = readModelInfo(file, 'example');
  show(
    runOf({
      items: [item(0), item(1)],
      classes: ['bottle'],
      calibration: { bottle: { ...calibration, review: 0.011, reject: 0.022 } },
      model: () => Promise.resolve(file),
    }),
    'run',
  );
  location.hash = '#tune';
  // no dialog: the file is downloaded, and caught here
  Object.defineProperty(window, 'showSaveFilePicker', { value: undefined, configurable: true });
  const saved = new Promise<Blob>((done) => {
    const original = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob: Blob) => {
      if (blob.type === 'application/octet-stream') {
        URL.createObjectURL = original;
        done(blob);
      }
      return original(blob);
    };
  });
  const stop = (event: Event) =>
    (event.target as HTMLElement).closest?.('a[download]') && event.preventDefault();
  addEventListener('click', stop, { capture: true });
  HTMLAnchorElement.prototype.click = function () {};
  render(<App />, home);
  const button = await until(() =>
    [...home.querySelectorAll('button')].find(({ textContent }) => textContent?.startsWith('Save into')),
  );
  button.click();
  const bytes = new Uint8Array(await (await saved).arrayBuffer());
  const now = readModelInfo(bytes, 'saved').info;
  expect(now.calibration!['bottle']).toMatchObject({ review: 0.011, reject: 0.022 });
  expect({ ...now, calibration: null }).toEqual({ ...info, calibration: null });
  expect(now.calibration!['tile']).toEqual(info.calibration!['tile']);
  await until(() => notices.value.some(({ text }) => /has these thresholds/.test(text)));
  removeEventListener('click', stop, { capture: true });
});

test('thresholds that cannot be saved are refused before a file is chosen, which would be emptied', async () => {
  const example = await fetch(new URL('../public/example/model.safetensors', import.meta.url));
  const file = new Uint8Array(await example.arrayBuffer());
  show(
    runOf({
      items: [item(0), item(1)],
      classes: ['bottle'],
      calibration: { bottle: { ...calibration, review: 0.9, reject: 0.9 } },
      model: () => Promise.resolve(file),
    }),
    'run',
  );
  location.hash = '#tune';
  let asked = 0;
  const showSaveFilePicker = () => {
    asked++;
    return Promise.reject(new DOMException('closed', 'AbortError'));
  };
  Object.defineProperty(window, 'showSaveFilePicker', { value: showSaveFilePicker, configurable: true });
  render(<App />, home);
  const button = await until(() =>
    [...home.querySelectorAll('button')].find(({ textContent }) => textContent?.startsWith('Save into')),
  );
  button.click();
  await until(() => notices.value.some(({ text }) => /no score can be above/.test(text)));
  expect(asked).toBe(0);
});
