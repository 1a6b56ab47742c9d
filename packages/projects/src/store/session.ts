import type { FolderFiles } from '@pyramid-mamba/runs';
import { z } from 'zod';
import { applied, changeSchema, type Change } from '../content/change.js';
import type { Project } from '../content/project.js';
import { ProjectError } from '../errors.js';
import { hearsChange, type Changed } from './changed.js';
import type { Environment, Release } from './environment.js';
import type { Fault, ReadOnly, TakeOver } from './interface.js';
import { Journal } from './journal.js';
import { PATHS } from './layout.js';
import { lastNumber, load, type Loaded } from './load.js';
import type { Room } from './room.js';
import { StoredFiles } from './storedFiles.js';
import type { Action } from './actions.js';
import { Turn } from './turn.js';
import { UndoStack } from './undo.js';

const ELSEWHERE: ReadOnly = {
  why: 'other tab',
  sentence: 'another tab of this browser works on this project; what it changes appears here',
};
const CLOSED: ReadOnly = { why: 'closed', sentence: 'this project was closed; open it again' };
/** A reader may meet a snapshot that the writer replaces at that moment. */
const READ_TRIES = 4;

async function loaded(files: FolderFiles, id: string): Promise<Loaded> {
  for (let tries = 1; ; tries++) {
    try {
      return await load(files, id);
    } catch (error) {
      if (tries === READ_TRIES || !(error instanceof ProjectError)) throw error;
    }
  }
}

/** What a stored action may do beside its change. */
interface Storing {
  /** Whether undo takes it back; one that cannot be undone leaves earlier steps undoable. */
  readonly way?: 'new' | 'undo' | 'redo' | 'not undoable';
  /** Whether it frees space in the end. */
  readonly freeing?: boolean;
}

/** The open project's state: content, its journal, whose turn it is, and undo. Actions are stored one after the other. */
export class Session {
  readonly stored: StoredFiles;
  readonly turn: Turn;
  readonly undo = new UndoStack();
  readonly #listeners = new Set<() => void>();
  readonly #silence: () => void;
  #content: Project;
  #journal: Journal;
  #readOnly: ReadOnly | null;
  #faults: readonly Fault[];
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly files: FolderFiles,
    private readonly env: Environment,
    readonly room: Room,
    readonly id: string,
    release: Release | null,
    found: Loaded,
  ) {
    this.stored = new StoredFiles(files, id);
    this.#content = found.project;
    this.#faults = found.faults;
    this.#journal = new Journal(files, id, found, env.snapshotEvery);
    this.#readOnly = release ? null : ELSEWHERE;
    this.turn = new Turn(env, id, release, {
      lost: () => this.queued(() => this.lost()),
      won: () => this.queued(() => this.won()),
    });
    this.#silence = env.channel.listen((message) => {
      const changed = hearsChange(message, id);
      if (changed && this.#readOnly === ELSEWHERE) void this.queued(() => this.follow(changed));
    });
  }

  static async open(
    files: FolderFiles,
    env: Environment,
    room: Room,
    id: string,
    release: Release | null,
  ): Promise<Session> {
    const found = await loaded(files, id);
    const session = new Session(files, env, room, id, release, found);
    if (release) await session.queued(() => session.setAside(found));
    // a change may have been stored after reading and before listening
    else if ((await lastNumber(files, id)) !== found.seq) await session.queued(() => session.reload());
    const missing = await session.stored.missing(session.#content);
    session.#faults = [...session.#faults, ...missing];
    // where something is damaged, what it referred to is not known
    if (release && session.#faults.length === 0) await session.stored.sweep(session.#content);
    return session;
  }

  get content(): Project {
    return this.#content;
  }

  get readOnly(): ReadOnly | null {
    return this.#readOnly;
  }

  get faults(): readonly Fault[] {
    return this.#faults;
  }

  get now(): string {
    return this.env.now().toISOString();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Runs work after the actions before it. */
  queued<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#queue.then(work, work);
    this.#queue = next.catch(() => undefined);
    return next;
  }

  /** Rejects where this tab may not write. */
  requireTurn(): void {
    if (this.#readOnly) throw new ProjectError(this.#readOnly.sentence);
  }

  /** Stores what an action makes of the content when its turn comes. Rejects, changing nothing, where it cannot be stored. */
  act<T extends Action>(action: (content: Project) => T, storing: Storing = {}): Promise<T> {
    return this.queued(async () => {
      this.requireTurn();
      const done = action(this.#content);
      await this.store(done, storing);
      return done;
    });
  }

  /** Undo or redo; nothing where there is nothing. */
  back(way: 'undo' | 'redo'): Promise<void> {
    return this.queued(async () => {
      this.requireTurn();
      const step = this.undo.next(way, this.#content);
      if (step) await this.store(step, { way });
    });
  }

  private async store(
    { label, change: given }: Action,
    { way = 'new', freeing = false }: Storing,
  ): Promise<void> {
    const change = checked(given);
    if (isEmpty(change)) return;
    const [before, at] = [this.#content, this.now];
    const work = () => this.#journal.append(change, label, at);
    const seq = await this.room.write(`${label}: not done`, null, work, freeing);
    this.#content = applied(before, change, at);
    if (way !== 'not undoable') this.undo.stored(way, label, before, change);
    this.env.channel.post({ kind: 'changed', project: this.id, seq, at, change } satisfies Changed);
    if (this.#journal.long) await this.compact();
    this.tell();
  }

  /** Writes the index anew. The changes are stored in any case, so a failure is no loss. */
  private async compact(): Promise<void> {
    await this.#journal.compact(this.#content).catch(() => undefined);
  }

  takeOver(confirmed: boolean): Promise<TakeOver> {
    return this.turn.takeOver(confirmed);
  }

  async close(): Promise<void> {
    await this.queued(async () => {
      if (this.#readOnly === null && this.#journal.changed) await this.compact();
      this.#readOnly = CLOSED;
    });
    this.#silence();
    await this.turn.close();
    this.tell();
  }

  private async lost(): Promise<void> {
    if (this.#readOnly === null) this.#readOnly = ELSEWHERE;
    this.undo.clear();
    this.tell();
  }

  private async won(): Promise<void> {
    if (this.#readOnly === CLOSED) return;
    await this.reload();
    this.#readOnly = null;
    this.tell();
  }

  private async follow({ seq, change, at }: Changed): Promise<void> {
    if (seq <= this.#journal.seq) return;
    if (seq > this.#journal.seq + 1) await this.reload();
    else {
      this.#content = applied(this.#content, change, at);
      this.#journal = new Journal(this.files, this.id, { seq, base: 0, entries: 0 }, this.env.snapshotEvery);
    }
    this.tell();
  }

  private async reload(): Promise<void> {
    const found = await loaded(this.files, this.id);
    this.#content = found.project;
    this.#journal = new Journal(this.files, this.id, found, this.env.snapshotEvery);
  }

  /** Keeps a copy of damaged files, and writes an index without what could not be read. */
  private async setAside({ damaged, faults }: Loaded): Promise<void> {
    if (faults.length === 0) return;
    try {
      for (const path of new Set(damaged)) {
        const name = path.slice(this.id.length + 1).replaceAll('/', '-');
        const copy = await this.files.blob(path);
        if (copy) await this.files.write(PATHS.damaged(this.id, name), copy);
      }
      await this.#journal.compact(this.#content);
    } catch (error) {
      const sentence = `a part of this project is damaged and cannot be set aside (${(error as Error).message}); nothing is changed until it can`;
      this.#readOnly = { why: 'damaged', sentence };
    }
  }

  private tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** What is written must be readable: a change that does not pass the schema is refused. */
function checked(change: Change): Change {
  const found = changeSchema.safeParse(change);
  if (found.success) return found.data;
  throw new ProjectError(
    `not stored, since it could not be read again: ${z.prettifyError(found.error).slice(0, 1_000)}`,
  );
}

function isEmpty({ about, put, drop }: Change): boolean {
  const lists = [...Object.values(put ?? {}), ...Object.values(drop ?? {})];
  return Object.keys(about ?? {}).length === 0 && lists.every((list) => !list?.length);
}
