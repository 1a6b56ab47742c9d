import { basename, dirname, resolve } from 'node:path';
import { nearestClass, type ModelInfo } from '@pyramid-mamba/model';
import { UserError } from '../errors.js';

/** How a picture's class was found: asked for, the only one, a folder of its path, or by what the picture shows. */
export type ClassSource = 'given' | 'only' | 'folder' | 'nearest';

export interface ChosenClass {
  className: string;
  source: ClassSource;
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
 * The class to judge a picture by: the one given; the model's only one; the one that a folder of the path is called; else the
 * one whose training pictures' features are nearest. undefined where the model file has none of these.
 */
export function chooseClass(
  info: ModelInfo,
  wanted: string,
  path: string,
  feature: Float32Array,
): ChosenClass | undefined {
  if (wanted !== AUTO) return { className: wanted, source: 'given' };
  if (info.classes.length === 1) return { className: info.classes[0]!, source: 'only' };
  for (let folder = dirname(resolve(path)); dirname(folder) !== folder; folder = dirname(folder)) {
    if (info.classes.includes(basename(folder))) return { className: basename(folder), source: 'folder' };
  }
  const nearest = nearestClass(info.prototypes ?? {}, feature);
  return nearest === undefined ? undefined : { className: nearest, source: 'nearest' };
}
