import {
  BlobWriter,
  TextReader,
  Uint8ArrayReader,
  Uint8ArrayWriter,
  ZipReader,
  BlobReader,
  ZipWriter,
} from '@zip.js/zip.js/lib/zip-core-native.js';
import { beforeAll, expect, test } from 'vitest';
import { ProjectError, type ProjectStore } from '../src/index.js';
import { Browser, newModel, picture, stateOf, verdict } from './kit.js';

let whole: Blob;
let browser: Browser;
let store: ProjectStore;
let before: string;

beforeAll(async () => {
  browser = new Browser();
  ({ store } = await browser.tab());
  const open = await store.create('parts');
  const { added } = await open.addPictures([
    picture(1),
    picture(2, { kind: 'judge', name: 'a name.with.JPG' }),
    picture(3),
  ]);
  const model = await open.addModel(newModel(1, { learnt: [added[0]!.id] }));
  await open.recordVerdicts([verdict(added[1]!.id, model.id)]);
  await open.label(added[1]!.id, { is: 'good', regions: [] });
  await open.markDefects(added[0]!.id, [], new Blob(['a mask']));
  await open.deletePictures([added[2]!.id]);
  whole = await new Response(await open.export()).blob();
  await open.close();
  before = await stateOf(browser, store);
});

interface Part {
  name: string;
  content: Uint8Array<ArrayBuffer>;
}

async function partsOf(zip: Blob): Promise<Part[]> {
  const found: Part[] = [];
  for await (const entry of new ZipReader(new BlobReader(zip)).getEntriesGenerator())
    if (!entry.directory)
      found.push({
        name: entry.filename,
        content: (await entry.getData(new Uint8ArrayWriter())) as Uint8Array<ArrayBuffer>,
      });
  return found;
}

async function zipped(parts: readonly Part[], level = 0): Promise<Blob> {
  const zip = new ZipWriter(new BlobWriter());
  for (const { name, content } of parts)
    await zip.add(name, new Uint8ArrayReader(content), { level, useWebWorkers: false });
  return zip.close();
}

const text = (content: Uint8Array) => new TextDecoder().decode(content);
const bytes = (said: string) => Uint8Array.from(new TextEncoder().encode(said));

test('export and import in a fresh browser give the same project, without what was deleted', async () => {
  const other = new Browser();
  const { store: fresh } = await other.tab();
  const open = await fresh.open(await fresh.import(whole, 'parts.pmproject'));
  expect(open.faults).toEqual([]);
  expect([open.content.name, open.content.origin]).toEqual(['parts', 'imported from parts.pmproject']);
  const original = await store.open((await store.list())[0]!.id);
  expect([...open.content.pictures.keys()]).toEqual([...original.content.pictures.keys()].slice(0, 2));
  expect(open.content.judged).toEqual(original.content.judged);
  expect(open.content.models).toEqual(original.content.models);
  expect(open.content.model).toBe(original.content.model);
  for (const id of open.content.pictures.keys())
    expect(await (await open.picture(id)).text()).toBe(await (await original.picture(id)).text());
  expect(await (await open.mask([...open.content.pictures.keys()][0]!))!.text()).toBe('a mask');
  expect(await (await open.model(open.content.model!)).text()).toBe(
    await (await original.model(open.content.model!)).text(),
  );
  // and exporting it gives the same files
  const names = (await partsOf(await new Response(await open.export()).blob())).map(({ name }) => name);
  expect(names).toEqual((await partsOf(whole)).map(({ name }) => name));
  await original.close();
});

test('pictures are stored as they are, with the ending of their name, and can be opened without this program', async () => {
  const names = (await partsOf(whole)).map(({ name }) => name.replace(/[0-9a-f]{64}/, 'HASH'));
  expect(names).toEqual([
    'project.json',
    'pictures/HASH.png',
    'pictures/HASH.jpg',
    'masks/HASH.png',
    'models/HASH.safetensors',
  ]);
  for await (const entry of new ZipReader(new BlobReader(whole)).getEntriesGenerator())
    expect(entry.compressionMethod, entry.filename).toBe(entry.filename === 'project.json' ? 8 : 0);
});

test('an import never takes the place of a project, nor its name', async () => {
  const other = new Browser();
  const { store: fresh } = await other.tab();
  const ids = [
    await fresh.import(whole, 'a'),
    await fresh.import(whole, 'a'),
    await fresh.import(whole, 'a'),
  ];
  expect(new Set(ids).size).toBe(3);
  expect((await fresh.list()).map(({ name }) => name).sort()).toEqual(['parts', 'parts (2)', 'parts (3)']);
});

const hostile: [string, (parts: Part[]) => Part[] | Promise<Blob>, RegExp][] = [
  ['no zip', async () => new Blob(['hello']), /no whole \.pmproject/],
  ['an empty file', async () => new Blob([]), /no whole \.pmproject/],
  ['without an index', (parts) => parts.slice(1), /has no project\.json/],
  [
    'with an index that is no JSON',
    ([, ...rest]) => [{ name: 'project.json', content: bytes('{') }, ...rest],
    /project\.json is damaged/,
  ],
  [
    'of a newer version',
    ([index, ...rest]) => [
      { ...index!, content: bytes(text(index!.content).replace('"version":1', '"version":7')) },
      ...rest,
    ],
    /version 7, and this page reads up to 1/,
  ],
  [
    'without one of its pictures',
    (parts) => parts.filter(({ name }) => !name.endsWith('.jpg')),
    /file of a name\.with\.JPG .* is missing/,
  ],
  [
    'with a file that leads out',
    (parts) => [...parts, { name: '../../evil.png', content: bytes('x') }],
    /not imported/,
  ],
  [
    'with an absolute path',
    (parts) => [...parts, { name: '/etc/passwd', content: bytes('x') }],
    /not imported/,
  ],
  [
    'with a file that belongs to nothing',
    (parts) => [...parts, { name: 'pictures/other.png', content: bytes('x') }],
    /holds "pictures\/other\.png", which does not belong/,
  ],
  [
    'with a picture of another size',
    (parts) =>
      parts.map((part) => (part.name.endsWith('.jpg') ? { ...part, content: bytes('short') } : part)),
    /should have 40 bytes and has 5/,
  ],
  [
    'with a changed picture',
    (parts) =>
      parts.map((part) =>
        part.name.endsWith('.jpg') ? { ...part, content: part.content.map((byte) => byte ^ 1) } : part,
      ),
    /changed or damaged/,
  ],
  [
    'with a changed model',
    (parts) =>
      parts.map((part) =>
        part.name.startsWith('models') ? { ...part, content: part.content.map((byte) => byte ^ 1) } : part,
      ),
    /changed or damaged/,
  ],
  [
    'with a record that is none',
    ([index, ...rest]) => [
      { ...index!, content: bytes(text(index!.content).replace('"kind":"good"', '"kind":"fine"')) },
      ...rest,
    ],
    /record of its index is damaged/,
  ],
  [
    'whose model is not in it',
    ([index, ...rest]) => [
      { ...index!, content: bytes(text(index!.content).replace(/"model":"[0-9a-f]{4}/, '"model":"0000')) },
      ...rest,
    ],
    /names a model that is not in it/,
  ],
];

test.each(hostile)(
  'a file %s is refused in a sentence, and nothing is left of it',
  async (_, make, sentence) => {
    const made = make(await partsOf(whole));
    const file = Array.isArray(made) ? await zipped(made) : await made;
    const used = browser.disk.used;
    const error = await store.import(file, 'evil.pmproject').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ProjectError);
    expect((error as Error).message).toMatch(sentence);
    expect((error as Error).message).toMatch(/^evil\.pmproject was not imported/);
    expect(await stateOf(browser, store)).toBe(before);
    expect(browser.disk.used).toBe(used);
  },
);

test('a file with the same name twice is refused', async () => {
  const parts = await partsOf(whole);
  const twin = parts.find(({ name }) => name.endsWith('.jpg'))!;
  const other = twin.name.replace('.jpg', '.jpX');
  const raw = new Uint8Array(await (await zipped([...parts, { ...twin, name: other }])).arrayBuffer());
  // the library writes no duplicates: rename one in both of its headers
  const [from, to] = [bytes(other), bytes(twin.name)];
  for (let at = 0; at + from.length <= raw.length; at++)
    if (from.every((byte, i) => raw[at + i] === byte)) raw.set(to, at);
  await expect(store.import(new Blob([raw]), 'twins')).rejects.toThrow(/twins was not imported/);
  expect(await stateOf(browser, store)).toBe(before);
});

test('a bomb is refused before it is unpacked: an index that claims or has too much, a picture larger than its record', async () => {
  const [index, ...rest] = await partsOf(whole);
  const bomb = rest.map((part) =>
    part.name.endsWith('.jpg') ? { ...part, content: new Uint8Array(5_000_000) } : part,
  );
  const file = await zipped([index!, ...bomb], 9);
  expect(file.size).toBeLessThan(50_000);
  await expect(store.import(file, 'bomb')).rejects.toThrow(/should have 40 bytes and has 5000000/);
  // a picture whose headers lie about its size
  const raw = new Uint8Array(await file.arrayBuffer());
  const view = new DataView(raw.buffer);
  for (let at = 0; at + 4 <= raw.length; at++)
    if (view.getUint32(at, true) === 5_000_000) view.setUint32(at, 40, true);
  await expect(store.import(new Blob([raw]), 'liar')).rejects.toThrow(/liar was not imported/);
  expect(await stateOf(browser, store)).toBe(before);
});

test('a file cut at any length is refused', async () => {
  for (let size = 0; size < whole.size; size += 97)
    await expect(store.import(whole.slice(0, size), 'cut'), `${size} bytes`).rejects.toThrow(
      /cut was not imported/,
    );
  expect(await stateOf(browser, store)).toBe(before);
});

test('a file with any byte changed is refused or gives the same content', async () => {
  const raw = new Uint8Array(await whole.arrayBuffer());
  for (let at = 0; at < raw.length; at += 41) {
    const changed = raw.slice();
    changed[at]! ^= 0x11;
    const other = new Browser();
    const { store: fresh } = await other.tab();
    const found = await fresh.import(new Blob([changed]), 'changed').catch((error: unknown) => error);
    if (typeof found !== 'string') {
      expect(found, `byte ${at}`).toBeInstanceOf(ProjectError);
      expect(await fresh.list()).toEqual([]);
      continue;
    }
    const open = await fresh.open(found);
    for (const { id, bytes: size } of open.content.pictures.values())
      expect((await open.picture(id)).size).toBe(size);
  }
});

test('an import can be stopped, and leaves nothing', async () => {
  const abort = new AbortController();
  const used = browser.disk.used;
  const work = store.import(whole, 'stopped', {
    signal: abort.signal,
    onProgress: () => abort.abort(new Error('by the user')),
  });
  await expect(work).rejects.toThrow(/by the user/);
  expect(browser.disk.used).toBe(used);
});

test('an export whose picture is missing fails instead of giving half a file', async () => {
  const open = await store.open((await store.list())[0]!.id);
  const [id] = open.content.pictures.keys();
  await browser.files.remove(`${open.id}/pictures/${id}`);
  await expect(new Response(await open.export()).blob()).rejects.toThrow();
  await open.close();
});

test('an index beside which lies a zip with text is not read as one', async () => {
  const zip = new ZipWriter(new BlobWriter());
  await zip.add('project.json', new TextReader('[]'), { useWebWorkers: false });
  await expect(store.import(await zip.close(), 'list')).rejects.toThrow(/project\.json is damaged/);
});
