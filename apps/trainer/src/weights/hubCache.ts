// The cache of the Hugging Face hub's own programs, in their layout, so that what one has downloaded the others need not:
// models--OWNER--NAME/blobs/SHA256, snapshots/COMMIT/FILE -> the blob, refs/main with the commit.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { FileError } from '@pyramid-mamba/data';
import { fileReason, writeFileAtomic } from '@pyramid-mamba/data/node';
import type { HubFile } from './catalogue.js';

export interface CachedFile {
  readonly path: string;
  /** The SHA-256 by which the cache knows the file; the file's own may differ where it is damaged. */
  readonly sha256: string;
}

/** The cache's folder: `HF_HUB_CACHE`, or `hub` below `HF_HOME`, by default `huggingface` in the user's cache. */
export function hubCacheFolder(): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = process.env;
  const home = HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
  return HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE || join(home, 'hub');
}

const folderOf = ({ repo }: HubFile): string =>
  join(hubCacheFolder(), `models--${repo.replaceAll('/', '--')}`);

export const blobPath = (hub: HubFile, sha256: string): string => join(folderOf(hub), 'blobs', sha256);

const pointerPath = (hub: HubFile, commit: string): string =>
  join(folderOf(hub), 'snapshots', commit, hub.file);

/** The file of the commit that the cache knows as `main`; undefined where it has none. */
export async function cachedFile(hub: HubFile): Promise<CachedFile | undefined> {
  const commit = await readFile(join(folderOf(hub), 'refs', 'main'), 'utf8').catch(() => '');
  const pointer = pointerPath(hub, commit.trim());
  if (!/^[0-9a-f]{40}$/.test(commit.trim()) || !existsSync(pointer)) return undefined;
  const blob = basename(await realpath(pointer));
  // where links cannot be made, the file itself lies here, without its hash
  return { path: pointer, sha256: /^[0-9a-f]{64}$/.test(blob) ? blob : '' };
}

/** Gives a downloaded blob its place in the snapshot of a commit, which is `main` from now on. */
export async function keep(hub: HubFile, commit: string, sha256: string): Promise<CachedFile> {
  const [blob, path] = [blobPath(hub, sha256), pointerPath(hub, commit)];
  try {
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    // Windows lets not every user make links
    await symlink(relative(dirname(path), blob), path).catch(() => copyFile(blob, path));
    await mkdir(join(folderOf(hub), 'refs'), { recursive: true });
    await writeFileAtomic(join(folderOf(hub), 'refs', 'main'), commit);
  } catch (error) {
    throw new FileError(`${path} cannot be written: ${fileReason(error)}`, { cause: error });
  }
  return { path, sha256 };
}
