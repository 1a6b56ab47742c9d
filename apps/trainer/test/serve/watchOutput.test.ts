// The results of watched files, and what is done, on the disk.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Entry } from '../../src/serve/journal/entries.js';
import { WatchOutput } from '../../src/serve/watch/watchOutput.js';
import { temporaryFolder } from '../kit.js';

const result = (file: string, changed = 1): Entry => ({
  kind: 'result',
  id: `${file} ${changed}`,
  source: 'watch',
  file,
  picture: { sha256: 'a'.repeat(64), bytes: 1 },
  model: { name: 'line', sha256: 'b'.repeat(64) },
  time: new Date(1e12).toISOString(),
  durationMs: 1,
  class: 'tile',
  classSource: 'only',
  score: 0.5,
  scoreOfLimit: 0.9,
  verdict: 'OK',
  doubts: [],
  thresholds: { review: 0.6, reject: 0.7 },
  regions: [],
  width: 1,
  height: 1,
  error: null,
  watched: { size: 1, changed },
});

test('pictures of one name in two watched folders have a result each below --out', async () => {
  const home = temporaryFolder();
  const [out, done] = [join(home, 'out'), join(home, 'done.jsonl')];
  const folders = ['left/camera', 'right/camera', 'top'].map((name) => join(home, name));
  const output = await WatchOutput.open({ folders, out, done });
  const files = folders.map((folder) => join(folder, 'day', '1.png'));
  await output.deliver(files.map((file) => result(file)));
  const found = ['camera', 'camera-2', 'top'].map(
    (name) => JSON.parse(readFileSync(join(out, name, 'day', '1.png.json'), 'utf8')) as { file: string },
  );
  expect(found.map(({ file }) => file)).toEqual(files);
  // of a single folder as before
  const one = await WatchOutput.open({ folders: folders.slice(0, 1), out, done });
  await one.deliver([result(files[0]!)]);
  expect(existsSync(join(out, 'day', '1.png.json'))).toBe(true);
});

test('what is done while files that are gone are forgotten stays done after a restart', async () => {
  const home = temporaryFolder();
  const options = { folders: [home], out: join(home, 'out'), done: join(home, 'done.jsonl') };
  // of years: to write it takes longer than a result
  const many = Array.from({ length: 200_000 }, (_, i) =>
    JSON.stringify({ path: `/old/${i}`, size: 1, changed: 1 }),
  );
  writeFileSync(options.done, `${many.join('\n')}\n`);
  const output = await WatchOutput.open(options);
  const file = join(home, 'new.png');
  await Promise.all([output.forget(() => true), output.deliver([result(file)])]);
  const again = await WatchOutput.open(options);
  for (const path of ['/old/0', file]) expect(again.isDone(path, { size: 1, changed: 1 })).toBe(true);
});

test('the result of an earlier picture is removed when another one of its name comes, and no other one', async () => {
  const home = temporaryFolder();
  const options = { folders: [home], out: undefined, done: join(home, 'done.jsonl') };
  const [file, other] = [join(home, 'latest.png'), join(home, 'other.png')];
  const output = await WatchOutput.open(options);
  await output.deliver([result(file), result(other)]);
  const isThere = () => [file, other].map((path) => existsSync(`${path}.json`));
  await output.removeOutdated(file, { size: 1, changed: 1 });
  await output.removeOutdated(join(home, 'new.png'), { size: 1, changed: 2 });
  expect(isThere()).toEqual([true, true]);
  // after a restart, too
  const again = await WatchOutput.open(options);
  await again.removeOutdated(file, { size: 1, changed: 2 });
  expect(isThere()).toEqual([false, true]);
  // of a changed file that has none any more
  await again.removeOutdated(file, { size: 2, changed: 3 });
  await again.deliver([result(file, 3)]);
  expect(isThere()).toEqual([true, true]);
});
