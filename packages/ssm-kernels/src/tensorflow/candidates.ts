// Which copies of tfjs-node may be loaded. The working directory has no say: it is often a folder of somebody else's pictures.
import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { distrustTree } from '../system/index.js';
import { tensorflowFolder } from './folder.js';

/** Computes on a GPU where there is one. */
export const GPU_PACKAGE = '@tensorflow/tfjs-node-gpu';
/** In the order in which they are tried. */
export const PACKAGES = [GPU_PACKAGE, '@tensorflow/tfjs-node'] as const;

export interface CandidateOptions {
  /** What `npm run tensorflow:enable` built. Default: tensorflowFolder(). */
  folder?: string;
  /** Look nowhere else. Default false: packages installed with this one come first. */
  folderOnly?: boolean;
}

/** A package that is there. */
export interface Candidate {
  name: string;
  /** Its folder. */
  path: string;
  /** Why it must not be loaded; undefined where it may. */
  refused: string | undefined;
}

/** Every tfjs-node there is: those installed with this package, then what `npm run tensorflow:enable` built. */
export function candidates({
  folder = tensorflowFolder(),
  folderOnly = false,
}: CandidateOptions): Candidate[] {
  const own = folderOnly ? [] : ownTree(fileURLToPath(import.meta.url));
  return [
    // who can write there can write into this file, too
    ...own.flatMap((modules) => packagesIn(modules, () => undefined)),
    ...packagesIn(join(folder, 'node_modules'), () => untrusted(folder)),
  ];
}

/** Why no code of the enabled folder is loaded. */
function untrusted(folder: string): string | undefined {
  try {
    return distrustTree(folder);
  } catch (error) {
    return (error as Error).message;
  }
}

function packagesIn(modules: string, check: () => string | undefined): Candidate[] {
  return PACKAGES.map((name) => ({ name, path: join(modules, name) }))
    .filter(({ path }) => existsSync(path))
    .map((one) => ({ ...one, refused: check() }));
}

/**
 * The folders `node_modules` in which Node would look for a file's packages, from the nearest up to the outermost that the file itself
 * lies in; of a file that lies in none, those of its own package.
 */
export function ownTree(file: string): string[] {
  const parts = file.split(sep);
  const outermost = parts.indexOf('node_modules');
  const end = outermost > 0 ? parts.slice(0, outermost).join(sep) : packageFolder(file);
  const found: string[] = [];
  for (let at = dirname(file); ; at = dirname(at)) {
    if (!at.endsWith(`${sep}node_modules`)) found.push(join(at, 'node_modules'));
    if (at === end || dirname(at) === at) return found;
  }
}

/** The folder of the nearest package.json above a file. */
function packageFolder(file: string): string {
  let at = dirname(file);
  while (!existsSync(join(at, 'package.json')) && dirname(at) !== at) at = dirname(at);
  return at;
}
