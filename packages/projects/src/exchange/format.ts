// The `.pmproject` file: a zip with the index `project.json` and the files it names.
import type { Project } from '../content/project.js';
import type { Stored } from '../store/layout.js';

export const INDEX = 'project.json';
/** The most bytes of the index. */
export const MOST_INDEX = 2 ** 28;

/** A file of the zip. */
export interface Part {
  readonly path: string;
  readonly what: Stored;
  readonly hash: string;
  /** Exact size; null for a mask, whose size the index does not hold. */
  readonly bytes: number | null;
  /** For people. */
  readonly name: string;
}

/** The ending of a file's name where it is a plain one: pictures can be looked at in the unpacked zip. */
function ending(name: string): string {
  return /\.[0-9a-z]{1,8}$/i.exec(name)?.[0].toLowerCase() ?? '';
}

/** All files that the project's index names. */
export function partsOf({ pictures, models }: Project): Part[] {
  const masks = new Map<string, string>();
  for (const { mask, name } of pictures.values()) if (mask !== null) masks.set(mask, name);
  return [
    ...[...pictures.values()].map(({ id, name, bytes }): Part => ({
      path: `pictures/${id}${ending(name)}`,
      what: 'pictures',
      hash: id,
      bytes,
      name,
    })),
    ...[...masks].map(([hash, name]): Part => ({
      path: `masks/${hash}.png`,
      what: 'masks',
      hash,
      bytes: null,
      name: `the mask of ${name}`,
    })),
    ...[...models.values()].map(({ id, name, bytes }): Part => ({
      path: `models/${id}.safetensors`,
      what: 'models',
      hash: id,
      bytes,
      name,
    })),
  ];
}
