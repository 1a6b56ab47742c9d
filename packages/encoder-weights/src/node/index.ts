import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { EMBEDDED_ENCODER } from '../index.js';

/** Beside the program that bundles this module and copies the file; then in this package, from its sources or its build. */
const PLACES = ['./', '../../weights/'];

/** The path of the embedded encoder's file in this package, for builds that copy it beside their program. */
export const embeddedEncoderPath = (): string =>
  fileURLToPath(new URL(`../../weights/${EMBEDDED_ENCODER.file}`, import.meta.url));

/**
 * The bytes of the embedded encoder's file, read from the disk.
 *
 * @throws Error, one sentence, if the file is missing or is not the one that belongs to this version
 */
export async function readEmbeddedEncoder(): Promise<Uint8Array> {
  const { id, file, sha256 } = EMBEDDED_ENCODER;
  const paths = PLACES.map((place) => fileURLToPath(new URL(place + file, import.meta.url)));
  for (const path of paths) {
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw new Error(
        `the embedded encoder ${path} cannot be read (${error.code}); install the program again`,
        {
          cause: error,
        },
      );
    });
    if (!bytes) continue;
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found === sha256) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    throw new Error(
      `the embedded encoder ${path}: expected the SHA-256 ${sha256} of ${id}, found ${found}; install the program again`,
    );
  }
  throw new Error(
    `the embedded encoder ${id} is missing: expected ${paths.join(' or ')}; install the program again`,
  );
}
