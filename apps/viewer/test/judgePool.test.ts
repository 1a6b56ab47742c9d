// Many pictures on several workers: the order, the bound, and what becomes of a picture whose worker dies.
import { expect, test } from 'vitest';
import type { JudgeOptions, Judgement } from '../src/engine/engine.js';
import { JudgePool, type Answer, type Judge, type QueuedPicture } from '../src/engine/judgePool.js';
import { judgement } from './fakeEngine.js';

interface Picture extends QueuedPicture {
  readonly n: number;
}
const picture = (n: number): Picture => ({ n, file: new Blob([String(n)]), options: { name: String(n) } });
const pictures = (count: number): Picture[] => Array.from({ length: count }, (_, n) => picture(n));

/** Workers whose answers the test gives; the score of a picture is its number by the model's size. */
function fakes(answer: (n: number, worker: number) => Promise<void> = () => Promise.resolve()) {
  const made: Worker[] = [];
  class Worker implements Judge {
    dead = false;
    ended = false;
    model = '';
    readonly number = made.push(this);
    start() {
      return Promise.resolve({ backend: 'wasm' as const, line: '' });
    }
    async load(file: Blob) {
      this.model = await file.text();
      return { opening: 1 } as never;
    }
    async judge(file: Blob, { name }: JudgeOptions = {}): Promise<Judgement> {
      const { model } = this;
      await answer(Number(name), this.number);
      if (this.dead) throw new Error('the page’s worker stopped');
      return judgement(1, { score: Number(await file.text()), className: model });
    }
    end() {
      this.ended = true;
    }
  }
  const pool = new JudgePool(3, () => new Worker(), 'wasm');
  pool.use(new Blob(['a']), 'a', 7);
  return { pool, made };
}

async function all(answers: AsyncGenerator<Answer<Picture>, void>) {
  const found: Answer<Picture>[] = [];
  for await (const one of answers) found.push(one);
  return found;
}
const scores = (found: readonly Answer<Picture>[]) =>
  found.map((one) => ('judgement' in one ? one.judgement.score : String(one.error)));

test('answers come in the order of the pictures, whichever worker is late, with the number of the model', async () => {
  const { pool, made } = fakes((n) => new Promise((done) => setTimeout(done, n % 3 === 0 ? 8 : 0)));
  const found = await all(pool.judgeAll(pictures(20)));
  expect(scores(found)).toEqual(pictures(20).map(({ n }) => n));
  expect(found.every((one) => 'judgement' in one && one.judgement.opening === 7)).toBe(true);
  expect(made).toHaveLength(3);
});

test('of 500 pictures at most two a worker are open, and used answers are not kept', async () => {
  let [taken, used, most] = [0, 0, 0];
  function* queue() {
    for (const one of pictures(500)) {
      most = Math.max(most, ++taken - used);
      yield one;
    }
  }
  const { pool } = fakes();
  for await (const _ of pool.judgeAll(queue())) used++;
  expect(used).toBe(500);
  // one more is being used
  expect(most).toBeLessThanOrEqual(2 * 3 + 1);
});

test('a worker that dies is replaced and its picture is judged again; no judgement is wrong or missing', async () => {
  const killed = new Set<number>();
  const { pool, made } = fakes((n, worker) => {
    if (n % 5 === 1 && !killed.has(n)) {
      killed.add(n);
      made[worker - 1]!.dead = true;
    }
    return Promise.resolve();
  });
  expect(scores(await all(pool.judgeAll(pictures(20))))).toEqual(pictures(20).map(({ n }) => n));
  expect(killed.size).toBe(4);
  expect(made.filter(({ dead }) => dead)).toHaveLength(4);
});

test('a picture that kills every worker gets an error, the others their judgement; so does one that cannot be read', async () => {
  const { pool, made } = fakes((n, worker) => {
    if (n === 2) made[worker - 1]!.dead = true;
    return n === 4 ? Promise.reject(new Error('4 is no picture')) : Promise.resolve();
  });
  const found = scores(await all(pool.judgeAll(pictures(6))));
  expect(found).toEqual([0, 1, 'Error: the page’s worker stopped', 3, 'Error: 4 is no picture', 5]);
  expect(made.filter(({ dead }) => dead)).toHaveLength(3);
});

test('a lost graphics card is asked again; another model counts from the next picture on', async () => {
  let lost = true;
  const { pool } = fakes((n) => {
    if (n !== 1 || !lost) return Promise.resolve();
    lost = false;
    return Promise.reject(new Error('The connection to the graphics card was lost (sleep); try again'));
  });
  expect(scores(await all(pool.judgeAll(pictures(3))))).toEqual([0, 1, 2]);
  pool.use(new Blob(['b']), 'b', 8);
  expect(await pool.judge(picture(3).file, { name: '3' })).toMatchObject({ className: 'b', opening: 8 });
  pool.end();
  await expect(pool.judge(picture(4).file)).rejects.toThrow(/ended/);
});

test('an end refuses the pictures that wait, and makes no worker for them that nobody would end', async () => {
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((done) => (answer = done));
  const { pool, made } = fakes(() => answered);
  // three are being judged, three wait for a worker
  const found = Promise.allSettled(pictures(6).map(({ file, options }) => pool.judge(file, options)));
  await new Promise((done) => setTimeout(done, 5));
  pool.end();
  for (const worker of made) worker.dead = true;
  answer();
  const outcomes = (await found).map((one) => (one.status === 'rejected' ? String(one.reason) : 'judged'));
  expect(outcomes.slice(3)).toEqual(Array(3).fill('Error: judging was ended'));
  expect(outcomes.slice(0, 3)).toEqual(Array(3).fill('Error: the page’s worker stopped'));
  expect(made).toHaveLength(3);
  expect(made.every(({ ended }) => ended)).toBe(true);
});
