// The models of a station from start to start: what a request has put is not lost.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { Models } from '../../src/serve/judging/models.js';
import type { JudgingProcess } from '../../src/serve/judging/process.js';
import { temporaryFolder } from '../kit.js';
import { given, models } from './kit.js';

let files: Record<'a' | 'b' | 'c' | 'd', Uint8Array>;
let folder: string;
beforeAll(async () => {
  const { lenient: a, strict: b } = await models();
  const { lenient: c, strict: d } = await models({ seed: 7 });
  files = { a, b, c, d };
}, 120_000);
beforeEach(() => {
  folder = join(temporaryFolder(), 'models');
});

type Name = keyof typeof files;
/** A start of `serve` with these models by name. */
const start = (by: Record<string, Name>) =>
  Models.open(
    folder,
    Object.entries(by).map(([name, file]) => given(files[file], name)),
  );
const process_ = {
  load: () => Promise.resolve(),
  drop: () => Promise.resolve(),
} as unknown as JudgingProcess;
const put = (to: Models, name: string, file: Name) =>
  to.put(
    name,
    files[file],
    () => [process_],
    () => Promise.resolve(),
  );
const pathOf = async (file: Name) => {
  const scratch = join(temporaryFolder(), 'models');
  const [model] = (await Models.open(scratch, [given(files[file])])).list();
  return join(folder, `${model!.file.sha256}.safetensors`);
};
const inUse = (of: Models): Record<string, Name> =>
  Object.fromEntries(
    of.list().map(({ name, file: { path } }) => {
      const bytes = readFileSync(path);
      return [name, (Object.keys(files) as Name[]).find((one) => bytes.equals(files[one]))!];
    }),
  );

test('a model that a request has put judges on under a name that the next start does not give, and that is said', async () => {
  await put(await start({ line: 'a', second: 'b' }), 'second', 'c');
  for (let i = 0; i < 2; i++) {
    const next = await start({ line: 'a' });
    expect(inUse(next)).toEqual({ line: 'a', second: 'c' });
    expect(next.notes).toEqual([
      expect.stringMatching(/^second: .* judges on, although --model does not give/),
    ]);
  }
  const again = await start({ line: 'a', second: 'b' });
  expect(inUse(again)).toEqual({ line: 'a', second: 'c' });
  expect(again.notes).toEqual([]);
});

test("the command line's own model does not judge where its name is not given, but its file stays and is named", async () => {
  await start({ line: 'a', second: 'b' });
  const next = await start({ line: 'a' });
  expect(inUse(next)).toEqual({ line: 'a' });
  const path = await pathOf('b');
  expect(next.notes).toEqual([expect.stringContaining(`stays in ${path}`)]);
  expect(existsSync(path)).toBe(true);
  expect(inUse(await put(next, 'second', 'c').then(() => next))).toEqual({ line: 'a', second: 'c' });
});

test('a model that was put stays as the one before where the command line has another file, however often it starts', async () => {
  const first = await start({ line: 'a' });
  await put(first, 'line', 'b');
  const next = await start({ line: 'c' });
  expect(inUse(next)).toEqual({ line: 'c' });
  const path = await pathOf('b');
  expect(next.notes).toEqual([expect.stringContaining(`had put stays in ${path}`)]);
  const again = await start({ line: 'c' });
  expect([existsSync(path), again.notes]).toEqual([true, []]);
  expect(again.list()[0]!.since).toBe(next.list()[0]!.since);
  expect([inUse(await start({ other: 'd' })), existsSync(path)]).toEqual([{ other: 'd' }, true]);
});

test('of a name the model in use and the one before it are kept, also where one is put twice', async () => {
  const here = await start({ line: 'a' });
  await put(here, 'line', 'b');
  await put(here, 'line', 'c');
  await put(here, 'line', 'c');
  const there = async () =>
    Promise.all((['a', 'b', 'c'] as const).map(async (name) => existsSync(await pathOf(name))));
  expect(await there()).toEqual([false, true, true]);
  // without the list nobody knows whose they are
  rmSync(join(folder, 'models.json'));
  await start({ line: 'a' });
  expect(await there()).toEqual([true, true, true]);
});
