import { expect, test } from 'vitest';
import { StorageFullError, type OpenProject } from '../src/index.js';
import { Browser, newModel, picture, stateOf } from './kit.js';
import { Disk } from './memoryOpfs.js';

async function begun(way: 'swap' | 'in place' = 'swap') {
  const browser = new Browser(new Disk(way));
  const { store } = await browser.tab();
  const open = await store.create('parts');
  await open.addPictures([1, 2, 3].map((seed) => picture(seed)));
  return { browser, store, open };
}

/** Leaves `free` bytes, and lets the browser claim any number: estimates are rough. */
const leave = (browser: Browser, free: number) => (browser.disk.quota = browser.disk.used + free);

test.each(['swap', 'in place'] as const)(
  'without room an action is refused with what it needs and what is free, changes nothing, and work goes on (%s)',
  async (way) => {
    const { browser, store, open } = await begun(way);
    const [id] = open.content.pictures.keys();
    const before = await stateOf(browser, store);
    leave(browser, 100_000);
    const large = [picture(10, {}, 20_000), picture(11, {}, 500_000)];
    await expect(open.addPictures(large)).rejects.toThrow(StorageFullError);
    await expect(open.addPictures(large)).rejects.toThrow(
      /2 pictures are not added.*0\.5 MB are needed and 0\.1 MB are free/,
    );
    await expect(open.addModel({ ...newModel(1), file: large[1]!.file })).rejects.toThrow(
      /0\.5 MB are needed/,
    );
    const file = await new Response(await open.export()).blob();
    leave(browser, 10);
    await expect(store.duplicate(open.id, 'copy')).rejects.toThrow(StorageFullError);
    await expect(store.import(file, 'p.pmproject')).rejects.toThrow(StorageFullError);
    await expect(store.create('another')).rejects.toThrow(StorageFullError);
    expect(await stateOf(browser, store)).toBe(before);
    leave(browser, 10_000);
    await open.movePictures([id!], { kind: 'defective' });
    expect(open.content.pictures.get(id!)!.kind).toBe('defective');
  },
);

test.each(['swap', 'in place'] as const)(
  'a browser that only says so when it writes: what was written of the action is removed again (%s)',
  async (way) => {
    const { browser } = await begun(way);
    const { store } = await browser.tab({
      space: async () => ({ used: 0, free: Infinity, persistent: false }),
    });
    const open = await store.create('second');
    const before = await stateOf(browser, store);
    leave(browser, 50_000);
    const used = browser.disk.used;
    const pictures = [picture(10, {}, 20_000), picture(11, {}, 20_000), picture(12, {}, 20_000)];
    await expect(open.addPictures(pictures)).rejects.toThrow(/3 pictures are not added: .* is full/);
    expect(await stateOf(browser, store)).toBe(before);
    expect(browser.disk.used).toBeLessThan(used + 1_000);
    await open.addPictures(pictures.slice(0, 1));
    await expect(store.duplicate(open.id, 'copy')).resolves.toBeTypeOf('string');
    await expect(store.duplicate(open.id, 'copy')).rejects.toThrow(StorageFullError);
    expect((await store.list()).map(({ name }) => name).sort()).toEqual(['copy', 'parts', 'second']);
  },
);

test.each(['swap', 'in place'] as const)(
  'with not a byte left a reloaded page opens the project with all its pictures and models, and writes nothing (%s)',
  async (way) => {
    const { browser, store, open } = await begun(way);
    const model = await open.addModel(newModel(1));
    const before = await stateOf(browser, store);
    await open.close();
    leave(browser, 0);
    const { used } = browser.disk;
    const { store: reloaded } = await browser.tab();
    const again = await reloaded.open(open.id);
    expect([again.readOnly, again.faults]).toEqual([null, []]);
    for (const { id, bytes } of again.content.pictures.values())
      expect((await again.picture(id)).size).toBe(bytes);
    expect((await again.model(model.id)).size).toBe(model.bytes);
    await again.close();
    expect([await stateOf(browser, reloaded), browser.disk.used]).toEqual([before, used]);
  },
);

test('with not a byte left, pictures and projects can still be deleted, which frees space', async () => {
  const { browser, store, open } = await begun();
  await open.addPictures([picture(20, {}, 300_000)]);
  const other = await store.create('other');
  await other.close();
  leave(browser, 0);
  const large = [...open.content.pictures.values()].find(({ bytes }) => bytes === 300_000)!;
  await expect(open.rename('x')).rejects.toThrow(StorageFullError);
  await open.deletePictures([large.id]);
  await open.removeForGood();
  await open.rename('works again');
  leave(browser, 0);
  await store.delete(other.id);
  await store.removeForGood();
  expect((await store.list()).map(({ name }) => name)).toEqual(['works again']);
});

test('storage that fills at any step of an action leaves the project as it was, or with the action done', async () => {
  const states: [string, (open: OpenProject) => Promise<unknown>][] = [
    ['add', (open) => open.addPictures([picture(30), picture(31)])],
    ['model', (open) => open.addModel(newModel(3))],
    ['rename', (open) => open.rename('renamed')],
  ];
  for (const [name, act] of states) {
    for (let free = 0; free < 2_400; free += 240) {
      const { browser } = await begun();
      const { store } = await browser.tab({
        space: async () => ({ used: 0, free: Infinity, persistent: false }),
      });
      const { id } = (await store.list())[0]!;
      const writer = await store.open(id);
      await writer.takeOver();
      const before = await stateOf(browser, store);
      leave(browser, free);
      const done = await act(writer).then(
        () => true,
        (error: unknown) => {
          expect(error, `${name}, ${free} bytes free`).toBeInstanceOf(StorageFullError);
          return false;
        },
      );
      expect((await stateOf(browser, store)) === before, `${name}, ${free} bytes free`).toBe(!done);
    }
  }
});
