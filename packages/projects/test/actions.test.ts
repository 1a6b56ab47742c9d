import { expect, test } from 'vitest';
import {
  currentModel,
  labelledPictures,
  labelledSince,
  modelsOf,
  picturesOf,
  type OpenProject,
} from '../src/index.js';
import { Browser, newModel, picture, verdict } from './kit.js';

async function begun(): Promise<{ browser: Browser; open: OpenProject; ids: string[] }> {
  const browser = new Browser();
  const { store } = await browser.tab();
  const open = await store.create('parts');
  const { added } = await open.addPictures([1, 2, 3].map((seed) => picture(seed)));
  return { browser, open, ids: added.map(({ id }) => id) };
}

test('pictures are named by their bytes: the same bytes are said to be a duplicate, and stay as they are', async () => {
  const { open, ids } = await begun();
  const again = { ...picture(1), name: 'again.png', kind: 'defective' as const };
  const { added, duplicates } = await open.addPictures([
    again,
    picture(4),
    { ...picture(4), name: '4b.png' },
  ]);
  expect(added.map(({ name }) => name)).toEqual(['picture 4.png']);
  expect(duplicates.map(({ name, of }) => [name, of.name])).toEqual([
    ['again.png', 'picture 1.png'],
    ['4b.png', 'picture 4.png'],
  ]);
  expect(open.content.pictures.get(ids[0]!)!.kind).toBe('good');
  const bytes = new Uint8Array(await (await open.picture(ids[0]!)).arrayBuffer());
  expect(bytes).toEqual(new Uint8Array(await picture(1).file.arrayBuffer()));
});

test('deleting, moving, labelling, thresholds and models are taken back and repeated one by one', async () => {
  const { open, ids } = await begun();
  const [one, two] = ids as [string, string];
  const model = await open.addModel(newModel(1));
  await open.addModel(newModel(2));
  await open.recordVerdicts([verdict(one, model.id)]);
  const states = [open.content];
  const does = [
    () => open.deletePictures([one]),
    () => open.movePictures([two], { kind: 'defective', product: 'cap' }),
    () =>
      open.label(one, {
        is: 'defective',
        regions: [
          [
            [0, 0],
            [0.5, 0],
            [0, 0.5],
          ],
        ],
      }),
    () => open.useModel(model.id),
    () => open.renameProduct('bottle', 'flask'),
    () =>
      open.setAreas('flask', {
        use: [],
        ignore: [
          [
            [0, 0],
            [1, 0],
            [0, 1],
          ],
        ],
      }),
    () =>
      open.markDefects(
        two,
        [
          [
            [0, 0],
            [1, 0],
            [0, 1],
          ],
        ],
        new Blob(['a mask']),
      ),
  ];
  for (const act of does) {
    await act();
    states.push(open.content);
  }
  // maps compare by content, whatever their order
  const same = (content: OpenProject['content']) =>
    expect({ ...open.content, changed: '' }).toEqual({ ...content, changed: '' });
  for (const state of states.slice(0, -1).reverse()) {
    await open.undo();
    same(state);
  }
  for (const state of states.slice(1)) {
    await open.redo();
    same(state);
  }
  expect(await (await open.mask(two))!.text()).toBe('a mask');
  expect(open.redoable).toBeNull();
  await open.undo();
  expect(open.redoable).toBe('mark the defects of picture 2.png');
  await open.rename('anew');
  expect(open.redoable).toBeNull();
});

test('undo of a label keeps the verdict that a newer model gave in between', async () => {
  const { open, ids } = await begun();
  const [id] = ids as [string];
  const model = await open.addModel(newModel(1));
  await open.recordVerdicts([verdict(id, model.id)]);
  await open.label(id, { is: 'defective', regions: [] });
  await open.recordVerdicts([verdict(id, model.id, { score: 0.9, verdict: 'NG' })]);
  expect(open.content.judged.get(id)).toMatchObject({ verdict: 'NG', label: { is: 'defective' } });
  await open.undo();
  expect(open.content.judged.get(id)).toMatchObject({ verdict: 'NG', score: 0.9, label: null });
});

test('a deleted picture comes back by undo, by restoring and by adding it again, until it is removed for good', async () => {
  const { open, ids } = await begun();
  await open.deletePictures(ids);
  expect(picturesOf(open.content)).toEqual([]);
  await open.undo();
  expect(picturesOf(open.content)).toHaveLength(3);
  await open.redo();
  await open.restorePictures([ids[0]!]);
  await open.addPictures([picture(2, { kind: 'judge' })]);
  expect(picturesOf(open.content).map(({ name, kind }) => [name, kind])).toEqual([
    ['picture 1.png', 'good'],
    ['picture 2.png', 'judge'],
  ]);
  await open.removeForGood();
  expect(open.undoable).toBeNull();
  expect([...open.content.pictures.keys()]).toEqual(ids.slice(0, 2));
  await expect(open.picture(ids[2]!)).rejects.toThrow(/lacks the file/);
});

test('pictures that were added and taken back can be repeated in this session, and leave no bytes after the next opening', async () => {
  const { browser, open } = await begun();
  const before = browser.disk.used;
  await open.addPictures([picture(9, {}, 10_000)]);
  await open.undo();
  await open.redo();
  expect(picturesOf(open.content, 'good')).toHaveLength(4);
  await open.undo();
  await open.close();
  const { store } = await browser.tab();
  await (await store.open(open.id)).close();
  expect(browser.disk.used).toBeLessThan(before + 9_000);
});

test('what a training learns from: sorted pictures, and judged ones that a person labelled', async () => {
  const { open, ids } = await begun();
  const [one, two] = ids as [string, string];
  await open.addPictures([picture(7, { kind: 'judge' }), picture(8, { kind: 'judge', product: null })]);
  const [, , , seven, eight] = [...open.content.pictures.keys()] as [string, string, string, string, string];
  const model = await open.addModel(newModel(1));
  await open.movePictures([two], { kind: 'defective' });
  await open.recordVerdicts([seven, eight, one].map((id) => verdict(id, model.id)));
  await open.label(seven, { is: 'good', regions: [] });
  await open.label(eight, { is: 'defective', regions: [] });
  await open.deletePictures([ids[2]!]);
  const found = labelledPictures(open.content).map(({ picture: { name }, is, afterVerdict }) => [
    name,
    is,
    afterVerdict,
  ]);
  expect(found).toEqual([
    ['picture 1.png', 'good', false],
    ['picture 2.png', 'defective', false],
    ['picture 7.png', 'good', true],
    ['picture 8.png', 'defective', true],
  ]);
});

test('a false alarm and an escape become pictures of their kind, which the model does not know; taken back or moved, they are what they were', async () => {
  const { open, ids } = await begun();
  const [one, two] = ids as [string, string];
  const { added } = await open.addPictures([
    picture(7, { kind: 'judge', product: null }),
    picture(8, { kind: 'judge' }),
  ]);
  const [seven, eight] = added.map(({ id }) => id) as [string, string];
  const model = await open.addModel({ ...newModel(1), learnt: [ids[0]!, ids[2]!], heldBack: [two] });
  await open.recordVerdicts([seven, eight, one].map((id) => verdict(id, model.id)));
  const kindOf = (id: string) => open.content.pictures.get(id)!.kind;
  const since = () => labelledSince(open.content, model).map(({ picture: { id }, is }) => [id, is]);
  expect(since()).toEqual([]);
  await open.label(seven, { is: 'good', regions: [] });
  expect(open.content.pictures.get(seven)).toMatchObject({ kind: 'good', product: 'bottle' });
  await open.label(eight, { is: 'good', regions: [] });
  await open.label(eight, { is: 'defective', regions: [] });
  await open.label(one, { is: 'defective', regions: [] });
  expect(since()).toEqual([
    [one, 'defective'],
    [seven, 'good'],
    [eight, 'defective'],
  ]);
  await open.label(eight, null);
  expect(kindOf(eight)).toBe('judge');
  await open.undo();
  expect([kindOf(eight), open.content.judged.get(eight)!.label?.is]).toEqual(['defective', 'defective']);
  await open.label(one, null);
  expect(kindOf(one)).toBe('good');
  await open.movePictures([seven], { kind: 'judge' });
  expect(open.content.judged.get(seven)!.label).toBeNull();
  expect(since()).toEqual([[eight, 'defective']]);
});

test('the history of models: each stays with its pictures and thresholds, one is current, and going back is possible', async () => {
  const { open, ids } = await begun();
  const first = await open.addModel(
    newModel(1, { learnt: ids, selfTest: [{ product: 'bottle', sentence: 'finds 18 of 20' }] }),
  );
  const calibration = {
    review: 0.4,
    reject: 0.5,
    method: 'manual',
    goodCount: 3,
    defectCount: 0,
    scoreRange: [0, 1],
    background: 0,
  } as const;
  await open.setThresholds(first.id, [
    { product: 'bottle', calibration: { ...calibration, scoreRange: [0, 1] } },
  ]);
  const second = await open.addModel(newModel(2));
  expect(currentModel(open.content)!.id).toBe(second.id);
  await expect(open.deleteModels([second.id])).rejects.toThrow(/is the model in use/);
  await open.useModel(first.id);
  expect(currentModel(open.content)!.thresholds[0]!.calibration.review).toBe(0.4);
  await open.deleteModels([second.id]);
  expect(modelsOf(open.content).map(({ id }) => id)).toEqual([first.id]);
  expect(await (await open.model(first.id)).arrayBuffer()).toHaveProperty('byteLength', 64);
  // the same file again is the same model
  await open.addModel(newModel(1));
  expect(open.content.models.get(first.id)!.learnt).toEqual(ids);
});

test('what cannot be is refused in a sentence, and nothing is stored', async () => {
  const { open, ids } = await begun();
  const before = open.content;
  const refused = [
    [() => open.rename('  '), /needs a name/],
    [() => open.rename('x'.repeat(201)), /201 characters/],
    [() => open.addProduct('bottle'), /already/],
    [() => open.renameProduct('cap', 'lid'), /no product "cap"/],
    [() => open.removeProduct('bottle'), /has 3 pictures/],
    [() => open.movePictures(['f'.repeat(64)], { kind: 'judge' }), /no longer in parts/],
    [() => open.label(ids[0]!, { is: 'good', regions: [] }), /no verdict/],
    [() => open.useModel('f'.repeat(64)), /no longer in parts/],
    [() => open.addPictures([{ ...picture(5), file: new Blob([]) }]), /is empty/],
    [() => open.addPictures([picture(5, { width: 0 })]), /width/],
    [
      () =>
        open.markDefects(ids[0]!, [
          [
            [0, 0],
            [2, 0],
            [0, 1],
          ],
        ]),
      /regions/,
    ],
    [() => open.addPictures([picture(5)], { signal: AbortSignal.abort(new Error('stopped')) }), /stopped/],
  ] as const;
  for (const [act, sentence] of refused) await expect(act()).rejects.toThrow(sentence);
  expect(open.content).toBe(before);
  await open.close();
  await expect(open.rename('x')).rejects.toThrow(/was closed/);
});
