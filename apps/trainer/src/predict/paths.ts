import { existsSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { decodeText, pictureFiles } from '@pyramid-mamba/data/node';
import { globSync } from 'tinyglobby';
import { UserError } from '../errors.js';

const GLOB = /[*?[{]/;

/** The pictures to judge. */
export interface GivenPictures {
  pictures: string[];
  /** The folders among the given paths, absolute, in the Unicode form of the disk, as in `pictures`. */
  folders: string[];
}

/**
 * The pictures of `paths`, in order, each once: files, folders (searched to any depth), globs. `note` receives the files in
 * folders with unsupported formats. Rejects with a UserError for a path that does not exist and for a folder or a glob without
 * pictures.
 */
export async function picturePaths(
  paths: readonly string[],
  note: (sentence: string) => void = () => undefined,
  command = 'predict',
): Promise<GivenPictures> {
  const found: string[] = [];
  const folders: string[] = [];
  for (const given of paths) {
    const path = onDisk(given);
    if (path === undefined) {
      if (!GLOB.test(given))
        throw new UserError(`${command}: ${given || 'an empty path'} does not exist; check the path`);
      found.push(...some(glob(given), `${command}: ${given}: no file matches this pattern`));
    } else if (statSync(path).isDirectory()) {
      const folder = resolve(path);
      folders.push(folder);
      const { paths: inside, notice } = await pictureFiles(folder);
      if (notice !== undefined) note(notice);
      found.push(
        ...some(inside, `${command}: ${path}: the folder contains no picture (PNG, JPEG, WebP, TIFF or BMP)`),
      );
    } else found.push(path);
  }
  return { pictures: [...new Set(found)], folders };
}

/** A path as it is on disk, for any Unicode form of the input; undefined if the file does not exist. */
const onDisk = (path: string): string | undefined =>
  [path, path.normalize('NFC'), path.normalize('NFD')].find((one) => one !== '' && existsSync(one));

// tinyglobby needs forward slashes, on Windows too
const glob = (pattern: string): string[] =>
  globSync(pattern.replaceAll('\\', '/'), {
    absolute: isAbsolute(pattern),
    caseSensitiveMatch: false,
    expandDirectories: false,
  }).sort();

function some(list: string[], otherwise: string): string[] {
  if (list.length === 0) throw new UserError(`${otherwise}; pass another path`);
  return list;
}

/** The lines of a list, without blank ones: UTF-8 or UTF-16, with or without a byte order mark. */
export const linesOf = (list: Uint8Array): string[] =>
  decodeText(list)
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line.trim() !== '');
