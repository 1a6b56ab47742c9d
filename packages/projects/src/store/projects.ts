import type { FolderFiles } from '@pyramid-mamba/runs';
import { modelsOf, type Project } from '../content/project.js';
import { snapshotText } from '../content/snapshot.js';
import { ProjectError } from '../errors.js';
import { checkedName } from './actions.js';
import { deletedAt, readCard } from './card.js';
import type { Environment, Release } from './environment.js';
import type { OpenProject, ProjectCard, Projects, Space, Working } from './interface.js';
import { isLeftover, isProjectId, PATHS, STORED } from './layout.js';
import { lastNumber, load } from './load.js';
import { Opened } from './openProject.js';
import { Room } from './room.js';
import { Session } from './session.js';
import { referred } from './storedFiles.js';
import { lockOf } from './turn.js';

const ELSEWHERE = 'another tab of this browser works on it; close it there first';
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** Projects in a folder of the browser's storage, one folder each. */
export class ProjectStore implements Projects {
  readonly #room: Room;
  readonly #open = new Map<string, Opened>();
  readonly #listeners = new Set<() => void>();

  private constructor(
    private readonly files: FolderFiles,
    private readonly env: Environment,
  ) {
    this.#room = new Room(files, () => env.space());
    env.channel.listen((message) => {
      const { kind } = (message ?? {}) as { kind?: unknown };
      if (kind === 'list' || kind === 'changed') this.tell();
    });
  }

  /** Opens the store, and removes what interrupted copies and imports left. */
  static async open(files: FolderFiles, env: Environment): Promise<ProjectStore> {
    const store = new ProjectStore(files, env);
    for (const id of await store.ids()) await store.removeUnfinished(id);
    await store.#room.reserve();
    return store;
  }

  async list(): Promise<ProjectCard[]> {
    const cards = await Promise.all((await this.ids()).map((id) => readCard(this.files, id)));
    return cards
      .filter((card) => card !== undefined)
      .sort((a, b) => (a.changed === b.changed ? (a.id < b.id ? -1 : 1) : a.changed < b.changed ? 1 : -1));
  }

  async create(name: string, origin = ''): Promise<OpenProject> {
    const now = this.env.now().toISOString();
    const about = {
      name: checkedName(name, 'a project'),
      created: now,
      changed: now,
      model: null,
      training: null,
    };
    const id = await this.filled('the project was not created', 0, async (id) => ({
      id,
      ...about,
      origin,
      products: new Map(),
      pictures: new Map(),
      models: new Map(),
      judged: new Map(),
    }));
    return this.open(id);
  }

  async open(id: string): Promise<OpenProject> {
    const open = this.#open.get(id);
    if (open) {
      open.keepOpen();
      return open;
    }
    const wanted = isProjectId(id) ? await lastNumber(this.files, id) : undefined;
    if (wanted === undefined && !(await this.ids()).includes(id)) {
      throw new ProjectError(
        `this browser has no project ${JSON.stringify(id.slice(0, 80))}; it may have been removed, or belong to another browser`,
      );
    }
    if ((await deletedAt(this.files, id)) !== null)
      throw new ProjectError('this project was deleted; restore it first');
    const release = await this.env.locks.tryHold(lockOf(id));
    try {
      const session = await Session.open(this.files, this.env, this.#room, id, release);
      const opened = new Opened(session, () => this.#open.delete(id));
      this.#open.set(id, opened);
      return opened;
    } catch (error) {
      await release?.();
      throw error;
    }
  }

  async rename(id: string, name: string): Promise<void> {
    const open = this.#open.get(id);
    const project = open ?? (await this.open(id));
    try {
      await project.rename(name);
    } finally {
      if (!open) await project.close();
    }
    this.changed();
  }

  async duplicate(id: string, name: string, working: Working = {}): Promise<string> {
    const what = 'the project was not duplicated';
    const open = this.#open.get(id);
    const { project } = open ? { project: open.content } : await load(this.files, id);
    const present = [...project.pictures].filter(([, { deleted }]) => deleted === null);
    const now = this.env.now().toISOString();
    const copy = {
      ...project,
      name: checkedName(name, 'a project'),
      created: now,
      changed: now,
      training: null,
      models: new Map(modelsOf(project).map((one) => [one.id, one])),
    };
    const kept = referred({ ...copy, pictures: new Map(present) });
    const paths = STORED.flatMap((what) => [...kept[what]].map((hash) => ({ what, hash })));
    const bytes = [...copy.models.values(), ...present.map(([, one]) => one)].reduce(
      (sum, one) => sum + one.bytes,
      0,
    );
    return this.filled(what, bytes, async (to) => {
      for (const [i, { what, hash }] of paths.entries()) {
        working.signal?.throwIfAborted();
        const file = await this.files.blob(PATHS.stored(id, what, hash));
        // a file that is missing in the original is missing in the copy, and said when it is opened
        if (file) await this.files.write(PATHS.stored(to, what, hash), file);
        working.onProgress?.(i + 1, paths.length);
      }
      return { ...copy, id: to, pictures: new Map(present) };
    });
  }

  async delete(id: string): Promise<void> {
    const open = this.#open.get(id);
    if (open?.running != null)
      throw new ProjectError(`the project is not deleted: ${open.running}; stop it first`);
    if (open && !open.readOnly) await open.close();
    await this.alone(id, 'the project is not deleted', async () => {
      const text = JSON.stringify({ deleted: this.env.now().toISOString() });
      const work = () => this.files.write(PATHS.deleted(id), bytesOf(text));
      await this.#room.write('the project is not deleted', null, work, true);
    });
    this.changed();
  }

  async restore(id: string): Promise<void> {
    await this.alone(id, 'the project is not restored', () => this.files.remove(PATHS.deleted(id)));
    this.changed();
  }

  async removeForGood(ids?: readonly string[]): Promise<void> {
    for (const id of ids ?? (await this.ids())) {
      if ((await deletedAt(this.files, id)) === null) {
        if (ids) throw new ProjectError('only deleted projects are removed for good; delete it first');
        continue;
      }
      await this.alone(id, 'the project is not removed', () => this.removeFolder(id));
    }
    await this.#room.reserve();
    this.changed();
  }

  async import(file: Blob, name: string, working: Working = {}): Promise<string> {
    const { readIncoming, writeIncoming } = await import('../exchange/import.js');
    const what = `${name} was not imported`;
    const incoming = await readIncoming(file, name, 'incoming');
    const names = new Set((await this.list()).map((card) => card.name));
    return this.filled(what, incoming.bytes, async (id) => {
      const project = { ...incoming.project, id, name: unused(incoming.project.name, names), training: null };
      await writeIncoming(this.files, this.#room, { ...incoming, project }, name, working);
      return { ...project, origin: `imported from ${name}`.slice(0, 200) };
    });
  }

  space(): Promise<Space> {
    return this.env.space();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  private async ids(): Promise<string[]> {
    return (await this.files.names('')).filter(isProjectId).sort();
  }

  /** A new project: `fill` writes its files and gives its content, which the index then makes a project, all or nothing. */
  private async filled(what: string, bytes: number, fill: (id: string) => Promise<Project>): Promise<string> {
    const id = this.env.newId();
    void this.env.persist().catch(() => false);
    await this.#room.require(bytes, what);
    await this.alone(id, what, async () => {
      try {
        await this.#room.write(what, bytes, async () => {
          await this.files.write(PATHS.unfinished(id), new Uint8Array(0));
          const project = await fill(id);
          await this.files.write(PATHS.snapshot(id, 0), bytesOf(snapshotText(project, 0)));
        });
      } catch (error) {
        await this.files.removeFolder(id).catch(() => undefined);
        throw error;
      }
      await this.files.remove(PATHS.unfinished(id));
    });
    this.changed();
    return id;
  }

  /** What an interrupted creation, copy or import left. */
  private async removeUnfinished(id: string): Promise<void> {
    if (!isLeftover(await this.files.names(id))) return;
    const release = await this.env.locks.tryHold(lockOf(id));
    // another tab is at it
    if (!release) return;
    try {
      const snapshot = await this.files.blob(PATHS.snapshot(id, 0));
      const last = await lastNumber(this.files, id);
      // the index made it a project; an interrupted write leaves an empty one
      if (snapshot?.size || (last ?? 0) > 0) await this.files.remove(PATHS.unfinished(id));
      else await this.removeFolder(id);
    } finally {
      await release();
    }
  }

  /** Removes a project's folder. Interrupted, it leaves one that is still marked as deleted or unfinished. */
  private async removeFolder(id: string): Promise<void> {
    const marks = new Set([PATHS.deleted(id), PATHS.unfinished(id)]);
    for (const name of await this.files.names(id)) {
      const path = `${id}/${name}`;
      if (!marks.has(path)) await this.files.removeFolder(path);
    }
    await this.files.removeFolder(id);
  }

  private async alone<T>(id: string, what: string, work: () => Promise<T>): Promise<T> {
    const release: Release | null = await this.env.locks.tryHold(lockOf(id));
    if (!release) throw new ProjectError(`${what}: ${ELSEWHERE}`);
    try {
      return await work();
    } finally {
      await release();
    }
  }

  private changed(): void {
    this.env.channel.post({ kind: 'list' });
    this.tell();
  }

  private tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** `parts`, or `parts (2)` where there is one. */
function unused(name: string, names: ReadonlySet<string>): string {
  if (!names.has(name)) return name;
  for (let i = 2; ; i++) {
    const numbered = `${name.slice(0, 190)} (${i})`;
    if (!names.has(numbered)) return numbered;
  }
}
