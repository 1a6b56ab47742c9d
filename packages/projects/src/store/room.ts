import type { FolderFiles } from '@pyramid-mamba/runs';
import { ProjectError, StorageFullError } from '../errors.js';
import type { Space } from './interface.js';
import { PATHS } from './layout.js';

/** Size of the file whose removal lets a deletion be written when storage is full. */
const RESERVE = 2 ** 18;
/** What index and journal need beside the bytes of an action. */
const SLACK = 2 ** 16;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`;

/** Whether storage had no room, at any depth of causes. */
export function isFull(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof StorageFullError || at.name === 'QuotaExceededError') return true;
  }
  return false;
}

/** Storage's room: refuses in sentences, before an action where the browser says what is free, else when it fails. */
export class Room {
  constructor(
    private readonly files: FolderFiles,
    readonly space: () => Promise<Space>,
  ) {}

  /** @param needed bytes that the action adds */
  async require(needed: number, action: string): Promise<void> {
    const { free } = await this.space();
    if (needed + SLACK > free) throw full(action, needed, free);
  }

  /** Runs what writes; a full storage becomes a sentence. `freeing`: it frees space in the end, so it may use the reserve. */
  async write<T>(action: string, needed: number | null, work: () => Promise<T>, freeing = false): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isFull(error)) throw error;
      if (freeing) return this.withReserve(action, work);
      const { free } = await this.space();
      throw full(action, needed, free, error);
    }
  }

  /** Creates the reserve if there is room. */
  async reserve(): Promise<void> {
    try {
      const present = await this.files.blob(PATHS.reserve);
      if (present?.size !== RESERVE) await this.files.write(PATHS.reserve, new Uint8Array(RESERVE));
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  }

  private async withReserve<T>(action: string, work: () => Promise<T>): Promise<T> {
    await this.files.remove(PATHS.reserve);
    try {
      return await work();
    } catch (error) {
      if (!isFull(error)) throw error;
      throw full(action, null, (await this.space()).free, error);
    }
  }
}

function full(action: string, needed: number | null, free: number, cause?: unknown): ProjectError {
  const known = [
    ...(needed === null ? [] : [`${megabytes(needed)} are needed`]),
    ...(Number.isFinite(free) ? [`${megabytes(free)} are free`] : []),
  ];
  const figures = known.length === 0 ? '' : ` (${known.join(' and ')})`;
  return new StorageFullError(
    `${action}: the browser's storage for this page is full${figures}; nothing was changed. ` +
      'Delete pictures or projects that are no longer needed and remove them for good, or free space on the disk',
    needed,
    Number.isFinite(free) ? free : null,
    { cause },
  );
}
