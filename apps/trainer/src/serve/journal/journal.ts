import { open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '@pyramid-mamba/data';
import { fileReason, makeFolder, syncFolder } from '@pyramid-mamba/data/node';
import type { Entry } from './entries.js';

/** A place between two entries. */
export interface Place {
  segment: number;
  /** In bytes. */
  offset: number;
}

const NAME = /^journal-(\d{8})\.jsonl$/;
const nameOf = (segment: number): string => `journal-${String(segment).padStart(8, '0')}.jsonl`;
const NEWLINE = 10;
/** Bytes of a segment from which the next one begins. */
const SEGMENT_BYTES = 16 * 2 ** 20;
/** Bytes that a follower reads at once. */
const READ_BYTES = 2 ** 20;
/** Segments that are kept for people after everybody has read them. */
const KEPT = 4;

interface Waits {
  line: Buffer;
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * All that the station decided, one line of JSON each, in files of bounded size. What `append` resolved for is on the disk; what it rejected is
 * not in the file, nor half of it. Outputs read from here, each at its own pace.
 */
export class Journal {
  #waiting: Waits[] = [];
  #writing = false;
  #listeners = new Set<() => void>();
  #failure: string | undefined;
  /** Whether the file may have bytes behind its last entry. */
  #hasRest = false;

  private constructor(
    private readonly folder: string,
    private readonly segmentBytes: number,
    private handle: FileHandle,
    private segment: number,
    private length: number,
  ) {}

  /** Goes on with the journal of a folder. A line that a crash cut was never acknowledged, and is removed. */
  static async open(folder: string, segmentBytes = SEGMENT_BYTES): Promise<Journal> {
    try {
      await makeFolder(folder);
      const segment = (await segmentsOf(folder)).at(-1) ?? 1;
      const handle = await open(join(folder, nameOf(segment)), 'a+');
      const length = await wholeLines(handle);
      await handle.truncate(length);
      return new Journal(folder, segmentBytes, handle, segment, length);
    } catch (error) {
      throw failed(folder, error);
    }
  }

  /** Where the next entry goes. */
  get end(): Place {
    return { segment: this.segment, offset: this.length };
  }

  /** Why the last entries could not be written; undefined where they could. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Resolves when the entry is on the disk. Rejects with a FileError where it cannot be, and then it is not in the journal. */
  append(entry: Entry): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, resolve, reject });
      if (!this.#writing) void this.#write();
    });
  }

  /** The entries from a place on, some of them; from the oldest ones kept where those of the place are gone. */
  async read(from: Place): Promise<{ entries: Entry[]; next: Place }> {
    const segments = await segmentsOf(this.folder);
    const oldest = segments[0] ?? this.segment;
    const place = from.segment < oldest ? { segment: oldest, offset: 0 } : from;
    if (place.segment > this.segment) return { entries: [], next: this.end };
    const handle = await open(join(this.folder, nameOf(place.segment)), 'r');
    try {
      const isLast = place.segment === this.segment;
      const size = isLast ? this.length : (await handle.stat()).size;
      if (place.offset >= size) {
        return { entries: [], next: isLast ? this.end : { segment: place.segment + 1, offset: 0 } };
      }
      const bytes = await readFully(handle, place.offset, Math.min(size - place.offset, READ_BYTES));
      let end = bytes.lastIndexOf(NEWLINE) + 1;
      let text = bytes.subarray(0, end);
      if (end === 0) {
        // one entry that is longer than what is read at once
        const rest = await readFully(handle, place.offset, size - place.offset);
        end = rest.indexOf(NEWLINE) + 1;
        text = rest.subarray(0, end);
      }
      const entries = text.toString().split('\n').slice(0, -1).flatMap(parsed);
      return { entries, next: { segment: place.segment, offset: place.offset + end } };
    } finally {
      await handle.close();
    }
  }

  /** Calls back after every entry. Returns what ends that. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Removes the segments that every reader has passed, but for the last few. */
  async prune(read: readonly Place[]): Promise<void> {
    const passed = Math.min(this.segment, ...read.map(({ segment }) => segment));
    for (const segment of await segmentsOf(this.folder)) {
      if (segment < passed - KEPT) await rm(join(this.folder, nameOf(segment)), { force: true });
    }
  }

  async close(): Promise<void> {
    while (this.#writing) await new Promise((resolve) => setTimeout(resolve, 1));
    await this.handle.close();
  }

  /** One flush for all that wait: a disk flushes a hundred times a second, and more pictures may come. */
  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        if (this.#hasRest) await this.#cut();
        if (this.length >= this.segmentBytes) await this.#nextSegment();
        const bytes = Buffer.concat(batch.map(({ line }) => line));
        this.#hasRest = true;
        await writeFully(this.handle, bytes);
        await this.handle.datasync();
        this.#hasRest = false;
        this.length += bytes.length;
        this.#failure = undefined;
        for (const { resolve } of batch) resolve();
        for (const listener of this.#listeners) listener();
      } catch (error) {
        // what was written of it must not be read; where it cannot be cut off now, it is before the next entry
        await this.#cut().catch(() => undefined);
        const failure = failed(this.folder, error);
        this.#failure = failure.message;
        for (const { reject } of batch) reject(failure);
      }
    }
    this.#writing = false;
  }

  /** Ends the file behind its last entry. */
  async #cut(): Promise<void> {
    await this.handle.truncate(this.length);
    this.#hasRest = false;
  }

  async #nextSegment(): Promise<void> {
    const next = await open(join(this.folder, nameOf(this.segment + 1)), 'a+');
    await syncFolder(this.folder);
    await this.handle.close();
    this.handle = next;
    this.segment++;
    this.length = 0;
  }
}

async function segmentsOf(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

async function readFully(handle: FileHandle, offset: number, count: number): Promise<Buffer> {
  const bytes = Buffer.alloc(count);
  let at = 0;
  while (at < count) {
    const { bytesRead } = await handle.read(bytes, at, count - at, offset + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

async function writeFully(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten;
}

/** Bytes of a file up to the end of its last whole line. */
async function wholeLines(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  for (let end = size; end > 0; end -= READ_BYTES) {
    const start = Math.max(0, end - READ_BYTES);
    const at = (await readFully(handle, start, end - start)).lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
  }
  return 0;
}

/** A line that a failing disk damaged is passed over. */
function parsed(line: string): Entry[] {
  try {
    return [JSON.parse(line) as Entry];
  } catch {
    return [];
  }
}

const failed = (folder: string, error: unknown): FileError =>
  new FileError(`${folder}: the journal cannot be written: ${fileReason(error)}`, { cause: error });
