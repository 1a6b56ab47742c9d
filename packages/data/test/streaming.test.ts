// Memory does not grow with the number of pictures: many links to a few real files.
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkDataset, openFolder } from '../src/node/index.js';
import { Home, picture } from './copies.js';

const COUNT = 1000;
/** Of the pictures that are linked; the decoded forms of 1,000 take 197 MB. */
const SIDE = 256;
const DECODED = SIDE * SIDE * 3;

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

/**
 * Bytes in use after a collection: objects, and pixels outside the heap. The decoder's buffers are freed some time after
 * their last use, so one sample may include some of them; the minimum of many samples is what is retained.
 */
function inUse(): number {
  collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}

let home: Home;
beforeAll(() => {
  home = new Home();
  mkdirSync(join(home.root, '..', 'files'));
  for (let f = 0; f < 4; f++) {
    const file = join(home.root, '..', 'files', `${f}.png`);
    writeFileSync(file, picture(f + 1, SIDE, SIDE));
    for (let i = f; i < COUNT; i += 4) linkSync(file, join(home.root, `${i}.png`));
  }
});
afterAll(() => home.remove());

test('an open data set holds only names, a few hundred bytes per picture', async () => {
  const before = inUse();
  const { dataset } = await openFolder(home.root);
  const grown = inUse() - before;
  expect(dataset.train.length).toBe(COUNT);
  expect(grown / COUNT).toBeLessThan(3000);
});

/** The minimum in use during an early and a late part of `count` pictures. */
class Looks {
  #early = Infinity;
  #late = Infinity;

  constructor(readonly count: number) {}

  /** Samples after every twenty-fifth picture; the first tenth is warm-up. */
  after(done: number): void {
    if (done % 25 !== 0 || done < this.count / 10) return;
    if (done <= this.count * 0.4) this.#early = Math.min(this.#early, inUse());
    if (done > this.count * 0.7) this.#late = Math.min(this.#late, inUse());
  }

  get growth(): number {
    return this.#late - this.#early;
  }
}

test('loading one picture after another retains none of them', async () => {
  const { dataset } = await openFolder(home.root);
  const looks = new Looks(500);
  for (const [i, sample] of dataset.train.slice(0, looks.count).entries()) {
    await sample.load(64);
    looks.after(i + 1);
  }
  // the decoded pictures between the two parts would be 29 MB at least
  expect(looks.growth).toBeLessThan(60 * DECODED);
});

test('checking retains no pixels either', async () => {
  const looks = new Looks(COUNT);
  await checkDataset(home.root, { onProgress: (done) => looks.after(done) });
  // the decoded pictures between the two parts would be 59 MB at least
  expect(looks.growth).toBeLessThan(60 * DECODED);
});
