import type { Picture } from '../content/records.js';
import type { Project } from '../content/project.js';
import { addPictures as adding } from './actions.js';
import type { Added, NewPicture, Working } from './interface.js';
import type { Session } from './session.js';

interface Found {
  readonly picture: Picture;
  readonly file: Blob;
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
  const now = session.now;
  const found = new Map<string, Found>();
  const duplicates: { name: string; of: Picture }[] = [];
  const fresh: string[] = [];
  const coming: string[] = [];
  try {
    for (const [i, one] of given.entries()) {
      signal?.throwIfAborted();
      const id = await session.stored.hashOf('pictures', one.file, one.name);
      const earlier = found.get(id)?.picture ?? inUse(session.content, id);
      if (earlier) duplicates.push({ name: one.name, of: earlier });
      else {
        coming.push(id);
        const work = () => session.stored.store('pictures', id, one.file);
        if (await session.room.write(what, total, work)) fresh.push(id);
        found.set(id, { picture: pictureOf(one, id, now), file: one.file });
      }
      onProgress?.(i + 1, given.length);
    }
    signal?.throwIfAborted();
    const pictures = [...found.values()].map(({ picture }) => picture);
    const done = await session.act((content) => {
      // another action may have added one meanwhile
      const added = pictures.filter(({ id }) => !inUse(content, id));
      for (const picture of pictures)
        if (!added.includes(picture))
          duplicates.push({ name: picture.name, of: inUse(content, picture.id)! });
      return { ...adding(content, added, now), added };
    });
    return { added: done.added, duplicates };
  } catch (error) {
    // free what was written; what is left behind by a killed tab is swept when the project is opened
    session.stored.settled(coming);
    coming.length = 0;
    for (const id of fresh)
      if (!session.content.pictures.has(id))
        await session.stored.remove('pictures', id).catch(() => undefined);
    throw error;
  } finally {
    session.stored.settled(coming);
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
