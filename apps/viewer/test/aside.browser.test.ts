import { expect, test } from 'vitest';
import { aside } from '../src/picture/aside.js';

/** A worker of this text. */
const of = (text: string) =>
  new Worker(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })), { type: 'module' });

test('if the browser starts no worker, the page runs the work itself, every time', async () => {
  let started = 0;
  const double = aside(
    () => {
      started++;
      return of('throw new Error("not in this browser")');
    },
    (value: number) => 2 * value,
  );
  expect(await Promise.all([double(1), double(2)])).toEqual([2, 4]);
  expect(await double(3)).toBe(6);
  expect(started).toBe(1);
});

test('a rejection of the worker’s function is passed on, not retried', async () => {
  const comlink = new URL('/@id/comlink', location.href).href;
  const refused = aside(
    () => of(`import { expose } from '${comlink}'; expose(() => { throw new Error('no such picture'); });`),
    () => Promise.reject(new Error('done here')),
  );
  await expect(refused()).rejects.toThrow('no such picture');
});
