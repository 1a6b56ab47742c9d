// The pictures that an earlier predict wrote and its new results replace.
import { createReadStream, existsSync } from 'node:fs';
import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { MAPS_OF } from '../evaluation/evaluated.js';
import { Run } from '../run/run.js';

const LINES = /^predictions(\.partial(-\d+)?)?\.jsonl$/;
/** The folder of overlays, and in it the one of pictures judged NG. */
export const OVERLAYS = 'overlays';
export const NG_FOLDER = 'NG';
const FOLDERS = [
  ['overlay', OVERLAYS],
  ['map', 'maps'],
] as const;

/** Whether the `maps/` of a folder is of an evaluation, which predict must not change. */
export const hasEvaluatedMaps = (folder: string): boolean =>
  existsSync(join(folder, 'maps', MAPS_OF)) ||
  (existsSync(join(folder, 'maps')) && existsSync(new Run(folder).metrics));

/** The overlays and maps in `folder` that its lines of predictions name, as paths; other files are not predict's. */
export async function writtenBefore(folder: string): Promise<Set<string>> {
  const written = new Set<string>();
  const folders: (typeof FOLDERS)[number][] = [];
  for (const one of FOLDERS) {
    const [key, name] = one;
    if ((await isFolder(join(folder, name))) && !(key === 'map' && hasEvaluatedMaps(folder)))
      folders.push(one);
  }
  if (folders.length === 0) return written;
  const hasApart = await isFolder(join(folder, OVERLAYS, NG_FOLDER));
  const entries = await readdir(folder, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isFile() && LINES.test(entry.name))) {
    for await (const line of createInterface({ input: createReadStream(join(folder, name)) })) {
      const prediction = parsed(line);
      for (const [key, at] of folders) {
        const path = String(prediction[key] ?? '');
        const file = basename(path);
        if (!file.endsWith('.png')) continue;
        const isApart = key === 'overlay' && basename(dirname(path)) === NG_FOLDER;
        if (!isApart) written.add(join(folder, at, file));
        else if (hasApart) written.add(join(folder, at, NG_FOLDER, file));
      }
    }
  }
  return written;
}

/** Whether a path is a folder, and no link to one: what a link leads to is not predict's. */
const isFolder = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined))?.isDirectory() === true;

/** A line may be cut short. */
function parsed(line: string): Record<string, unknown> {
  try {
    return (JSON.parse(line) as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
  }
}

/** Removes such pictures, and their folders where these are then empty. */
export async function removeWritten(folder: string, written: ReadonlySet<string>): Promise<void> {
  if (written.size === 0) return;
  for (const path of written) await rm(path, { force: true });
  const folders = [[OVERLAYS, NG_FOLDER], ...FOLDERS.map(([, name]) => [name])];
  for (const parts of folders) await rmdir(join(folder, ...parts)).catch(() => undefined);
}
