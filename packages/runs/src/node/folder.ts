import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { partsOf, type WritableFiles } from '../storage/port.js';
import { readInside } from './regular.js';

/** Files below a folder of the file system. What is read is a regular file inside the folder, links resolved. */
export const folderFiles = (folder: string): WritableFiles => ({
  name: folder,
  where: (path) => `${folder}: ${path}`,
  read: (path, most) => readInside(folder, path, most),
  write: async (path, bytes) => writeFileAtomic(join(folder, ...partsOf(path)), bytes),
  remove: async (path) => rm(join(folder, ...partsOf(path)), { force: true }),
});
