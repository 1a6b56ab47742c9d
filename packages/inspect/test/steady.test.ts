import { expect, test } from 'vitest';
import { SteadyPool, TaskRefused, WorkerEnded, type SteadyOptions, type SteadyWorker } from '../src/index.js';

/** Doubles numbers when the test says so; may be killed. */
class Worker implements SteadyWorker<number, number> {
  batches: {
    tasks: readonly number[];
    resolve: (answers: number[]) => void;
    reject: (error: Error) => void;
  }[] = [];
  #end!: (reason: Error) => void;
  readonly ended = new Promise<Error>((resolve) => (this.#end = resolve));
  ask(tasks: readonly number[]): Promise<number[]> {
    return new Promise((resolve, reject) => this.batches.push({ tasks, resolve, reject }));
  }
  kill(): void {
    const error = new WorkerEnded('killed');
    for (const { reject } of this.batches.splice(0)) reject(error);
    this.#end(error);
  }
  async answer(): Promise<void> {
    const { tasks, resolve } = this.batches.shift()!;
    resolve(tasks.map((task) => 2 * task));
    await settled();
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 2));

async function poolOf(over: Partial<SteadyOptions<number, number>> = {}) {
  const workers: Worker[] = [];
  const pool = await SteadyPool.start<number, number>({
    size: 2,
    capacity: 8,
    batch: 4,
    limitMs: 10_000,
    start: () => {
      const worker = new Worker();
      workers.push(worker);
      return Promise.resolve(worker);
    },
    keyOf: (task) => (task < 100 ? 'small' : 'large'),
    ...over,
  });
  return { pool, workers };
}
const given = (workers: readonly Worker[]) => workers.map(({ batches }) => batches.map(({ tasks }) => tasks));
const reasonOf = (error: unknown) => (error as TaskRefused).reason;

test('idle workers share what waits; later tasks form batches of one key', async () => {
  const { pool, workers } = await poolOf();
  const answers = [...pool.run([1, 2], 1e6)];
  await settled();
  expect(given(workers)).toEqual([[[1]], [[2]]]);
  answers.push(...pool.run([3, 4, 100, 5], 1e6));
  await workers[1]!.answer();
  expect(given(workers)).toEqual([[[1]], [[3, 4, 5]]]);
  await workers[0]!.answer();
  expect(given(workers)).toEqual([[[100]], [[3, 4, 5]]]);
  await workers[0]!.answer();
  await workers[1]!.answer();
  expect(await Promise.all(answers)).toEqual([2, 4, 6, 8, 200, 10]);
  expect([pool.open, pool.room]).toEqual([0, 8]);
  pool.stop();
});

test('what does not fit is refused, and nothing of it is taken', async () => {
  const { pool } = await poolOf({ capacity: 3 });
  const open = pool.run([1, 2], 1e6).map((one) => one.catch(reasonOf));
  expect(() => pool.run([3, 4], 1e6)).toThrow(expect.objectContaining({ reason: 'full' }) as Error);
  expect(pool.open).toBe(2);
  pool.stop();
  expect(await Promise.all(open)).toEqual(['stopped', 'stopped']);
  expect(() => pool.run([3], 1e6)).toThrow(TaskRefused);
});

test('a worker that dies is replaced, and its tasks are done alone by others; one that ends three is refused', async () => {
  const { pool, workers } = await poolOf({ size: 1 });
  const [bad, good] = pool.run([1, 2], 1e6);
  const refused = bad!.catch(reasonOf);
  await settled();
  expect(given(workers)).toEqual([[[1, 2]]]);
  for (const i of [0, 1, 2]) {
    workers[i]!.kill();
    await settled();
    // after the first death one by one
    if (i < 2) expect(given(workers)[i + 1]).toEqual([[1]]);
  }
  expect(await refused).toBe('ended');
  expect(given(workers)[3]).toEqual([[2]]);
  await workers[3]!.answer();
  expect(await good).toBe(4);
  expect(pool.alive).toBe(1);
  pool.stop();
});

test('a task without an answer in its time is refused, and a worker that is busy for too long is killed', async () => {
  const { pool, workers } = await poolOf({ size: 1, limitMs: 500 });
  const slow = pool.run([1], 1e6)[0]!.catch(reasonOf);
  const waiting = pool.run([2], 10)[0]!.catch(reasonOf);
  expect(await waiting).toBe('time');
  expect(await slow).toBe('time');
  await settled();
  const next = pool.run([3], 1e6);
  await settled();
  // both were in one batch, then the first one was alone in the second worker
  await workers[2]!.answer();
  expect(await next[0]).toBe(6);
  expect([pool.open, pool.waiting]).toEqual([0, 0]);
  await pool.drained();
  pool.stop();
});

test('an error of a batch is the error of its tasks; the worker goes on', async () => {
  const { pool, workers } = await poolOf({ size: 1 });
  const [one] = pool.run([1], 1e6);
  await settled();
  workers[0]!.batches.shift()!.reject(new Error('no model'));
  await expect(one).rejects.toThrow('no model');
  const drained = pool.run([2], 1e6);
  await settled();
  await workers[0]!.answer();
  expect(await drained[0]).toBe(4);
  pool.stop();
});

test('a batch that fails is done again one by one: the others have their answers', async () => {
  const { pool, workers } = await poolOf({ size: 1 });
  const [one, bad, other] = pool.run([1, 2, 3], 1e6);
  const failed = expect(bad).rejects.toThrow('no such product');
  await settled();
  workers[0]!.batches.shift()!.reject(new Error('no such product'));
  await settled();
  expect(given(workers)).toEqual([[[1]]]);
  await workers[0]!.answer();
  workers[0]!.batches.shift()!.reject(new Error('no such product'));
  await failed;
  await settled();
  await workers[0]!.answer();
  expect([await one, await other, pool.open]).toEqual([2, 6, 0]);
  pool.stop();
});

test('a worker that does not start is an error at the beginning, and later it is tried again', async () => {
  await expect(poolOf({ start: () => Promise.reject(new Error('no memory')) })).rejects.toThrow('no memory');
  let refuse = false;
  const troubles: string[] = [];
  const workers: Worker[] = [];
  const { pool } = await poolOf({
    size: 1,
    start: () => {
      if (refuse) return ((refuse = false), Promise.reject(new Error('not now')));
      workers.push(new Worker());
      return Promise.resolve(workers.at(-1)!);
    },
    onTrouble: (what) => void troubles.push(what),
  });
  refuse = true;
  workers[0]!.kill();
  await expect.poll(() => pool.alive).toBe(1);
  expect(troubles).toEqual(['ended', 'not started']);
  pool.stop();
});
