import pMap from 'p-map';
import type { Picture } from '../content/records.js';
import type { Project } from '../content/project.js';
import { addPictures as adding } from './actions.js';
import type { Added, NewPicture, Working } from './interface.js';
import type { Session } from './session.js';

/** Pictures that are read, hashed and written at the same time: writing one waits most of its time for the browser. */
const AT_ONCE = 4;

/** Runs work on all, a few at a time; rejects with the first fault once all that began have ended, so that nothing is written after. */
async function eachOf<T, R>(
  all: readonly T[],
  signal: AbortSignal | undefined,
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const faults: unknown[] = [];
  const results = await pMap(
    all,
    async (one) => {
      if (faults.length > 0 || signal?.aborted) return undefined;
      return work(one).catch((error: unknown) => void faults.push(error));
    },
    { concurrency: AT_ONCE },
  );
  if (faults.length > 0) throw faults[0];
  signal?.throwIfAborted();
  return results as R[];
}

/** Adds pictures, all or none: bytes first, then one change that names them. */
export async function addPictures(
  session: Session,
  given: readonly NewPicture[],
  { onProgress, signal }: Working,
): Promise<Added> {
  session.requireTurn();
  const what = `${given.length} picture${given.length === 1 ? ' is' : 's are'} not added`;
  const total = given.reduce((sum, { file }) => sum + file.size, 0);
  await session.room.require(total, what);
  const { stored, now } = session;
  const ids = await eachOf(given, signal, ({ file, name }) => stored.hashOf('pictures', file, name));
  const found = new Map<string, { picture: Picture; file: Blob }>();
  const duplicates: { name: string; of: Picture }[] = [];
  given.forEach((one, i) => {
    const id = ids[i]!;
    const earlier = found.get(id)?.picture ?? inUse(session.content, id);
    if (earlier) duplicates.push({ name: one.name, of: earlier });
    else found.set(id, { picture: pictureOf(one, id, now), file: one.file });
  });
  const fresh: string[] = [];
  const coming: string[] = [];
  try {
    await eachOf([...found.values()], signal, async ({ picture: { id }, file }) => {
      coming.push(id);
      const isNew = await session.room.write(what, total, () => stored.store('pictures', id, file));
      if (isNew) fresh.push(id);
      onProgress?.(coming.length, found.size);
    });
    const { added } = await session.act((content) => {
      const added: Picture[] = [];
      for (const { picture } of found.values()) {
        // another action may have added it meanwhile
        const of = inUse(content, picture.id);
        if (of) duplicates.push({ name: picture.name, of });
        else added.push(picture);
      }
      return { ...adding(content, added, now), added };
    });
    return { ids, added, duplicates };
  } catch (error) {
    // free what was written; what is left behind by a killed tab is swept when the project is opened
    stored.settled(coming.splice(0));
    for (const id of fresh)
      if (!session.content.pictures.has(id)) await stored.remove('pictures', id).catch(() => undefined);
    throw error;
  } finally {
    stored.settled(coming);
  }
}

/** A deleted one comes back by adding it again. */
function inUse({ pictures }: Project, id: string): Picture | undefined {
  const found = pictures.get(id);
  return found?.deleted === null ? found : undefined;
}

function pictureOf(
  { file, name, kind, product, width, height, regions }: NewPicture,
  id: string,
  added: string,
): Picture {
  return {
    id,
    name,
    product,
    kind,
    width,
    height,
    bytes: file.size,
    added,
    regions: regions ?? [],
    mask: null,
    deleted: null,
  };
}
