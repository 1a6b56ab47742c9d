import { ProjectStore, webEnvironment } from '@pyramid-mamba/projects';
import { Folder } from '@pyramid-mamba/runs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homeOf } from '../src/engine/training/home.js';
import { takeOverEarlier } from '../src/state/project/earlier.js';

const bytes = (text: string) => Uint8Array.from(new TextEncoder().encode(text));
const text = (found: Uint8Array | undefined) => found && new TextDecoder().decode(found);
const FOLDERS = [
  'training',
  'training-2',
  'training-current',
  'training-moving',
  'features',
  'earlier-test',
] as const;

const clear = () => Promise.all(FOLDERS.map((name) => Folder.discard(name)));
beforeEach(clear);
afterEach(clear);

const startStore = async () => ProjectStore.open(await Folder.open('earlier-test'), webEnvironment());
const moved = async (id: string) => Folder.open(...homeOf(id));

async function earlierTraining(session = '{"name":"bottles","classes":["bottle"],"format":"whatever 1"}') {
  await (await Folder.open('training-current')).write('slot', bytes('training-2'));
  const slot = await Folder.open('training-2');
  await slot.write('session.json', bytes(session));
  await slot.write('held-back/a.rgb', bytes('pixels'));
  await slot.write('checkpoint.safetensors', bytes('weights'));
  await (await Folder.open('features')).write('key/a.f16', bytes('features'));
}

test('a training that an earlier version stored outside of projects becomes a project, with all its files', async () => {
  await earlierTraining();
  const store = await startStore();
  expect(await takeOverEarlier(store)).toMatch(/training “bottles” .* can be resumed/);
  const [card] = await store.list();
  expect(card!.name).toBe('bottles');
  const open = await store.open(card!.id);
  expect([...open.content.products.keys()]).toEqual(['bottle']);
  expect(open.content.training).toMatchObject({ progress: 'stopped' });
  await open.close();
  const home = await moved(card!.id);
  expect(text(await home.read('training-2/held-back/a.rgb'))).toBe('pixels');
  expect(text(await home.read('training-2/checkpoint.safetensors'))).toBe('weights');
  expect(text(await home.read('training-current/slot'))).toBe('training-2');
  expect(text(await home.read('features/key/a.f16'))).toBe('features');
  // once, and nothing is left behind
  expect(await takeOverEarlier(store)).toBeNull();
  const root = Folder.on(await navigator.storage.getDirectory(), '');
  expect((await root.names('')).filter((name) => /^(training|features)/.test(name))).toEqual([]);
});

test('a take-over that was cut short is continued in the same project', async () => {
  await earlierTraining();
  const store = await startStore();
  // the session has been moved, the rest has not
  const project = await store.create('bottles');
  await (await Folder.open('training-moving')).write('project', bytes(project.id));
  await (await moved(project.id)).write('training-2/session.json', bytes('{}'));
  await (await Folder.open('training-2')).remove('session.json');
  await project.close();
  await takeOverEarlier(store);
  expect(await store.list()).toHaveLength(1);
  const home = await moved(project.id);
  expect(text(await home.read('training-2/session.json'))).toBe('{}');
  expect(text(await home.read('training-2/checkpoint.safetensors'))).toBe('weights');
});

test('a damaged one is kept too, and a browser without one gets no project', async () => {
  const store = await startStore();
  expect(await takeOverEarlier(store)).toBeNull();
  await earlierTraining('{"name":');
  expect(await takeOverEarlier(store)).toMatch(/An earlier training/);
  const [card] = await store.list();
  expect(text(await (await moved(card!.id)).read('training-2/session.json'))).toBe('{"name":');
});

test('while a tab of the earlier version trains, nothing is touched', async () => {
  await earlierTraining();
  const store = await startStore();
  await navigator.locks.request('pyramid-mamba training', async () => {
    expect(await takeOverEarlier(store)).toBeNull();
  });
  expect(await store.list()).toEqual([]);
  expect(text(await (await Folder.open('training-2')).read('checkpoint.safetensors'))).toBe('weights');
});
