// A small model and pictures that it has not seen, drawn by the program itself.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const CLASSES = ['tile', 'screw'];
const SHARED = ['--classes', CLASSES.join(',')];

function run(cli: string, args: readonly string[]): void {
  execFileSync(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** A memory bank of two products with thresholds, of pictures of `size`. */
export function madeModel(cli: string, work: string, size: number): string {
  const [data, model] = [join(work, 'learnt'), join(work, 'model')];
  run(cli, [
    'data',
    'synth',
    data,
    ...SHARED,
    '--size',
    `${size}`,
    '--train',
    '12',
    '--good',
    '6',
    '--per-defect',
    '2',
  ]);
  const bank = ['--method', 'patchcore', '--preset', 'fast', '--encoder', 'embedded', '--backend', 'wasm'];
  run(cli, [
    'train',
    data,
    ...bank,
    '--input-size',
    `${size}`,
    '--out',
    model,
    '--cache',
    join(work, 'cache'),
  ]);
  run(cli, ['evaluate', model, '--backend', 'wasm']);
  return model;
}

/** A folder of at least so many pictures. */
export function madePictures(cli: string, work: string, size: number, count: number): string {
  const folder = join(work, 'pictures');
  const good = `${Math.ceil(count / CLASSES.length)}`;
  run(cli, [
    'data',
    'synth',
    folder,
    ...SHARED,
    '--seed',
    '2',
    '--size',
    `${size}`,
    '--train',
    '1',
    '--good',
    good,
  ]);
  return folder;
}

/** All pictures below a folder, masks left out, in an order that mixes its folders. */
export function picturesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(png|jpe?g|bmp|webp|tiff?)$/i.test(entry.name))
    .map(({ parentPath, name }) => ({ path: join(parentPath, name), name }))
    .filter(({ path }) => !path.includes('ground_truth'))
    .sort((a, b) => a.name.localeCompare(b.name) || a.path.localeCompare(b.path))
    .map(({ path }) => path);
}
