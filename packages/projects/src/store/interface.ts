// What the page works with. Everything rejects with a `ProjectError`, one sentence for the user.
import type { Project, ProjectSize } from '../content/project.js';
import type {
  Areas,
  Judged,
  Label,
  ModelEntry,
  Picture,
  PictureKind,
  Product,
  Scale,
  TrainingEntry,
} from '../content/records.js';

/** A project in the list. */
export interface ProjectCard {
  readonly id: string;
  readonly name: string;
  /** ISO 8601; '' for a damaged project. */
  readonly created: string;
  readonly changed: string;
  /** Pictures in use by kind. */
  readonly good: number;
  readonly defective: number;
  readonly judge: number;
  /** Whether it has a model. */
  readonly hasModel: boolean;
  readonly size: ProjectSize;
  /** When it was deleted; null for a project in use. A deleted one is kept until `removeForGood`. */
  readonly deleted: string | null;
  /** Why it cannot be opened, a sentence; null for a sound one. */
  readonly damaged: string | null;
}

/** The browser's storage for this page, in bytes. */
export interface Space {
  readonly used: number;
  /** Infinity where the browser does not say. */
  readonly free: number;
  /** Whether the browser promised not to clear it when space is short. */
  readonly persistent: boolean;
}

export interface Working {
  /** Called with the bytes or files done and their total. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborts the action: the project is unchanged. */
  readonly signal?: AbortSignal;
}

/** All projects of this browser. */
export interface Projects {
  /** Newest change first; deleted and damaged ones too. */
  list(): Promise<ProjectCard[]>;
  /** A new, empty project, open for writing. */
  create(name: string, origin?: string): Promise<OpenProject>;
  /** Opens for writing, or read-only while another tab works on it. Rejects for a project that is missing, deleted, damaged or of a newer version. */
  open(id: string): Promise<OpenProject>;
  rename(id: string, name: string): Promise<void>;
  /** A copy with its own pictures and models; resolves to its id. */
  duplicate(id: string, name: string, working?: Working): Promise<string>;
  /** Deletes a project, which can be restored until `removeForGood`. Rejects while a tab works on it. */
  delete(id: string): Promise<void>;
  restore(id: string): Promise<void>;
  /** Frees the space of these deleted projects, all if none are given. */
  removeForGood(ids?: readonly string[]): Promise<void>;
  /** Imports a `.pmproject` as a new project, after checking all of it; resolves to its id. */
  import(file: Blob, name: string, working?: Working): Promise<string>;
  space(): Promise<Space>;
  /** Called when the list may have changed, also in another tab. Returns a function that ends it. */
  subscribe(listener: () => void): () => void;
}

/** A picture to add. */
export interface NewPicture {
  readonly file: Blob;
  readonly name: string;
  readonly kind: PictureKind;
  readonly product: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly regions?: Picture['regions'];
}

export interface Added {
  /** The picture that each given one is in the project now, by its id, in the order given; equal ones have one. */
  readonly ids: readonly string[];
  /** In the order given. */
  readonly added: readonly Picture[];
  /** Pictures that the project has already, byte by byte; they stay as they are. Also pairs within the given ones. */
  readonly duplicates: readonly { readonly name: string; readonly of: Picture }[];
}

/** A model file to keep. */
export type NewModel = Omit<ModelEntry, 'id' | 'bytes' | 'created' | 'thresholds' | 'deleted'> & {
  readonly file: Blob;
};

/** Why a project is read-only. */
export type ReadOnly =
  | { readonly why: 'other tab'; readonly sentence: string }
  /** A damaged part could not be set aside, and writing would lose it. */
  | { readonly why: 'damaged'; readonly sentence: string }
  | { readonly why: 'closed'; readonly sentence: string };

/** What became of the wish to work on a project that another tab has. */
export type TakeOver =
  /** This tab writes now. */
  | { readonly done: true }
  /** The other tab is at work, e.g. trains: `takeOver({ confirmed: true })` stops it, and it saves before. */
  | { readonly done: false; readonly busy: true; readonly sentence: string }
  | { readonly done: false; readonly busy: false; readonly sentence: string };

/** Damage found on opening: what was set aside, a sentence each. Nothing of it is deleted. */
export interface Fault {
  readonly what: string;
  readonly sentence: string;
}

/** A project that is open in this tab. Each action resolves once it is stored; a rejected one changed nothing. */
export interface OpenProject {
  readonly id: string;
  /** What it holds now; a new object after each change, also of another tab. */
  readonly content: Project;
  /** null while this tab may write. */
  readonly readOnly: ReadOnly | null;
  readonly faults: readonly Fault[];
  /** Called after each change of `content`, `readOnly`, `undoable` or `redoable`. Returns a function that ends it. */
  subscribe(listener: () => void): () => void;

  rename(name: string): Promise<void>;
  addProduct(name: string): Promise<Product>;
  /** Its pictures go with it. Models trained before know it by its earlier name. */
  renameProduct(from: string, to: string): Promise<void>;
  /** Rejects while it has pictures in use. */
  removeProduct(name: string): Promise<void>;
  setAreas(product: string, areas: Areas): Promise<void>;
  /** How large a product is in its pictures; null: not known any more. */
  setScale(product: string, scale: Scale | null): Promise<void>;

  /** Adds all or, where storage is full or it is aborted, none. Products that are new are added. */
  addPictures(pictures: readonly NewPicture[], working?: Working): Promise<Added>;
  movePictures(ids: readonly string[], to: { kind?: PictureKind; product?: string | null }): Promise<void>;
  /** Where its defects are. `mask`: a PNG, non-zero where defective; null removes it. */
  markDefects(id: string, regions: Picture['regions'], mask?: Blob | null): Promise<void>;
  /** Deleted pictures can be restored until `removeForGood`. */
  deletePictures(ids: readonly string[]): Promise<void>;
  restorePictures(ids: readonly string[]): Promise<void>;
  /** Frees the space of deleted pictures and models. Cannot be undone, nor can what came before it. */
  removeForGood(): Promise<void>;

  /** Adds verdicts, replacing earlier ones on the same pictures; a person's label stays unless a new one is given. Cannot be undone. */
  recordVerdicts(verdicts: readonly Omit<Judged, 'label'>[]): Promise<void>;
  /** "This is good", "this is defective": the picture is one of these from now on, of the product it was judged as; null takes the label back. */
  label(id: string, label: Omit<Label, 'at' | 'was'> | null): Promise<void>;
  /** Removes verdicts from the table; all if none are given. */
  removeVerdicts(ids?: readonly string[]): Promise<void>;

  /** Keeps a model file and makes it the current one. A file that the project has already becomes current again. */
  addModel(model: NewModel): Promise<ModelEntry>;
  /** Goes back (or forth) to a model of the history. */
  useModel(id: string): Promise<void>;
  /** Deleted models can be restored until `removeForGood`. Rejects where the current one is among them. */
  deleteModels(ids: readonly string[]): Promise<void>;
  restoreModels(ids: readonly string[]): Promise<void>;
  /** Thresholds of a model in place of those in its file; an empty list restores the file's. */
  setThresholds(model: string, thresholds: ModelEntry['thresholds']): Promise<void>;
  /** What is known of a training that can be resumed; null: none. Cannot be undone. */
  setTraining(training: TrainingEntry | null): Promise<void>;

  /** What `undo` would take back, for people: `delete 3 pictures`; null where there is nothing. This tab's actions since opening. */
  readonly undoable: string | null;
  readonly redoable: string | null;
  undo(): Promise<void>;
  redo(): Promise<void>;

  /** The original bytes, not read yet. Rejects where they are missing. */
  picture(id: string): Promise<Blob>;
  mask(id: string): Promise<Blob | null>;
  model(id: string): Promise<Blob>;
  /** The `.pmproject`, piece by piece: pictures and models are read one after another. */
  export(working?: Working): Promise<ReadableStream<Uint8Array>>;

  /** Asks the tab that works on it to hand over; it finishes its write and becomes read-only. */
  takeOver(options?: { confirmed?: boolean }): Promise<TakeOver>;
  /**
   * Keeps this tab the one that works on the project while something runs, e.g. a training. Another tab that asks is told `what`;
   * once its user confirms, `stop` is called and awaited (it saves) before the project is handed over.
   * @returns a function that ends it
   */
  hold(what: string, stop: () => Promise<void>): () => void;
  /**
   * Ends this tab's work on it, so that other tabs can: once what `hold` names has ended and what is being added is stored. Until then it works
   * on, and opening it again calls the closing off.
   */
  close(): Promise<void>;
}
