import { isAbsolute, relative, resolve, sep } from 'node:path';
import { nearestClass, type ModelInfo } from '@pyramid-mamba/model';
import { UserError } from '../errors.js';

/** How a picture's class was found: asked for, the only one, a folder of its path, or by what the picture shows. */
export type ClassSource = 'given' | 'only' | 'folder' | 'nearest';

export interface ChosenClass {
  className: string;
  source: ClassSource;
  /** The product that the picture looks like, where its folder names another one: then nobody may say OK. */
  looksLike?: string;
}

/** The word that lets the program choose. */
export const AUTO = 'auto';

/** Throws a UserError for a class the model does not know. */
export function requireClass(info: ModelInfo, wanted: string): void {
  if (wanted !== AUTO && !info.classes.includes(wanted)) {
    throw new UserError(
      `--class: the model does not know "${wanted}"; it knows ${info.classes.join(', ')}, or give auto`,
    );
  }
}

/**
 * The class to judge a picture by: the one given; the model's only one; the innermost folder of its path that is called like one, of
 * those inside a folder that was given to predict; else the one whose training pictures' features are nearest. undefined where the
 * model file has none of these.
 *
 * @param folders those that were given to predict: what they are called, and lie in, says nothing of the pictures in them
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
  // the longest reaches furthest out: a folder and one inside it may both have been given
  const names = inside.sort((a, b) => b.length - a.length)[0] ?? [];
  const found = names.findLast((name) => known.has(name.normalize('NFC')));
  return found === undefined ? undefined : known.get(found.normalize('NFC'));
}

/** Why it is not certain what a picture shows, a sentence each. */
export function classDoubts(chosen: ChosenClass | undefined): string[] {
  return chosen?.looksLike === undefined
    ? []
    : [
        `its folder says ${chosen.className}, but the picture looks like ${chosen.looksLike}: put it in the right folder, or name the product with --class`,
      ];
}
