// The errors on a machine without a usable tfjs-node, with fake packages in place of broken ones.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import util from 'node:util';
import { afterAll, expect, test } from 'vitest';
import {
  isTensorflowInstalled,
  startTensorflow,
  tensorflowFolder,
} from '../src/backends/tensorflow/index.js';

const root = mkdtempSync(join(tmpdir(), 'ssm-kernels-tensorflow-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function madeUp(name: string, code: string): string {
  const folder = join(root, name.replace(/\W/g, '-'));
  const at = join(folder, 'node_modules', name);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'index.js'), code);
  return folder;
}

test('without tfjs-node the error names the command that installs one', async () => {
  const nowhere = { folder: join(root, 'none'), folderOnly: true };
  expect(isTensorflowInstalled(nowhere)).toBe(false);
  await expect(startTensorflow(nowhere)).rejects.toThrow(
    /^tensorflow: neither @tensorflow\/tfjs-node-gpu nor @tensorflow\/tfjs-node is installed; install one with `npm install @tensorflow\/tfjs-node@4\.22\.0` \(in the repository: `npm run tensorflow:enable`\)/,
  );
});

test('a tfjs-node without its binding is named with its reason', async () => {
  const code = 'throw new Error("The addon module can not be found.\\nPlease run npm rebuild");';
  const folder = madeUp('@tensorflow/tfjs-node', code);
  expect(isTensorflowInstalled({ folder, folderOnly: true })).toBe(true);
  await expect(startTensorflow({ folder, folderOnly: true })).rejects.toThrow(
    /does not load \(@tensorflow\/tfjs-node in .*: The addon module can not be found\.\); `npm run tensorflow:enable` rebuilds it/,
  );
});

test('util.isNullOrUndefined, which Node 23 removed, is there when tfjs-node is loaded', async () => {
  const code =
    'throw new Error(["", null, undefined].map((v) => require("util").isNullOrUndefined(v)).join());';
  const folder = madeUp('@tensorflow/tfjs-node-gpu', code);
  const legacy = util as { isNullOrUndefined?: unknown };
  legacy.isNullOrUndefined = undefined;
  await expect(startTensorflow({ folder, folderOnly: true })).rejects.toThrow(/: false,true,true\);/);
});

test('tensorflow:enable builds into the user cache', () => {
  expect(tensorflowFolder({ XDG_CACHE_HOME: '/var/x' })).toBe('/var/x/pyramid-mamba/tensorflow');
  expect(tensorflowFolder({})).toBe(join(homedir(), '.cache', 'pyramid-mamba', 'tensorflow'));
});
