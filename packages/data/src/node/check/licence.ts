import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadFolder } from '../openFolder.js';
import { licenceOf } from '../openFolder.js';
import { Tree } from '../layouts/reading/tree.js';

const LICENCE_FILE = /^licen[cs]e(\.(txt|md))?$/i;

/** The first non-empty line of a text file, at most 200 characters. */
async function firstLine(path: string): Promise<string | undefined> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    const lines = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/);
    return lines.map((line) => line.trim().slice(0, 200)).find((line) => /[\p{L}\p{N}]/u.test(line));
  } finally {
    await handle.close();
  }
}

/** A data set's licence: the known one of its owner, or the first line of its licence file. */
export async function findLicence(folder: ReadFolder): Promise<string | undefined> {
  const known = licenceOf(folder);
  if (known !== undefined) return known;
  const { root } = folder.tree;
  const name = (await new Tree(root).list(root))?.files.find((file) => LICENCE_FILE.test(file));
  if (name === undefined) return undefined;
  const line = await firstLine(join(root, name)).catch(() => undefined);
  return line === undefined ? undefined : `${line} (${name})`;
}
