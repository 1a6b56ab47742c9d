// Files named by a list inside a data set. A list is untrusted: the files must be inside the data set.
import { open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../../errors.js';
import { fault } from '../../faults.js';
import { fileReason } from '../../files.js';
import { kindOfName } from '../../../names/suffixes.js';
import { decodeText } from '../../text.js';
import { nfc } from '../../../names/fold.js';
import { isInside, type Tree } from '../reading/tree.js';

/** Lists of known data sets have at most a few megabytes. */
const MAX_LIST_BYTES = 64 * 2 ** 20;

/** Reads a list, UTF-8 or UTF-16. Throws a DataError if it cannot be read or is larger than 64 MiB. */
export async function readList(path: string): Promise<string> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size > MAX_LIST_BYTES) {
        throw new DataError(
          `${path} has ${size} bytes, more than a list may have (${MAX_LIST_BYTES}): replace it`,
        );
      }
      return decodeText(await handle.readFile());
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${path} cannot be read: ${fileReason(error)}`, { cause: error });
  }
}

/** The parts of a path in a list, or undefined if it is not a plain relative path: absolute, with `..`, a drive, control characters, … */
export function wayDown(path: string): string[] | undefined {
  const parts = path.replace(/^\.\//, '').split('/');
  const sound = parts.every(
    (part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\p{Cc}]/u.test(part),
  );
  return sound ? parts : undefined;
}

/** The path of a file whose name is stored in another form of Unicode than the list has it. */
async function storedAs(tree: Tree, base: string, parts: readonly string[]): Promise<string | undefined> {
  let folder = base;
  for (const part of parts.slice(0, -1)) folder = await tree.child(folder, part);
  const files = (await tree.list(folder))?.files ?? [];
  const name = files.find((file) => nfc(file) === nfc(parts.at(-1)!));
  return name === undefined ? undefined : join(folder, name);
}

/**
 * The absolute path of a file that a list names, `path` being relative to `base` with forward slashes. If it cannot be
 * used, the fault is reported, starting with `where` (the list and the line), and undefined is returned.
 */
export async function resolveListed(
  tree: Tree,
  base: string,
  path: string,
  where: string,
): Promise<string | undefined> {
  const shown = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
  const parts = wayDown(path);
  if (!parts) {
    const sentence = `${where}: ${shown} is not a path inside the data set; expected one with forward slashes and without ".."`;
    tree.report(fault('leaves-root', base, sentence));
    return undefined;
  }
  let full = join(base, ...parts);
  if (kindOfName(parts.at(-1)!) === 'other') {
    tree.report(fault('bad-list', full, `${where}: ${shown} is not named like a picture; correct the list`));
    return undefined;
  }
  let target: string;
  try {
    target = await realpath(full).catch(async (error: unknown) => {
      const stored = await storedAs(tree, base, parts);
      if (stored === undefined) throw error;
      full = stored;
      return realpath(full);
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code ?? '')
      ? 'the file does not exist'
      : fileReason(error);
    tree.report(
      fault('missing-file', full, `${where}: ${full} is listed, but ${reason}: add it, or correct the list`),
    );
    return undefined;
  }
  if (!isInside(await tree.realRoot(), target)) {
    tree.report(
      fault(
        'leaves-root',
        full,
        `${where}: ${full} is a link that leads out of the data set: put the file in its place`,
      ),
    );
    return undefined;
  }
  return full;
}
