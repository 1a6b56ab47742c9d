import { expect, test } from 'vitest';
import { readSnapshot, snapshotText } from '../src/content/snapshot.js';
import { currentModel, modelsOf, sizeOf, type OpenProject } from '../src/index.js';
import { Browser, newModel, picture, verdict } from './kit.js';

/** A project with three models of 64 bytes, the last one in use. */
async function begun() {
  const browser = new Browser();
  const { store } = await browser.tab();
  const open = await store.create('parts');
  const { added } = await open.addPictures([picture(1)]);
  const models: string[] = [];
  for (const seed of [1, 2, 3]) models.push((await open.addModel(newModel(seed))).id);
  const stored = async () => (await browser.files.names(`${open.id}/models`)).sort();
  return { store, open, models, picture: added[0]!.id, stored };
}
const kept = (open: OpenProject) => modelsOf(open.content).map(({ id }) => id);

test('earlier models are deleted together, come back by undo and by restoring, and free their space once removed for good', async () => {
  const { store, open, models, stored } = await begun();
  const [one, two, three] = models as [string, string, string];
  expect(sizeOf(open.content)).toEqual({ pictures: 40, models: 192, deleted: 0 });
  await open.deleteModels([one, two]);
  expect(kept(open)).toEqual([three]);
  expect(sizeOf(open.content)).toEqual({ pictures: 40, models: 64, deleted: 128 });
  expect(open.undoable).toBe('delete 2 models');
  await open.undo();
  expect(kept(open)).toEqual(models);
  await open.redo();
  await open.restoreModels([two]);
  expect(kept(open)).toEqual([two, three]);
  // also after a reload, which leaves without an undo
  const { id } = open;
  await open.close();
  const again = await store.open(id);
  expect(again.content.models.get(one)!.deleted).toMatch(/^2026-/);
  expect(await stored()).toHaveLength(3);
  await again.removeForGood();
  expect([...again.content.models.keys()]).toEqual([two, three]);
  expect(await stored()).toEqual([two, three].sort());
  expect(sizeOf(again.content).deleted).toBe(0);
  expect(again.undoable).toBeNull();
});

test('the model in use is never deleted, alone or among others', async () => {
  const { open, models } = await begun();
  await expect(open.deleteModels(models)).rejects.toThrow(/model 3\.safetensors is the model in use/);
  expect(kept(open)).toEqual(models);
  expect(currentModel(open.content)!.id).toBe(models[2]);
});

test('a deleted model comes back by using it, and by adding its file again, with what is known of it', async () => {
  const { open, models } = await begun();
  await open.deleteModels([models[0]!, models[1]!]);
  await open.useModel(models[0]!);
  expect(kept(open)).toEqual([models[0], models[2]]);
  await open.addModel(newModel(2, { name: 'again.safetensors' }));
  expect(kept(open)).toEqual(models);
  expect(currentModel(open.content)).toMatchObject({ id: models[1], name: 'model 2.safetensors' });
  // and is in use until that is undone
  await open.undo();
  expect(currentModel(open.content)!.id).toBe(models[0]);
  expect(kept(open)).toEqual([models[0], models[2]]);
});

test('copies and exported files have no deleted models; verdicts of such a model stay', async () => {
  const { store, open, models, picture: id } = await begun();
  await open.recordVerdicts([verdict(id, models[0]!)]);
  await open.deleteModels([models[0]!]);
  const exported = await new Response(await open.export()).blob();
  const own = open.id;
  await open.close();
  for (const copy of [await store.duplicate(own, 'copy'), await store.import(exported, 'parts.pmproject')]) {
    const found = await store.open(copy);
    expect(found.faults).toEqual([]);
    expect([...found.content.models.keys()]).toEqual(models.slice(1));
    expect(found.content.judged.get(id)!.model).toBe(models[0]);
  }
});

test('models of earlier versions, which could not be deleted, are kept', async () => {
  const { open, models } = await begun();
  const old = snapshotText(open.content, 7);
  expect(old).not.toContain('"deleted":"');
  expect(modelsOf(readSnapshot(old, open.id, 'the index').project).map(({ id }) => id)).toEqual(models);
});
