import { sha256Hex } from '@pyramid-mamba/data';
import type { FolderFiles } from '@pyramid-mamba/runs';
import { BlobReader, configure, ZipReader, type FileEntry } from '@zip.js/zip.js/lib/zip-core-native.js';
import type { Project } from '../content/project.js';
import { MOST_BYTES } from '../content/records.js';
import { readSnapshot } from '../content/snapshot.js';
import { ProjectError } from '../errors.js';
import type { Working } from '../store/interface.js';
import { PATHS } from '../store/layout.js';
import type { Room } from '../store/room.js';
import { INDEX, MOST_INDEX, partsOf, type Part } from './format.js';

configure({ useWebWorkers: false });

const NOTHING = 'nothing was imported';

const refusal = (name: string, why: string, cause?: unknown): ProjectError =>
  new ProjectError(`${name} was not imported: ${why}; ${NOTHING}`, { cause });

/** A checked `.pmproject`, whose files are not read yet. */
export interface Incoming {
  readonly project: Project;
  readonly parts: readonly { readonly part: Part; readonly entry: FileEntry }[];
  /** Of all its files. */
  readonly bytes: number;
}

/**
 * Reads the directory and the index of a `.pmproject`, and compares them: each file is named once by both, with the same size.
 *
 * @throws ProjectError for anything else
 */
export async function readIncoming(file: Blob, name: string, id: string): Promise<Incoming> {
  // everything another program could read differently is refused
  const zip = new ZipReader(new BlobReader(file), { strictness: 'strict', checkSignature: true });
  const entries = new Map<string, FileEntry>();
  try {
    for await (const entry of zip.getEntriesGenerator()) {
      if (entry.directory) continue;
      if (entry.encrypted) throw refusal(name, `${short(entry.filename)} in it is encrypted`);
      if (entries.has(entry.filename)) throw refusal(name, `${short(entry.filename)} is in it twice`);
      entries.set(entry.filename, entry);
    }
  } catch (error) {
    if (error instanceof ProjectError) throw error;
    const why = `it is no whole .pmproject (a zip file): ${reasonOf(error)}`;
    throw refusal(name, why, error);
  }
  const index = entries.get(INDEX);
  if (!index) throw refusal(name, `it has no ${INDEX}, as every .pmproject has`);
  entries.delete(INDEX);
  const project = projectOf(new TextDecoder().decode(await bytesOf(index, MOST_INDEX, name)), name, id);
  const parts = partsOf(project).map((part) => {
    const entry = entries.get(part.path);
    if (!entry) throw refusal(name, `the file of ${part.name} (${part.path}) is missing in it`);
    entries.delete(part.path);
    const { uncompressedSize: size } = entry;
    if (part.bytes !== null && size !== part.bytes)
      throw refusal(name, `${part.path} should have ${part.bytes} bytes and has ${size}`);
    if (size > (part.bytes ?? MOST_BYTES.mask))
      throw refusal(name, `${part.path} has ${size} bytes, too many`);
    return { part, entry };
  });
  const [other] = entries.keys();
  if (other !== undefined) {
    throw refusal(
      name,
      `it holds ${short(other)}, which does not belong to a project (${entries.size} such files)`,
    );
  }
  return { project, parts, bytes: parts.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0) };
}

function projectOf(text: string, name: string, id: string): Project {
  let found;
  try {
    found = readSnapshot(text, id, INDEX);
  } catch (error) {
    throw refusal(name, (error as Error).message, error);
  }
  const [first] = found.leftOut;
  if (first !== undefined) throw refusal(name, `a record of its index is damaged (${first})`);
  const { project } = found;
  if (project.model !== null && !project.models.has(project.model))
    throw refusal(name, 'its index names a model that is not in it');
  return project;
}

/** The content of an entry, at most `most` bytes whatever its header claims. */
async function bytesOf(entry: FileEntry, most: number, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const sink = new WritableStream<Uint8Array<ArrayBuffer>>({
    write(piece) {
      bytes += piece.length;
      if (bytes > most) throw refusal(name, `${short(entry.filename)} has more bytes than it says`);
      pieces.push(piece);
    },
  });
  if (entry.uncompressedSize > most) throw refusal(name, `${short(entry.filename)} is too large`);
  try {
    await entry.getData(sink);
  } catch (error) {
    if (error instanceof ProjectError) throw error;
    throw refusal(name, `${short(entry.filename)} is damaged (${reasonOf(error)})`, error);
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Writes the files of a checked project, each compared with its hash. Without an index they are not a project yet. */
export async function writeIncoming(
  files: FolderFiles,
  room: Room,
  { project, parts, bytes }: Incoming,
  name: string,
  { onProgress, signal }: Working,
): Promise<void> {
  for (const [i, { part, entry }] of parts.entries()) {
    signal?.throwIfAborted();
    const content = await bytesOf(entry, entry.uncompressedSize, name);
    if ((await sha256Hex(content)) !== part.hash) {
      throw refusal(
        name,
        `${part.path} (${part.name}) does not have the content that its name says; it was changed or damaged`,
      );
    }
    await room.write(`${name} was not imported`, bytes, () =>
      files.write(PATHS.stored(project.id, part.what, part.hash), content),
    );
    onProgress?.(i + 1, parts.length);
  }
}

const short = (path: string): string => JSON.stringify(path.length > 120 ? `${path.slice(0, 120)}…` : path);
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
