import { expect, test } from 'vitest';
import { mmPerPixel, ProjectError } from '../src/index.js';
import { readEntry, readSnapshot, snapshotText } from '../src/content/snapshot.js';
import { Browser, picture } from './kit.js';

async function begun() {
  const { store } = await new Browser().tab();
  const open = await store.create('parts');
  await open.addPictures([picture(1)]);
  return { store, open };
}
const scaleOf = (open: Awaited<ReturnType<typeof begun>>['open']) =>
  open.content.products.get('bottle')?.scale;

test('the scale of a product is set, changed and removed, each taken back and repeated', async () => {
  const { open } = await begun();
  await open.setScale('bottle', { mm: 40, of: 'width' });
  await open.setScale('bottle', { mm: 0.05, of: 'pixel' });
  expect(scaleOf(open)).toEqual({ mm: 0.05, of: 'pixel' });
  await open.setScale('bottle', null);
  expect(scaleOf(open)).toBeUndefined();
  await open.undo();
  expect(scaleOf(open)).toEqual({ mm: 0.05, of: 'pixel' });
  await open.undo();
  expect(scaleOf(open)).toEqual({ mm: 40, of: 'width' });
  await open.undo();
  expect(scaleOf(open)).toBeUndefined();
  await open.redo();
  expect(scaleOf(open)).toEqual({ mm: 40, of: 'width' });
  expect(open.undoable).toBe('change the scale of bottle');
});

test('the scale stays after closing, renaming, copying, exporting and importing', async () => {
  const { store, open } = await begun();
  await open.setScale('bottle', { mm: 40, of: 'width' });
  await open.renameProduct('bottle', 'flask');
  const { id } = open;
  const exported = await new Response(await open.export()).blob();
  await open.close();
  for (const one of [id, await store.duplicate(id, 'copy'), await store.import(exported, 'parts.pmproject')])
    expect((await store.open(one)).content.products.get('flask')?.scale).toEqual({ mm: 40, of: 'width' });
});

test('a project without scales, as earlier versions wrote it, is read whole', async () => {
  const { open } = await begun();
  const old = snapshotText(open.content, 3);
  expect(old).not.toContain('scale');
  const { project, leftOut } = readSnapshot(old, open.id, 'the index');
  expect(leftOut).toEqual([]);
  expect(project.products.get('bottle')).toEqual(open.content.products.get('bottle'));
  const products = [...open.content.products.values()];
  const entry = { format: 'pyramid-mamba project change', version: 1, seq: 4, at: open.content.changed };
  const change = readEntry(JSON.stringify({ ...entry, label: 'add', change: { put: { products } } }), 'it');
  expect(change.change.put?.products).toEqual(products);
});

test.each([0, -1, NaN, Infinity, 1e7])('a scale of %s mm is refused, and nothing changes', async (mm) => {
  const { open } = await begun();
  await expect(open.setScale('bottle', { mm, of: 'width' })).rejects.toThrow(ProjectError);
  expect(scaleOf(open)).toBeUndefined();
  await expect(open.setScale('cap', { mm: 1, of: 'width' })).rejects.toThrow(/has no product "cap"/);
});

test('a pixel is the width by the pixels across, or what was said of it', () => {
  expect(mmPerPixel({ mm: 40, of: 'width' }, 800)).toBe(0.05);
  expect(mmPerPixel({ mm: 0.02, of: 'pixel' }, 800)).toBe(0.02);
});
