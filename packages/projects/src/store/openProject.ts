import type { Project } from '../content/project.js';
import type {
  Judged,
  Label,
  ModelEntry,
  Picture,
  PictureKind,
  Product,
  Scale,
  TrainingEntry,
} from '../content/records.js';
import { ProjectError } from '../errors.js';
import * as actions from './actions.js';
import { addPictures } from './addPictures.js';
import type {
  Added,
  Fault,
  NewModel,
  NewPicture,
  OpenProject,
  ReadOnly,
  TakeOver,
  Working,
} from './interface.js';
import type { Session } from './session.js';

/** The actions of an open project, over its session. */
export class Opened implements OpenProject {
  /** Actions that write files and are not stored yet. */
  readonly #working = new Set<Promise<unknown>>();
  #wanted = true;

  constructor(
    private readonly session: Session,
    private readonly whenClosed: () => void,
  ) {}

  get id(): string {
    return this.session.id;
  }
  get content(): Project {
    return this.session.content;
  }
  get readOnly(): ReadOnly | null {
    return this.session.readOnly;
  }
  get faults(): readonly Fault[] {
    return this.session.faults;
  }
  get undoable(): string | null {
    return this.readOnly ? null : this.session.undo.undoable;
  }
  get redoable(): string | null {
    return this.readOnly ? null : this.session.undo.redoable;
  }
  /** What runs and must not be disturbed; null where nothing does. */
  get running(): string | null {
    return this.session.turn.running;
  }

  subscribe(listener: () => void): () => void {
    return this.session.subscribe(listener);
  }

  async rename(name: string): Promise<void> {
    await this.session.act(() => actions.rename(name));
  }

  async addProduct(name: string): Promise<Product> {
    return (await this.session.act((content) => actions.addProduct(content, name, this.session.now))).product;
  }

  async renameProduct(from: string, to: string): Promise<void> {
    await this.session.act((content) => actions.renameProduct(content, from, to));
  }

  async removeProduct(name: string): Promise<void> {
    await this.session.act((content) => actions.removeProduct(content, name));
  }

  async setAreas(product: string, areas: Product['areas']): Promise<void> {
    await this.session.act((content) => actions.setAreas(content, product, areas));
  }

  async setScale(product: string, scale: Scale | null): Promise<void> {
    await this.session.act((content) => actions.setScale(content, product, scale));
  }

  addPictures(pictures: readonly NewPicture[], working: Working = {}): Promise<Added> {
    return this.working(addPictures(this.session, pictures, working));
  }

  async movePictures(
    ids: readonly string[],
    to: { kind?: PictureKind; product?: string | null },
  ): Promise<void> {
    await this.session.act((content) => actions.movePictures(content, ids, to, this.session.now));
  }

  async markDefects(id: string, regions: Picture['regions'], mask?: Blob | null): Promise<void> {
    const { session } = this;
    if (!mask) {
      await session.act((content) => actions.markDefects(content, id, regions, mask));
      return;
    }
    session.requireTurn();
    const what = 'mark defects';
    const hash = await session.stored.hashOf('masks', mask, 'the mask');
    try {
      await session.room.write(`${what}: not done`, mask.size, () =>
        session.stored.store('masks', hash, mask),
      );
      await session.act((content) => actions.markDefects(content, id, regions, hash));
    } finally {
      session.stored.settled([hash]);
    }
  }

  async deletePictures(ids: readonly string[]): Promise<void> {
    const { session } = this;
    await session.act((content) => actions.deletePictures(content, ids, session.now), { freeing: true });
  }

  async restorePictures(ids: readonly string[]): Promise<void> {
    await this.session.act((content) => actions.deletePictures(content, ids, null));
  }

  async removeForGood(): Promise<void> {
    const { session } = this;
    if (this.running !== null) {
      throw new ProjectError(`nothing is removed for good now: ${this.running}; wait until it has ended`);
    }
    await session.act((content) => actions.forgetDeleted(content), { way: 'not undoable', freeing: true });
    await session.queued(async () => {
      session.requireTurn();
      // steps before would bring records back whose bytes are gone
      session.undo.clear();
      await session.stored.sweep(session.content);
    });
    await session.room.reserve();
  }

  async recordVerdicts(verdicts: readonly Omit<Judged, 'label'>[]): Promise<void> {
    await this.session.act((content) => actions.recordVerdicts(content, verdicts), { way: 'not undoable' });
  }

  async label(id: string, label: Omit<Label, 'at' | 'was'> | null): Promise<void> {
    await this.session.act((content) => actions.label(content, id, label, this.session.now));
  }

  async removeVerdicts(ids?: readonly string[]): Promise<void> {
    await this.session.act((content) => actions.removeVerdicts(content, ids), { freeing: true });
  }

  addModel(model: NewModel): Promise<ModelEntry> {
    return this.working(this.keepModel(model));
  }

  private async keepModel({ file, ...given }: NewModel): Promise<ModelEntry> {
    const { session } = this;
    session.requireTurn();
    const what = `the model ${given.name} is not kept`;
    const id = await session.stored.hashOf('models', file, given.name);
    const known = session.content.models.get(id);
    if (!known) await session.room.require(file.size, what);
    try {
      await session.room.write(what, file.size, () => session.stored.store('models', id, file));
      const entry: ModelEntry = { ...given, id, bytes: file.size, created: session.now, thresholds: [] };
      await session.act((content) => actions.addModel(content, entry));
      return session.content.models.get(id) ?? entry;
    } finally {
      session.stored.settled([id]);
    }
  }

  async useModel(id: string): Promise<void> {
    await this.session.act((content) => actions.useModel(content, id));
  }

  async deleteModels(ids: readonly string[]): Promise<void> {
    const { session } = this;
    await session.act((content) => actions.deleteModels(content, ids, session.now), { freeing: true });
  }

  async restoreModels(ids: readonly string[]): Promise<void> {
    await this.session.act((content) => actions.deleteModels(content, ids, null));
  }

  async setThresholds(model: string, thresholds: ModelEntry['thresholds']): Promise<void> {
    await this.session.act((content) => actions.setThresholds(content, model, thresholds));
  }

  async setTraining(training: TrainingEntry | null): Promise<void> {
    const action = { label: 'note the training', change: { about: { training } } };
    await this.session.act(() => action, { way: 'not undoable' });
  }

  undo(): Promise<void> {
    return this.session.back('undo');
  }

  redo(): Promise<void> {
    return this.session.back('redo');
  }

  picture(id: string): Promise<Blob> {
    return this.session.stored.need('pictures', id, this.content.pictures.get(id)?.name ?? 'this picture');
  }

  async mask(id: string): Promise<Blob | null> {
    const picture = this.content.pictures.get(id);
    if (!picture?.mask) return null;
    return this.session.stored.need('masks', picture.mask, `the mask of ${picture.name}`);
  }

  model(id: string): Promise<Blob> {
    return this.session.stored.need('models', id, this.content.models.get(id)?.name ?? 'this model');
  }

  async export(working: Working = {}): Promise<ReadableStream<Uint8Array>> {
    // the zip library is only loaded where it is needed
    const { exported } = await import('../exchange/export.js');
    return exported(this.session.content, this.session.stored, working);
  }

  takeOver({ confirmed = false } = {}): Promise<TakeOver> {
    return this.session.takeOver(confirmed);
  }

  hold(what: string, stop: () => Promise<void>): () => void {
    this.session.requireTurn();
    return this.session.turn.hold(what, stop);
  }

  /** Another part of the page opened it: a `close` that waits is called off. */
  keepOpen(): void {
    this.#wanted = true;
  }

  async close(): Promise<void> {
    this.#wanted = false;
    while (this.#working.size > 0 || this.running !== null) {
      await Promise.allSettled(this.#working);
      await this.session.turn.idle();
      if (this.#wanted) return;
    }
    await this.session.close();
    this.whenClosed();
  }

  private async working<T>(work: Promise<T>): Promise<T> {
    this.#working.add(work);
    try {
      return await work;
    } finally {
      this.#working.delete(work);
    }
  }
}
