import { batch, signal } from '@preact/signals';
import type { OpenProject, Project, ProjectCard, Projects } from '@pyramid-mamba/projects';
import { notifyError } from '../notices.js';

/** The open project of this browser, and what it holds now; null where a run, a model file or nothing is open. */
export const project = signal<OpenProject | null>(null);
export const content = signal<Project | null>(null);
/** What an undo or a redo would do, for people; null where there is nothing. */
export const undoable = signal<string | null>(null);
export const redoable = signal<string | null>(null);
/** Why the project cannot be changed here, a sentence; null where it can. */
export const locked = signal<string | null>(null);
/** All projects of this browser, the last changed first. */
export const cards = signal<readonly ProjectCard[]>([]);
/** Those that were deleted and can be restored. */
export const deleted = signal<readonly ProjectCard[]>([]);

let store: Promise<Projects> | undefined;
/** The store of projects, loaded when it is first needed. */
export const projects = (): Promise<Projects> =>
  (store ??= import('./store.js').then(async ({ startStore }) => {
    const started = await startStore();
    started.subscribe(() => void listProjects());
    return started;
  }));

export async function listProjects(): Promise<void> {
  const all = await (await projects()).list();
  cards.value = all.filter((one) => one.deleted === null);
  deleted.value = all.filter((one) => one.deleted !== null);
}

/** Called before the open project is left: what is still to be stored in it is stored now. */
export const onLeaving = new Set<() => void>();
let leave: () => void = () => undefined;

/** Shows an open project instead of the present one, which is closed. */
export function enter(next: OpenProject | null): void {
  const before = project.peek();
  if (before === next) return;
  for (const hear of onLeaving) hear();
  leave();
  if (before) void before.close().catch((error: unknown) => notifyError('The project was not closed', error));
  const show = () =>
    batch(() => {
      project.value = next;
      content.value = next?.content ?? null;
      undoable.value = next?.undoable ?? null;
      redoable.value = next?.redoable ?? null;
      locked.value = next?.readOnly?.sentence ?? null;
    });
  leave = next?.subscribe(show) ?? (() => undefined);
  show();
}

/** Runs a change of the open project; an error becomes a notice. Resolves to whether it was done. */
export async function changing(
  what: string,
  work: (open: OpenProject) => Promise<unknown>,
): Promise<boolean> {
  const open = project.peek();
  if (!open) return false;
  try {
    await work(open);
    return true;
  } catch (error) {
    notifyError(what, error);
    return false;
  }
}

/** Takes back the last change of this tab. */
export const undo = (): Promise<boolean> => changing('Not undone', (open) => open.undo());
export const redo = (): Promise<boolean> => changing('Not redone', (open) => open.redo());
