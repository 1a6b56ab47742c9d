import { existsSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { UserError } from '../errors.js';

/** Pictures of a folder or a list, by name. */
const PICTURES = '**/*.{png,jpg,jpeg,webp,tif,tiff,bmp}';
const GLOB = /[*?[{]/;

/**
 * The pictures that `paths` name, in order, each once: files, folders (searched to any depth), globs. Throws a UserError for a
 * path that does not exist and for a folder or a glob without pictures.
 */
export function picturePaths(paths: readonly string[]): string[] {
  const found = paths.flatMap((path) => {
    if (existsSync(path)) {
      if (!statSync(path).isDirectory()) return [path];
      return some(
        glob(PICTURES, path),
        `${path}: the folder holds no picture (PNG, JPEG, WebP, TIFF or BMP)`,
      );
    }
    if (GLOB.test(path)) return some(glob(path), `${path}: no file fits this pattern`);
    throw new UserError(`predict: ${path} does not exist; check the path`);
  });
  return [...new Set(found)];
}

// tinyglobby wants forward slashes, on Windows too
const glob = (pattern: string, cwd?: string): string[] =>
  globSync(pattern.replaceAll('\\', '/'), {
    ...(cwd === undefined ? {} : { cwd: resolve(cwd) }),
    absolute: cwd !== undefined || isAbsolute(pattern),
    caseSensitiveMatch: false,
    expandDirectories: false,
  }).sort();

function some(list: string[], otherwise: string): string[] {
  if (list.length === 0) throw new UserError(`predict: ${otherwise}; give another path`);
  return list;
}

/** The lines of a text, without blank ones. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line.trim() !== '');
