// Which copies of tfjs-node may be loaded. The working directory is not searched: it often holds somebody else's pictures.
import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { distrustTree } from '../../../system/index.js';
import { tensorflowFolder } from './folder.js';

/** Computes on a GPU if there is one. */
export const GPU_PACKAGE = '@tensorflow/tfjs-node-gpu';
/** In the order in which they are tried. */
export const PACKAGES = [GPU_PACKAGE, '@tensorflow/tfjs-node'] as const;

export interface CandidateOptions {
  /** Output folder of `npm run tensorflow:enable`. Default: tensorflowFolder(). */
  folder?: string;
  /** Search only there. Default false: packages installed with this one come first. */
  folderOnly?: boolean;
}

/** An installed package. */
export interface Candidate {
  name: string;
  /** Its folder. */
  path: string;
  /** Why it must not be loaded; undefined if it may. */
  refused: string | undefined;
}

/** Every tfjs-node found: those installed with this package, then the one built by `npm run tensorflow:enable`. */
export function candidates({
  folder = tensorflowFolder(),
  folderOnly = false,
}: CandidateOptions): Candidate[] {
  const own = folderOnly ? [] : ownTree(fileURLToPath(import.meta.url));
  return [
    // whoever can write there can also write this file
    ...own.flatMap((modules) => packagesIn(modules, () => undefined)),
    ...packagesIn(join(folder, 'node_modules'), () => untrusted(folder)),
  ];
}

/** Why code of the built folder is not loaded. */
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
 * The `node_modules` folders in which Node searches for a file's packages, from the nearest up to the outermost one that contains
 * the file; for a file outside of any, those of its own package.
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
