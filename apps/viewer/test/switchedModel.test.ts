// A project whose model is exchanged for another one of it: the store of projects is real, its disk and the reading of model files are fakes.
import type { OpenProject } from '@pyramid-mamba/projects';
import { expect, test, vi } from 'vitest';
import { Browser } from '../../../packages/projects/test/kit.js';
import { moved } from '../src/state/live/live.js';
import { model, thresholds } from '../src/state/opened.js';
import { project } from '../src/state/project/open.js';
import { followResults } from '../src/state/project/results.js';
import { followProjectContent, newProject } from '../src/state/project/work.js';
import { calibration } from './fakeEngine.js';

vi.mock('../src/engine/client.js', () => import('./fakeEngine.js'));
const disk = new Browser();
vi.mock('../src/state/project/store.js', () => ({
  startStore: async () => (await disk.tab()).store,
}));
vi.mock('../src/run/openable.js', () => ({
  openableModel: () => ({
    info: { classes: ['tile'], calibration: { tile: { ...calibration, review: 10, reject: 20 } } },
  }),
  // the results of the new model come later, or never
  traitsOf: (_: Uint8Array, name: string) =>
    name === 'first'
      ? { input: { width: 8, height: 8 }, config: {}, sigma: 1, largestScore: 1 }
      : new Promise(() => undefined),
}));
vi.hoisted(() => {
  const browser = {
    ImageBitmap: class {
      close() {}
    },
    location: { hash: '', search: '', href: 'http://localhost/' },
    addEventListener: () => undefined,
    localStorage: { getItem: () => null, setItem: () => undefined },
    navigator: { hardwareConcurrency: 2 },
  };
  for (const [name, value] of Object.entries(browser)) vi.stubGlobal(name, value);
});

const add = (open: OpenProject, name: string) =>
  open.addModel({
    file: new Blob([name]),
    name,
    from: 'trained',
    method: 'memory bank',
    products: ['tile'],
    learnt: [],
    heldBack: [],
    selfTest: [],
  });

test('the thresholds of the model before never judge by the next one', async () => {
  followProjectContent();
  followResults();
  await newProject('Parts');
  const open = project.value!;
  await add(open, 'first');
  await expect.poll(() => model.value?.name).toBe('first');
  await expect.poll(() => thresholds.value['tile']?.review).toBe(10);
  thresholds.value = { tile: { ...calibration, review: 30, reject: 40 } };
  expect(moved.value).toEqual(thresholds.value);
  await add(open, 'second');
  await expect.poll(() => model.value?.name).toBe('second');
  expect(moved.value).toEqual({});
});
