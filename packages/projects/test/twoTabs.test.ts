import { describe, expect, test, vi } from 'vitest';
import { ProjectError, type OpenProject } from '../src/index.js';
import { Browser, newModel, picture, verdict } from './kit.js';

/** Two tabs of a browser on one project; the first one writes. */
async function twoTabs() {
  const browser = new Browser();
  const [one, two] = [await browser.tab(), await browser.tab()];
  const writer = await one.store.create('parts');
  await writer.addPictures([picture(1), picture(2)]);
  const reader = await two.store.open(writer.id);
  return { browser, one, two, writer, reader };
}

const names = ({ content }: OpenProject): string[] => [...content.pictures.values()].map(({ name }) => name);
const soon = <T>(work: () => T) => vi.waitFor(work, { timeout: 5_000, interval: 2 });

describe('two tabs on one project', () => {
  test('the second one reads, is told why it may not write, and changes nothing', async () => {
    const { writer, reader } = await twoTabs();
    expect(writer.readOnly).toBeNull();
    expect(reader.readOnly).toMatchObject({ why: 'other tab' });
    expect(names(reader)).toEqual(names(writer));
    await expect(reader.addPictures([picture(3)])).rejects.toThrow(/another tab/);
    await expect(reader.rename('mine')).rejects.toThrow(ProjectError);
    await expect(reader.undo()).rejects.toThrow(/another tab/);
    expect(writer.content.name).toBe('parts');
    expect(
      await (await reader.picture([...reader.content.pictures.keys()][0]!)).arrayBuffer(),
    ).toHaveProperty('byteLength', 40);
  });

  test('what the first one changes appears in the second', async () => {
    const { writer, reader } = await twoTabs();
    const heard = vi.fn();
    reader.subscribe(heard);
    await writer.addPictures([picture(3)]);
    await writer.rename('other parts');
    await writer.undo();
    await writer.rename('third');
    await soon(() => expect(reader.content).toEqual(writer.content));
    expect(heard).toHaveBeenCalled();
  });

  test('the second one takes over: the first finishes what it writes, then only reads', async () => {
    const { writer, reader } = await twoTabs();
    const adding = writer.addPictures([picture(3)]);
    const [added, taken] = await Promise.allSettled([adding, reader.takeOver()]);
    expect(taken).toEqual({ status: 'fulfilled', value: { done: true } });
    expect(reader.readOnly).toBeNull();
    expect(writer.readOnly).toMatchObject({ why: 'other tab' });
    // either it was stored before, or refused: never half
    expect(reader.content.pictures.size).toBe(added.status === 'fulfilled' ? 3 : 2);
    await reader.rename('taken');
    await soon(() => expect(writer.content.name).toBe('taken'));
    await expect(writer.rename('mine')).rejects.toThrow(/another tab/);
    // and back again
    expect(await writer.takeOver()).toEqual({ done: true });
    expect(writer.undoable).toBeNull();
    await writer.rename('back');
    await soon(() => expect(reader.content.name).toBe('back'));
  });

  test('while a training runs, the other tab is told so, and takes over once its user confirms and the training has saved', async () => {
    const { writer, reader } = await twoTabs();
    const order: string[] = [];
    writer.hold('a training runs', async () => {
      await writer.setTraining({
        started: '2026-01-01T00:00:00Z',
        saved: null,
        progress: 'step 3 of 9',
        seconds: 60,
      });
      order.push('saved');
    });
    expect(await reader.takeOver()).toEqual({ done: false, busy: true, sentence: 'a training runs' });
    expect(writer.readOnly).toBeNull();
    expect(await reader.takeOver({ confirmed: true })).toEqual({ done: true });
    order.push('taken');
    expect(order).toEqual(['saved', 'taken']);
    expect(reader.content.training?.progress).toBe('step 3 of 9');
  });

  test('a training that cannot be saved keeps its tab the one that writes', async () => {
    const { writer, reader } = await twoTabs();
    writer.hold('a training runs', () => Promise.reject(new Error('storage is full')));
    expect(await reader.takeOver({ confirmed: true })).toMatchObject({ done: false, busy: true });
    await writer.rename('still mine');
    expect(writer.content.name).toBe('still mine');
  });

  test('nothing is deleted or removed for good under a running training, from either tab', async () => {
    const { one, two, writer } = await twoTabs();
    const [id] = writer.content.pictures.keys();
    await writer.deletePictures([id!]);
    const end = writer.hold('a training runs', () => Promise.resolve());
    await expect(writer.removeForGood()).rejects.toThrow(/a training runs/);
    await expect(one.store.delete(writer.id)).rejects.toThrow(/a training runs/);
    await expect(two.store.delete(writer.id)).rejects.toThrow(/another tab/);
    expect((await writer.picture(id!)).size).toBe(40);
    end();
    await writer.removeForGood();
    await expect(writer.picture(id!)).rejects.toThrow(/lacks the file/);
  });

  test('a project that is closed while a training runs stays open until the training has ended and its model is kept', async () => {
    const { one, writer, reader } = await twoTabs();
    const end = writer.hold('a training runs', () => Promise.resolve());
    const closing = writer.close();
    const kept = writer.addModel(newModel(1));
    end();
    await closing;
    expect((await kept).name).toBe('model 1.safetensors');
    expect(writer.readOnly).toMatchObject({ why: 'closed' });
    await soon(() => expect(reader.readOnly).toBeNull());
    expect(reader.content.models.size).toBe(1);
    await reader.close();
    // opening it again calls the closing off
    const again = await one.store.open(writer.id);
    const done = again.hold('a training runs', () => Promise.resolve());
    const called = again.close();
    expect(await one.store.open(writer.id)).toBe(again);
    done();
    await called;
    expect(again.readOnly).toBeNull();
  });

  test('a tab whose writing neighbour was killed works on by itself', async () => {
    const { one, writer, reader } = await twoTabs();
    await writer.rename('the last');
    one.kill();
    await soon(() => expect(reader.readOnly).toBeNull());
    expect(reader.content.name).toBe('the last');
    await reader.rename('mine');
  });

  test('a tab that does not answer is said', async () => {
    const { browser, reader } = await twoTabs();
    await reader.close();
    // holds the lock and is deaf
    const deaf = await browser.tab({ channel: { post: () => undefined, listen: () => () => undefined } });
    const open = await deaf.store.create('deaf');
    const other = await (await browser.tab()).store.open(open.id);
    expect(await other.takeOver()).toMatchObject({
      done: false,
      busy: false,
      sentence: /does not answer/ as never,
    });
  });

  test('the list of the other tab follows', async () => {
    const { one, two } = await twoTabs();
    const heard = vi.fn();
    two.store.subscribe(heard);
    const made = await one.store.create('another');
    await soon(() => expect(heard).toHaveBeenCalled());
    await made.close();
    await two.store.delete(made.id);
    expect((await one.store.list()).map(({ deleted }) => deleted !== null).sort()).toEqual([false, true]);
    await one.store.restore(made.id);
    await (await two.store.open(made.id)).close();
  });
});

test('what one tab does, in order, reaches a tab that opened in the middle', async () => {
  const { two, writer } = await twoTabs();
  const model = await writer.addModel(newModel(1));
  const [id] = writer.content.pictures.keys();
  await writer.recordVerdicts([verdict(id!, model.id)]);
  await writer.label(id!, { is: 'defective', regions: [] });
  const third = await two.store.open(writer.id);
  await writer.label(id!, null);
  await soon(() => expect(third.content.judged.get(id!)!.label).toBeNull());
  expect(third.content.model).toBe(model.id);
});
