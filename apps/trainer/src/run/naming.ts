import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Dataset } from '@pyramid-mamba/data';
import { safePart } from '../text/fileNames.js';
import { SYNTHETIC } from './dataset.js';

/** The folder of runs that are named by the program. */
const RUNS = 'runs';

/** The product of a data set in one word: its only class, or the name of its folder. */
export function productOf({ classes }: Pick<Dataset, 'classes'>, location: string): string {
  if (location === SYNTHETIC) return SYNTHETIC;
  return classes.length === 1 ? classes[0]! : basename(location) || 'run';
}

/** A folder for a new run, named by date and product, that does not exist: `runs/2026-11-30-bottle`, then with `-2`, `-3`, … */
export function newRunFolder(
  product: string,
  now = new Date(),
  there: (path: string) => boolean = existsSync,
): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const name = safePart(`${date}-${product.replaceAll(/\s+/g, '-')}`);
  const free = (n: number): string => {
    const folder = resolve(join(RUNS, n === 1 ? name : `${name}-${n}`));
    return there(folder) ? free(n + 1) : folder;
  };
  return free(1);
}
