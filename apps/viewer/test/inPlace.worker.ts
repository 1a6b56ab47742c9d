// A worker of a browser that only writes files in place: runs the test's commands on the training's files.
import { expose } from 'comlink';
import { Folder } from '@pyramid-mamba/runs';

Reflect.deleteProperty(FileSystemFileHandle.prototype, 'createWritable');

const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

export const told = {
  async write(folder: string, name: string, said: string): Promise<void> {
    await (await Folder.open(folder)).write(name, new TextEncoder().encode(said));
  },
  /** Writes a Blob larger than a piece, as pictures are. */
  async writeBlob(folder: string, name: string, size: number): Promise<boolean> {
    const bytes = new Uint8Array(size).map((_, i) => i * 7);
    const files = await Folder.open(folder);
    await files.write(name, new Blob([bytes]));
    const found = (await files.read(name))!;
    return found.length === size && found.every((byte, i) => byte === bytes[i]);
  },
  async read(folder: string, name: string): Promise<string | undefined> {
    return text(await (await Folder.open(folder)).read(name));
  },
  async names(folder: string): Promise<string[]> {
    const root = await navigator.storage.getDirectory();
    const found: string[] = [];
    for await (const [name] of await root.getDirectoryHandle(folder)) found.push(name);
    return found.sort();
  },
  /** A copy left partial when the page was closed. */
  async leave(folder: string, name: string): Promise<void> {
    const root = await navigator.storage.getDirectory();
    const handle = await (
      await root.getDirectoryHandle(folder)
    ).getFileHandle(`${name}.new`, { create: true });
    const access = await handle.createSyncAccessHandle();
    access.write(new TextEncoder().encode('half of something long, cut sho'), { at: 0 });
    access.close();
  },
};

expose(told);
