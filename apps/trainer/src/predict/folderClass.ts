import { someOf } from '@pyramid-mamba/data';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { ProductHint } from '@pyramid-mamba/inspect';
import type { ModelInfo } from '@pyramid-mamba/model';
import { UserError } from '../errors.js';

/** The value for automatic choice. */
export const AUTO = 'auto';

/** Throws a UserError for an unknown class. */
export function requireClass(info: Pick<ModelInfo, 'classes'>, wanted: string): void {
  if (wanted !== AUTO && !info.classes.includes(wanted)) {
    throw new UserError(
      `--class: the model has no class "${wanted}"; choose among ${someOf(info.classes)}, or auto`,
    );
  }
}

/**
 * What the command line knows about the class of a picture: the one given; the innermost folder of its path with the name of a class, among those
 * inside a folder given to predict.
 *
 * @param folders those given to predict: their own names and parents say nothing about the pictures in them
 */
export function productHint(
  classes: readonly string[],
  wanted: string,
  path: string,
  folders: readonly string[],
): ProductHint | undefined {
  if (wanted !== AUTO) return { given: wanted };
  const folder = folderClass(classes, path, folders);
  return folder === undefined ? undefined : { folder };
}

function folderClass(
  classes: readonly string[],
  path: string,
  folders: readonly string[],
): string | undefined {
  const known = new Map(classes.map((name) => [name.normalize('NFC'), name]));
  const inside = folders
    .map((folder) => relative(resolve(folder), resolve(path)))
    .filter((rest) => !isAbsolute(rest) && rest !== '..' && !rest.startsWith(`..${sep}`))
    .flatMap((rest) => [rest.split(sep).slice(0, -1)]);
  // the longest path is used: a folder and one inside it may both have been given
  const names = inside.sort((a, b) => b.length - a.length)[0] ?? [];
  const found = names.findLast((name) => known.has(name.normalize('NFC')));
  return found === undefined ? undefined : known.get(found.normalize('NFC'));
}
