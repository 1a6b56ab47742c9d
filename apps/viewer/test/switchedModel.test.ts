// A project whose model is exchanged for another one of it: the store of projects is real, its disk and the reading of model files are fakes.
import { effect } from '@preact/signals';
import type { OpenProject } from '@pyramid-mamba/projects';
import { expect, test, vi } from 'vitest';
import { Browser } from '../../../packages/projects/test/kit.js';
import { moved } from '../src/state/live/live.js';
import { model, modelIds, modelsKept, thresholds } from '../src/state/opened.js';
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

followProjectContent();
followResults();

test('the thresholds of the model before never judge by the next one', async () => {
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

test('a model that was just trained is not replaced by the one before while it is being kept', async () => {
  await newProject('Parts');
  const open = project.value!;
  const { id } = await add(open, 'stage');
  await expect.poll(() => model.value?.name).toBe('stage');
  const seen = new Set<string | undefined>();
  const end = effect(() => void seen.add(model.value?.name));
  const bytes = new TextEncoder().encode('final');
  model.value = { ...model.value!, name: 'final', bytes };
  // the end of the training is noted before the model is stored
  const at = new Date().toISOString();
  await open.setTraining({ started: at, saved: at, progress: '', seconds: null });
  await open.setTraining(null);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(model.value.name).toBe('final');
  const kept = await add(open, 'final');
  modelIds.set(bytes, kept.id);
  modelsKept.value++;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(model.value.bytes).toBe(bytes);
  expect([...seen]).toEqual(['stage', 'final']);
  end();
  // the project's earlier model comes where a person uses it
  await open.useModel(id);
  await expect.poll(() => model.value?.name).toBe('stage');
});
