import { batch, effect } from '@preact/signals';
import { currentModel, type OpenProject } from '@pyramid-mamba/projects';
import { notify, notifyError } from '../notices.js';
import { model, modelIds, modelsKept, otherRun, run, selected, thresholds } from '../opened.js';
import { workplace } from '../workplace.js';
import { content, enter, project, projects } from './open.js';

/** Shows a project of this browser in place of what is open. */
function work(open: OpenProject): void {
  batch(() => {
    [run.value, otherRun.value, selected.value, model.value, thresholds.value] = [null, null, null, null, {}];
    enter(open);
    for (const { sentence } of open.faults) notify('note', `${sentence}.`);
    workplace.value = { id: open.id, name: open.content.name, kind: 'own' };
  });
}

/** A new project, which is then open; resolves to its id, or null where storage refused it. */
export async function newProject(name: string): Promise<string | null> {
  try {
    const open = await (await projects()).create(name);
    work(open);
    return open.id;
  } catch (error) {
    notifyError('No project was made', error);
    return null;
  }
}

/** Opens a project of this browser; resolves to whether there is one. */
export async function openOwn(id: string): Promise<boolean> {
  const store = await projects();
  if (!(await store.list()).some((card) => card.id === id && card.deleted === null)) return false;
  try {
    work(await store.open(id));
    return true;
  } catch (error) {
    notifyError('The project was not opened', error);
    return false;
  }
}

/** The page's model is the project's current one, and the name in the bar its name. */
export function followProjectContent(): void {
  let followed: { open: OpenProject; id: string } | null = null;
  effect(() => {
    const [open, now] = [project.value, content.value];
    if (!open || !now) return;
    if (workplace.peek()?.id === open.id && workplace.peek()?.name !== now.name)
      workplace.value = { id: open.id, name: now.name, kind: 'own' };
    const entry = currentModel(now);
    const shown = model.peek();
    const id = shown ? modelIds.get(shown.bytes) : undefined;
    const before = followed?.open === open ? followed.id : undefined;
    followed = entry ? { open, id: entry.id } : null;
    if (!entry) {
      if (id !== undefined) model.value = null;
      return;
    }
    // a model that was trained here and is not kept yet, or could not be, stays until the project has another one than before
    if (shown && id === undefined && before === entry.id) return;
    if (id !== entry.id) void load(open, entry.id, entry.name);
  });
}

async function load(open: OpenProject, id: string, name: string): Promise<void> {
  try {
    const bytes = new Uint8Array(await (await open.model(id)).arrayBuffer());
    const { openableModel } = await import('../../run/openable.js');
    const { info } = openableModel(bytes, name);
    const now = content.peek();
    // another project, or a later model, may have become current meanwhile
    const shown = model.peek();
    if (project.peek() !== open || now?.model !== id || (shown && modelIds.get(shown.bytes) === id)) return;
    batch(() => {
      // those of the model before are no thresholds of this one; its own, set by a person, come with its results
      thresholds.value = {};
      modelIds.set(bytes, id);
      modelsKept.value++;
      model.value = { name, bytes, info, of: null };
    });
  } catch (error) {
    notifyError(`The model ${name} was not opened`, error);
  }
}
