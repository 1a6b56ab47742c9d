// Where the files of a project are, below the folder of all projects.

/** Numbers of changes in names: sorted by name they are sorted by number. */
const DIGITS = 12;
const numbered = (seq: number): string => `${String(seq).padStart(DIGITS, '0')}.json`;

/** The number in a file's name; undefined for another file, such as an incomplete copy. */
export function numberOf(name: string): number | undefined {
  return /^\d{12}\.json$/.test(name) ? Number(name.slice(0, DIGITS)) : undefined;
}

/** Folders of a project's files that are named by the SHA-256 of their bytes. */
export const STORED = ['pictures', 'masks', 'models'] as const;
export type Stored = (typeof STORED)[number];

export const PATHS = {
  snapshots: (id: string) => `${id}/snapshots`,
  snapshot: (id: string, seq: number) => `${id}/snapshots/${numbered(seq)}`,
  journal: (id: string) => `${id}/journal`,
  entry: (id: string, seq: number) => `${id}/journal/${numbered(seq)}`,
  stored: (id: string, what: Stored, hash: string) => `${id}/${what}/${hash}`,
  /** Damaged files that were set aside. */
  damaged: (id: string, name: string) => `${id}/damaged/${name}`,
  /** What the list shows of a project, as of a change's number. */
  card: (id: string) => `${id}/card.json`,
  /** Written first by what fills a new project, removed last: without a snapshot, what is there is incomplete. */
  unfinished: (id: string) => `${id}/unfinished`,
  /** Marks a deleted project, with the time. */
  deleted: (id: string) => `${id}/deleted.json`,
  /** Room for actions that free space when there is none. */
  reserve: 'reserve',
} as const;

/** Whether a file is the copy of a write that was interrupted: browsers and `Folder` give it the file's name with such an ending. */
export const isHalfWritten = (name: string): boolean => /[.](new|crswap)$/.test(name);

/** Whether a project's folder, by the names in it, holds no more than what an interrupted creation or removal left. */
export function isLeftover(names: readonly string[]): boolean {
  const kept = new Set<string>(['snapshots', 'journal', 'damaged', ...STORED]);
  return names.includes('unfinished') || !names.some((name) => kept.has(name));
}

/** Whether a name of the folder of projects is one of a project. */
export const isProjectId = (name: string): boolean =>
  /^[0-9a-z][0-9a-z-]{0,63}$/.test(name) && name !== PATHS.reserve;
