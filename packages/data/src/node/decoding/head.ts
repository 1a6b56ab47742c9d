import { open } from 'node:fs/promises';
import { HEAD_BYTES } from './formats.js';

/** The first bytes of a file and its size. A pipe or a device is rejected before reading from it. */
export async function readHead(path: string): Promise<{ head: Uint8Array; size: number }> {
  const handle = await open(path, 'r');
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error('it is not a file');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return { head: buffer.subarray(0, bytesRead), size: found.size };
  } finally {
    await handle.close();
  }
}
