// Trainings that earlier versions of this page stored outside of projects.
import type { OpenProject, Projects } from '@pyramid-mamba/projects';
import { Folder } from '@pyramid-mamba/runs';
import { z } from 'zod';
import { homeOf, TRAINING_FOLDERS } from '../../engine/training/home.js';

/** The lock of a tab of an earlier version that trains. */
const ONE_TRAINING = 'pyramid-mamba training';
/** A folder of the root with the id of the project into which files are being moved: if the tab is closed meanwhile, it is continued. */
const MOVING = 'training-moving';
const MOVING_FILE = 'project';

const ORIGIN = 'a training of an earlier version of this page';

const sessionSchema = z.looseObject({
  name: z.string().min(1).max(200),
  classes: z.array(z.string().min(1).max(200)),
});
type Session = Pick<z.infer<typeof sessionSchema>, 'name' | 'classes'>;

/**
 * Moves such a training into a project of its own, where it can be resumed. Resolves to a sentence for the user; null where there is none, or
 * where another tab is at it.
 */
export async function takeOverEarlier(store: Projects): Promise<string | null> {
  return navigator.locks.request(ONE_TRAINING, { ifAvailable: true }, async (lock) => {
    if (!lock) return null;
    const root = Folder.on(await navigator.storage.getDirectory(), '');
    const present = new Set(await root.names(''));
    const found = await sessionOf(root);
    if (!found && !present.has(MOVING)) return null;
    const project = await target(store, root, found);
    const { name } = project.content;
    try {
      for (const folder of TRAINING_FOLDERS)
        if (present.has(folder)) await move(root, folder, [...homeOf(project.id), folder].join('/'));
    } finally {
      await project.close();
    }
    await Folder.discard(MOVING);
    return `The training “${name}” of an earlier version of this page is now in the project “${name}”, where it can be resumed.`;
  });
}

async function sessionOf(root: Folder): Promise<Session | undefined> {
  const pointer = await root.read('training-current/slot');
  const current = pointer && new TextDecoder().decode(pointer);
  const slots = current === 'training-2' ? ['training-2', 'training'] : ['training', 'training-2'];
  for (const slot of slots) {
    for (const file of ['session.json', 'stages.json']) {
      const bytes = await root.read(`${slot}/${file}`);
      if (!bytes || bytes.length === 0) continue;
      const parsed = sessionSchema.safeParse(jsonOf(bytes));
      // damaged or not, it is not left behind
      return parsed.success ? parsed.data : { name: 'An earlier training', classes: [] };
    }
  }
  return undefined;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** The project of a move that was interrupted, or a new one. */
async function target(store: Projects, root: Folder, found: Session | undefined): Promise<OpenProject> {
  const begun = await root.read(`${MOVING}/${MOVING_FILE}`);
  const id = begun && new TextDecoder().decode(begun);
  const known =
    id !== undefined && (await store.list()).some((card) => card.id === id && card.deleted === null);
  if (known) return store.open(id);
  const project = await store.create(found?.name ?? 'An earlier training', ORIGIN);
  await root.write(`${MOVING}/${MOVING_FILE}`, new TextEncoder().encode(project.id));
  for (const name of new Set(found?.classes)) await project.addProduct(name);
  const now = new Date().toISOString();
  await project.setTraining({ started: now, saved: now, progress: 'stopped', seconds: null });
  return project;
}

/** Moves the files of a folder, each atomically; one that is there already stays. */
async function move(files: Folder, from: string, to: string): Promise<void> {
  for (const name of await files.names(from)) {
    const [source, place] = [`${from}/${name}`, `${to}/${name}`];
    const file = await files.blob(source);
    if (!file) await move(files, source, place);
    else {
      await files.write(place, file);
      await files.remove(source);
    }
  }
  await files.removeFolder(from);
}
