import { isAbsolute, relative, resolve, sep } from 'node:path';
import { nearestClass, type ModelInfo } from '@pyramid-mamba/model';
import { UserError } from '../errors.js';

/** How a picture's class was determined: given, the only one, a folder of its path, or by its features. */
export type ClassSource = 'given' | 'only' | 'folder' | 'nearest';

export interface ChosenClass {
  className: string;
  source: ClassSource;
  /** The product that the picture looks like, if its folder names another one: it then never gets OK. */
  looksLike?: string;
}

/** The value for automatic choice. */
export const AUTO = 'auto';

/** Throws a UserError for an unknown class. */
export function requireClass(info: ModelInfo, wanted: string): void {
  if (wanted !== AUTO && !info.classes.includes(wanted)) {
    throw new UserError(
      `--class: the model has no class "${wanted}"; choose among ${info.classes.join(', ')}, or auto`,
    );
  }
}

/**
 * The class to judge a picture by: the one given; the model's only one; the innermost folder of its path with the name of a class,
 * among those inside a folder given to predict; otherwise the class with the nearest training features. undefined if the
 * model file has none of these.
 *
 * @param folders those given to predict: their own names and parents say nothing about the pictures in them
 */
export function chooseClass(
  info: ModelInfo,
  wanted: string,
  path: string,
  folders: readonly string[],
  feature: Float32Array,
): ChosenClass | undefined {
  if (wanted !== AUTO) return { className: wanted, source: 'given' };
  if (info.classes.length === 1) return { className: info.classes[0]!, source: 'only' };
  const nearest = nearestClass(info.prototypes ?? {}, feature);
  const className = folderClass(info.classes, path, folders);
  if (className === undefined)
    return nearest === undefined ? undefined : { className: nearest, source: 'nearest' };
  const differs = nearest !== undefined && nearest !== className;
  return { className, source: 'folder', ...(differs && { looksLike: nearest }) };
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

/** Why the class of a picture is uncertain, one sentence each. */
export function classDoubts(chosen: ChosenClass | undefined): string[] {
  return chosen?.looksLike === undefined
    ? []
    : [
        `its folder says ${chosen.className}, but the picture looks like ${chosen.looksLike}: put it in the right folder, or name the product with --class`,
      ];
}
