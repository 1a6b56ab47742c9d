import { MIB, type FolderFiles } from '@pyramid-mamba/runs';
import { applied } from '../content/change.js';
import type { Project } from '../content/project.js';
import { NewerVersionError, readEntry, readSnapshot } from '../content/snapshot.js';
import { ProjectError } from '../errors.js';
import type { Fault } from './interface.js';
import { numberOf, PATHS } from './layout.js';

/** The most bytes of an index, and of an entry of the journal. */
export const MOST_INDEX = 256 * MIB;

/** A project as read from its files. */
export interface Loaded {
  readonly project: Project;
  /** Number of its last change. */
  readonly seq: number;
  /** The snapshot it is built on. */
  readonly base: number;
  /** Journal entries since. */
  readonly entries: number;
  readonly faults: readonly Fault[];
  /** Paths of damaged files. */
  readonly damaged: readonly string[];
}

const numbers = async (files: FolderFiles, folder: string): Promise<number[]> =>
  (await files.names(folder)).flatMap((name) => numberOf(name) ?? []).sort((a, b) => a - b);

/** The file's text; '' for a missing or empty one: a write that was cut short leaves none or an empty one. */
async function textOf(files: FolderFiles, path: string): Promise<string> {
  const bytes = await files.read(path, MOST_INDEX);
  return bytes ? new TextDecoder().decode(bytes) : '';
}

/** Number of the last change that was stored; undefined where there is no index yet. */
export async function lastNumber(files: FolderFiles, id: string): Promise<number | undefined> {
  const [snapshots, entries] = await Promise.all([
    numbers(files, PATHS.snapshots(id)),
    numbers(files, PATHS.journal(id)),
  ]);
  return snapshots.length === 0 ? undefined : Math.max(...snapshots.slice(-1), ...entries.slice(-1));
}

/**
 * Reads the newest sound snapshot and the changes since. No bytes of pictures are read.
 *
 * @throws ProjectError where no snapshot can be read; a NewerVersionError if one is of a newer version
 */
export async function load(files: FolderFiles, id: string): Promise<Loaded> {
  const faults: Fault[] = [];
  const damaged: string[] = [];
  const note = (what: string, path: string, sentence: string) => {
    faults.push({ what, sentence });
    damaged.push(path);
  };
  const base = await newestSnapshot(files, id, note);
  let { project, seq } = base;
  const since = (await numbers(files, PATHS.journal(id))).filter((number) => number > base.seq);
  const texts = await Promise.all(since.map((number) => textOf(files, PATHS.entry(id, number))));
  let entries = 0;
  since.forEach((number, i) => {
    const text = texts[i]!;
    if (text === '') return;
    const path = PATHS.entry(id, number);
    if (number > seq + 1) {
      faults.push({
        what: `change ${seq + 1}`,
        sentence: `change ${seq + 1} of ${project.name} is missing; what it did is lost, later changes were kept`,
      });
    }
    seq = number;
    entries++;
    try {
      const { change, at } = readEntry(text, `change ${number} of ${project.name}`);
      project = applied(project, change, at);
    } catch (error) {
      if (error instanceof NewerVersionError || !(error instanceof ProjectError)) throw error;
      note(`change ${number}`, path, `${error.message}; what it did is lost, and its file was set aside`);
    }
  });
  return { project, seq, base: base.seq, entries, faults, damaged };
}

async function newestSnapshot(
  files: FolderFiles,
  id: string,
  note: (what: string, path: string, sentence: string) => void,
) {
  const snapshots = (await numbers(files, PATHS.snapshots(id))).reverse();
  for (const number of snapshots) {
    const path = PATHS.snapshot(id, number);
    const text = await textOf(files, path);
    if (text === '') continue;
    try {
      const found = readSnapshot(text, id, `the index of the project ${id}`);
      for (const sentence of found.leftOut)
        note('a record', path, `a damaged record of ${found.project.name} was set aside: ${sentence}`);
      return found;
    } catch (error) {
      if (error instanceof NewerVersionError || !(error instanceof ProjectError)) throw error;
      note(
        'the index',
        path,
        `${error.message}; an earlier one and the changes since were read in its place`,
      );
    }
  }
  throw new ProjectError(
    `the index of the project ${id} is ${snapshots.length === 0 ? 'missing' : 'damaged'}; its pictures and models are still stored, ` +
      'and nothing of it was changed',
  );
}
