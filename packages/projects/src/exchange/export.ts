import { BlobReader, configure, TextReader, ZipWriter } from '@zip.js/zip.js/lib/zip-core-native.js';
import { modelsOf, type Project } from '../content/project.js';
import { snapshotText } from '../content/snapshot.js';
import type { Working } from '../store/interface.js';
import type { StoredFiles } from '../store/storedFiles.js';
import { INDEX, partsOf } from './format.js';

// workers of the library come from blob URLs, which the page's policy forbids
configure({ useWebWorkers: false });

/** The project without deleted pictures and models and without a training that could be resumed: neither leaves this browser. */
function exportable(project: Project): Project {
  const pictures = [...project.pictures].filter(([, { deleted }]) => deleted === null);
  const models = modelsOf(project).map((one) => [one.id, one] as const);
  return { ...project, pictures: new Map(pictures), models: new Map(models), training: null };
}

/** The `.pmproject` as a stream: files are read one after another, as fast as it is taken. */
export function exported(
  content: Project,
  stored: StoredFiles,
  { onProgress, signal }: Working,
): ReadableStream<Uint8Array> {
  const project = exportable(content);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  void write().catch((error: unknown) => writable.abort(error).catch(() => undefined));
  return readable;

  async function write(): Promise<void> {
    const zip = new ZipWriter(writable, { keepOrder: true });
    await zip.add(INDEX, new TextReader(snapshotText(project, 0)), { level: 6 });
    const parts = partsOf(project);
    for (const [i, { path, what, hash, name }] of parts.entries()) {
      signal?.throwIfAborted();
      const file = await stored.need(what, hash, name);
      // pictures and weights hardly get smaller
      await zip.add(path, new BlobReader(file), { level: 0 });
      onProgress?.(i + 1, parts.length);
    }
    await zip.close();
  }
}
