// Writing a project to one file: piece by piece, since it may be larger than memory.
import type { OpenProject, Working } from '@pyramid-mamba/projects';
import { Folder } from '@pyramid-mamba/runs';
import { save } from '../../parts/save.js';

/** Folder of the private storage for files that are downloaded. */
const DOWNLOADS = 'downloads';

/**
 * Writes a project's `.pmproject` to a file of the user's choice, or downloads it where the browser has no such dialog. Resolves to whether it was
 * written: false where the user chose no file.
 */
export async function saveProject(open: OpenProject, name: string, working: Working = {}): Promise<boolean> {
  let target: FileSystemFileHandle | undefined;
  try {
    target = await window.showSaveFilePicker?.({ suggestedName: name });
  } catch (error) {
    const { name: kind } = error as DOMException;
    if (kind === 'AbortError') return false;
    // the click was too long ago for a dialog
    if (kind !== 'SecurityError') throw error;
  }
  if (target) await streamTo(target, open, working);
  else save(await downloadable(open, name, working), name);
  return true;
}

/** Until it is whole, the file keeps what it had. */
async function streamTo(target: FileSystemFileHandle, open: OpenProject, working: Working): Promise<void> {
  const file = await target.createWritable();
  await (await open.export(working)).pipeTo(file);
}

/** A file of the private storage, which the browser downloads without reading it into memory. */
async function downloadable(open: OpenProject, name: string, working: Working): Promise<Blob> {
  // downloads of before have been read by now
  await removeDownloads();
  const stream = await open.export(working);
  // this browser writes private files only in workers; it keeps large blobs on disk
  if (!('createWritable' in FileSystemFileHandle.prototype)) return new Response(stream).blob();
  const folder = await (
    await navigator.storage.getDirectory()
  ).getDirectoryHandle(DOWNLOADS, { create: true });
  const handle = await folder.getFileHandle(name, { create: true });
  await stream.pipeTo(await handle.createWritable());
  return handle.getFile();
}

/** Frees the space of files that were downloaded. */
export const removeDownloads = (): Promise<void> => Folder.discard(DOWNLOADS);
