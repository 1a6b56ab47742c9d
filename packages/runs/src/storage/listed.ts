import { partsOf, RunError, type RunFiles } from './port.js';

const NOT_THERE = new Set(['NotFoundError', 'TypeMismatchError']);

/** A run whose files are opened one by one; `find` returns null for a missing file. */
function found(name: string, find: (parts: string[]) => Promise<File | null>): RunFiles {
  return {
    name,
    find: async (path) =>
      find(partsOf(path)).catch((error: unknown) => {
        if (error instanceof DOMException && NOT_THERE.has(error.name)) return null;
        throw new RunError(
          `${path} of ${name} cannot be read (${error instanceof Error ? error.message : String(error)}); open the folder again`,
        );
      }),
  };
}

/** A folder of the File System Access API. */
export function handleFiles(folder: FileSystemDirectoryHandle): RunFiles {
  return found(folder.name, async (parts) => {
    let at = folder;
    for (const part of parts.slice(0, -1)) at = await at.getDirectoryHandle(part);
    return (await at.getFileHandle(parts.at(-1)!)).getFile();
  });
}

/** A dropped folder. */
export function entryFiles(folder: FileSystemDirectoryEntry): RunFiles {
  return found(
    folder.name,
    (parts) =>
      new Promise((done, fail) => {
        folder.getFile(parts.join('/'), {}, (entry) => (entry as FileSystemFileEntry).file(done, fail), fail);
      }),
  );
}

/** A folder picked with `<input webkitdirectory>`: its files under `webkitRelativePath`, the folder's own name first. */
export function listedFiles(files: Iterable<File>): RunFiles {
  const byPath = new Map<string, File>();
  let name = '';
  for (const file of files) {
    const [folder = '', ...rest] = file.webkitRelativePath.split('/');
    name ||= folder;
    byPath.set(rest.join('/'), file);
  }
  return found(name || 'the folder', (parts) => Promise.resolve(byPath.get(parts.join('/')) ?? null));
}
