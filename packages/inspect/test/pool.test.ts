import { expect, test } from 'vitest';
import { inOrder, Pool, type PoolWorker } from '../src/index.js';

type Doubling = { double: { task: number; answer: number }; wait: { task: null; answer: null } };

/** Doubles numbers; each answer is given when the test asks for it, so that no clock decides the order. */
class Worker implements PoolWorker<Doubling> {
  readonly open: { task: number | null; resolve: (answer: never) => void; reject: (error: Error) => void }[] =
    [];
  stopped = false;

  ask(_name: string, task: number | null): Promise<never> {
    return new Promise((resolve, reject) => this.open.push({ task, resolve, reject }));
  }
  async answer(): Promise<void> {
    const { task, resolve } = this.open.shift()!;
    resolve((task === null ? null : 2 * task) as never);
    await settled();
  }
  async fail(message: string): Promise<void> {
    this.open.shift()!.reject(new Error(message));
    await settled();
  }
  stop(): Promise<void> {
    this.stopped = true;
    return Promise.resolve();
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 1));

test('each task goes to the first worker that is free, one at a time', async () => {
  const [a, b] = [new Worker(), new Worker()];
  const pool = new Pool<Doubling>([a, b]);
  const answers = [1, 2, 3].map((task) => pool.run('double', task));
  await expect(pool.each('wait', null)).rejects.toThrow('while tasks are open');
  await settled();
  expect([a.open.map(({ task }) => task), b.open.map(({ task }) => task)]).toEqual([[1], [2]]);
  await b.answer();
  expect(b.open.map(({ task }) => task)).toEqual([3]);
  await b.answer();
  await a.answer();
  expect(await Promise.all(answers)).toEqual([2, 4, 6]);
  const all = pool.each('wait', null);
  await settled();
  await a.answer();
  await b.answer();
  await all;
});

test('after a failure no task is answered, and none is begun', async () => {
  const [a, b] = [new Worker(), new Worker()];
  const pool = new Pool<Doubling>([a, b]);
  const answers = [1, 2, 3].map((task) => pool.run('double', task).catch((error: Error) => error.message));
  await settled();
  await a.fail('thread 1 ended');
  await b.answer();
  // what was right already stays right
  expect(await Promise.all(answers)).toEqual(['thread 1 ended', 4, 'thread 1 ended']);
  expect([a.open, b.open]).toEqual([[], []]);
  await expect(pool.run('double', 4)).rejects.toThrow('thread 1 ended');
  await expect(pool.each('wait', null)).rejects.toThrow('thread 1 ended');
  await pool.stop();
  expect([a.stopped, b.stopped]).toEqual([true, true]);
});

test('stopping fails the tasks that wait', async () => {
  const worker = new Worker();
  const pool = new Pool<Doubling>([worker]);
  void pool.run('double', 1);
  const waiting = pool.run('double', 2).catch((error: Error) => error.message);
  await pool.stop();
  expect(await waiting).toBe('the workers were stopped');
});

test.each([1, 2, 3])('results of %d workers are in order, with few items open', async (width) => {
  let open = 0;
  let most = 0;
  const found: number[] = [];
  async function* items() {
    for (let i = 0; i < 12; i++) yield await Promise.resolve(i);
  }
  for await (const result of inOrder(items(), width, async (item) => {
    most = Math.max(most, ++open);
    // later items end first
    await new Promise((resolve) => setTimeout(resolve, 4 - (item % 4)));
    open--;
    return 10 * item;
  }))
    found.push(result);
  expect(found).toEqual(Array.from({ length: 12 }, (_, i) => 10 * i));
  expect(most).toBe(width === 1 ? 1 : 2 * width);
});

test('one worker begins nothing before the result before it was used; a failure comes in its turn', async () => {
  const log: string[] = [];
  const run = async (width: number) => {
    for await (const result of inOrder([0, 1, 2], width, (item) => {
      log.push(`begun ${item}`);
      return item === 2 ? Promise.reject(new Error('item 2')) : Promise.resolve(item);
    }))
      log.push(`used ${result}`);
  };
  await expect(run(1)).rejects.toThrow('item 2');
  expect(log).toEqual(['begun 0', 'used 0', 'begun 1', 'used 1', 'begun 2']);
  log.length = 0;
  await expect(run(2)).rejects.toThrow('item 2');
  expect(log.filter((line) => line.startsWith('used'))).toEqual(['used 0', 'used 1']);
});
