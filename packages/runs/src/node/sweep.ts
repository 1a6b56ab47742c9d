import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryOwner } from '@pyramid-mamba/data/node';
import { isRunning } from './holder.js';

/**
 * Removes from a folder the temporary files and folders of the names `own`, or of any name, whose process is dead. Those of a live process id
 * stay, even if the id now belongs to another program; they are removed another time.
 */
export async function sweep(folder: string, own: readonly string[] | 'all'): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = temporaryOwner(name);
    if (pid === undefined) continue;
    if (own !== 'all' && !own.some((one) => name.startsWith(`.${one}.`))) continue;
    // in a container every process may have the same id; this one has not written here yet
    if (pid !== process.pid && isRunning(pid)) continue;
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
}
