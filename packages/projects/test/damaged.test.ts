import { expect, test } from 'vitest';
import type { Folder } from '@pyramid-mamba/runs';
import { MIGRATIONS, migrated } from '../src/content/migrations.js';
import { PATHS } from '../src/store/layout.js';
import { Browser, newModel, picture } from './kit.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = async (files: Folder, path: string) => new TextDecoder().decode(await files.read(path));

/** A closed project with two snapshots, changes since the older, three pictures and a model. */
async function closed() {
  const browser = new Browser();
  const { store } = await browser.tab();
  const open = await store.create('parts');
  const { id } = open;
  await open.addPictures([1, 2, 3].map((seed) => picture(seed)));
  await open.addModel(newModel(1));
  await open.close();
  const again = await store.open(id);
  await again.rename('renamed');
  await again.addPictures([picture(4)]);
  const { content } = again;
  await again.close();
  const snapshots = (await browser.files.names(`${id}/snapshots`)).sort();
  expect(snapshots).toHaveLength(2);
  return { browser, id, content, newest: `${id}/snapshots/${snapshots.at(-1)}` };
}

const opened = async (browser: Browser, id: string) => (await browser.tab()).store.open(id);

test.each([
  ['cut short', (whole: string) => whole.slice(0, whole.length >> 1)],
  ['of another file', () => '{"format":"something else","version":1}'],
  ['without its list of pictures', (whole: string) => whole.replace('"pictures":', '"images":')],
])(
  'a damaged index (%s) is named and set aside, and the one before with the changes since takes its place',
  async (_, damage) => {
    const { browser, id, content, newest } = await closed();
    const broken = damage(await text(browser.files, newest));
    await browser.files.write(newest, bytes(broken));
    const open = await opened(browser, id);
    expect(open.content).toEqual(content);
    expect(open.faults.map(({ sentence }) => sentence)).toEqual([
      expect.stringMatching(/index .* is damaged.*earlier one/),
    ]);
    const [kept] = await browser.files.names(`${id}/damaged`);
    expect(await text(browser.files, PATHS.damaged(id, kept!))).toBe(broken);
    await open.rename('works');
    await open.close();
    const next = await opened(browser, id);
    expect([next.content.name, next.faults]).toEqual(['works', []]);
  },
);

test('a damaged record is named and set aside, the others are read', async () => {
  const { browser, id, content, newest } = await closed();
  const whole = await text(browser.files, newest);
  await browser.files.write(
    newest,
    bytes(whole.replace(/("name":"picture 2.png"[^}]*"width":)4/, '$1"wide"')),
  );
  const open = await opened(browser, id);
  expect([...open.content.pictures.values()].map(({ name }) => name)).toEqual([
    'picture 1.png',
    'picture 3.png',
    'picture 4.png',
  ]);
  expect(open.faults[0]!.sentence).toMatch(
    /damaged record of renamed was set aside: pictures, record 2 \(picture 2.png\): width/,
  );
  // its bytes are still there: damage deletes nothing
  expect(await browser.files.names(`${id}/pictures`)).toHaveLength(content.pictures.size);
  expect(await browser.files.names(`${id}/damaged`)).toHaveLength(1);
});

test.each([
  [
    'damaged',
    (files: Folder, path: string) => files.write(path, bytes('{"format":')),
    /is damaged; what it did is lost/,
  ],
  [
    'missing',
    (files: Folder, path: string) => files.remove(path),
    /is missing; what it did is lost, later changes were kept/,
  ],
])('a %s change is named, and later ones are kept', async (_, damage, sentence) => {
  const browser = new Browser();
  const { store, kill } = await browser.tab({ snapshotEvery: 99 });
  const open = await store.create('parts');
  await open.addPictures([picture(1)]);
  await open.rename('lost');
  await open.addPictures([picture(2)]);
  kill();
  await damage(browser.files, PATHS.entry(open.id, 2));
  const after = await opened(browser, open.id);
  expect(after.content.name).toBe('parts');
  expect(after.content.pictures.size).toBe(2);
  expect(after.faults.map((fault) => fault.sentence)).toEqual([expect.stringMatching(sentence)]);
  await after.close();
  expect((await opened(browser, open.id)).faults).toEqual([]);
});

test('a project without any readable index is named in the list, refuses to open, and loses nothing', async () => {
  const { browser, id } = await closed();
  for (const name of await browser.files.names(`${id}/snapshots`))
    await browser.files.write(`${id}/snapshots/${name}`, bytes('?'));
  await browser.files.write(PATHS.card(id), bytes('?'));
  const { store } = await browser.tab();
  const [card] = await store.list();
  expect(card!.damaged).toMatch(/index .* is damaged; its pictures and models are still stored/);
  await expect(store.open(id)).rejects.toThrow(/is damaged/);
  expect(await browser.files.names(`${id}/pictures`)).toHaveLength(4);
  // the lock is free again
  await store.delete(id);
});

test('files that the browser cleared are named, and the rest works', async () => {
  const { browser, id, content } = await closed();
  const [first, second] = content.pictures.keys();
  await browser.files.remove(PATHS.stored(id, 'pictures', first!));
  const open = await opened(browser, id);
  expect(open.faults[0]!.sentence).toMatch(
    /lacks 1 of the pictures of renamed: picture 1.png; add them again/,
  );
  await expect(open.picture(first!)).rejects.toThrow(/lacks the file of picture 1.png/);
  expect((await open.picture(second!)).size).toBe(40);
});

test('a project of a newer version is refused, and stays as it is', async () => {
  const { browser, id, newest } = await closed();
  const whole = (await text(browser.files, newest)).replace('"version":1', '"version":2');
  await browser.files.write(newest, bytes(whole));
  const used = browser.disk.used;
  await expect(opened(browser, id)).rejects.toThrow(
    /format version 2, and this page reads up to 1: reload the page/,
  );
  expect(browser.disk.used).toBe(used);
});

test('migrations make the present version of an older one, step by step', () => {
  const add = (key: string) => ({
    snapshot: (raw: object) => ({ ...raw, [key]: 1 }),
    entry: (raw: object) => ({ ...raw, [key]: 2 }),
  });
  expect(migrated('snapshot', { version: 1 }, [add('a'), add('b')])).toEqual({ version: 1, a: 1, b: 1 });
  expect(migrated('entry', { version: 2 }, [add('a'), add('b')])).toEqual({ version: 2, b: 2 });
  expect(MIGRATIONS).toEqual([]);
});

test('names of prototypes are names like others', async () => {
  const browser = new Browser();
  const { store } = await browser.tab();
  const open = await store.create('constructor');
  await open.addProduct('__proto__');
  await open.addPictures([picture(1, { product: 'toString', name: '__proto__' })]);
  await open.close();
  const again = await store.open(open.id);
  expect([...again.content.products.keys()]).toEqual(['__proto__', 'toString']);
});
