import { signal } from '@preact/signals';
import type { NewPicture, PictureKind } from '@pyramid-mamba/projects';
import { roleOf } from '@pyramid-mamba/data';
import { HEAD_BYTES, requirePicture } from '../../engine/pictures/header.js';
import { leftOutOf, sortedFolder, type SortedPicture } from '../../folders/goodFolder.js';
import type { ReadFolder } from '../../folders/readFolder.js';
import { place } from '../address/route.js';
import { notify, notifyError } from '../notices.js';
import { changing, project } from './open.js';

/** Pictures that were dropped, chosen, pasted or captured, before they are part of a project. */
export interface Dropped {
  readonly file: File;
  readonly product: string | null;
  readonly kind: PictureKind | null;
  /** Whether a name says what it is, not only that it lies among good ones. */
  readonly named?: boolean;
}

/** What the page asks of pictures whose folders do not say what they are. */
export interface Question {
  readonly pictures: readonly Dropped[];
  /** How many of each kind are known by their folders. */
  readonly known: Readonly<Record<PictureKind, number>>;
}
export const asked = signal<Question | null>(null);

/** What the last action did, a sentence; the page offers to undo it. */
export const said = signal<string | null>(null);

/** What is being read, for display; null if nothing is. */
export const reading = signal<string | null>(null);

const KIND_OF: Record<SortedPicture<unknown>['is'], PictureKind | null> = {
  good: 'good',
  defective: 'defective',
  unclear: null,
  mask: null,
};

/** The pictures of what was read, by the names of folders: loose files say nothing. */
export function sorted({ name, files, loose }: ReadFolder): { pictures: Dropped[]; left: string[] } {
  if (loose) return { pictures: files.map(({ file }) => ({ file, product: null, kind: null })), left: [] };
  const found = sortedFolder(name, files);
  const masks = found.pictures.filter(({ is }) => is === 'mask');
  return {
    pictures: found.pictures
      .filter(({ is }) => is !== 'mask')
      .map(({ file, product, is, folder }) => ({
        file,
        product,
        kind: KIND_OF[is],
        named: is === 'defective' || folder.split('/').some((name) => roleOf(name).content === 'good'),
      })),
    left: [...leftOutOf(masks), ...found.left],
  };
}

/**
 * Takes pictures into the open project; asks what they are where neither their folders nor `as` say it.
 *
 * @param as what they are where their folders do not say it: the user pressed the button of that kind
 */
export async function takeIn(
  read: Promise<ReadFolder | undefined>,
  as: PictureKind | null = null,
): Promise<void> {
  reading.value = 'Reading the files …';
  try {
    const found = await read;
    if (!found) return;
    const { pictures, left } = sorted(found);
    for (const sentence of left) notify('note', sentence);
    if (pictures.length === 0) {
      notify('note', `${found.name}: no pictures were found. PNG, JPEG, WebP, BMP and GIF can be read.`);
      return;
    }
    const known = pictures.map((one) => ({ ...one, kind: one.kind ?? as }));
    if (known.every(({ kind }) => kind !== null)) await add(known);
    else ask(known);
  } catch (error) {
    notifyError('The files were not read', error);
  } finally {
    reading.value = null;
  }
}

/** Asks what pictures are, together with those of a question that is still open: more can be dropped at any time. */
function ask(more: readonly Dropped[]): void {
  const pictures = [...(asked.peek()?.pictures ?? []), ...more];
  asked.value = { pictures, known: countsOf(pictures) };
}

/** Takes the pictures that are named good or defective into the open project; resolves to the files of the others. */
export async function takeNamed(read: ReadFolder): Promise<File[]> {
  const { pictures, left } = sorted(read);
  for (const sentence of left) notify('note', sentence);
  const known = pictures.filter(({ named }) => named);
  if (known.length > 0) await add(known);
  return pictures.filter(({ named }) => !named).map(({ file }) => file);
}

/** The user's answer to the question, or null: they are not taken. */
export async function answer(as: { kind: PictureKind; product: string } | null): Promise<void> {
  const question = asked.value;
  asked.value = null;
  if (!question || !as) return;
  await add(
    question.pictures.map(({ file, product, kind }) => ({
      file,
      product: product ?? as.product,
      kind: kind ?? as.kind,
    })),
  );
}

const countsOf = (pictures: readonly Dropped[]): Record<PictureKind, number> => {
  const count = (kind: PictureKind) => pictures.filter((one) => one.kind === kind).length;
  return { good: count('good'), defective: count('defective'), judge: count('judge') };
};

/** The product of loose pictures: the only one, or a first one. */
export function usualProduct(): string {
  const products = [...(project.value?.content.products.keys() ?? [])];
  return products[0] ?? 'part';
}

const WORDS: Record<PictureKind, string> = { good: 'good', defective: 'defective', judge: 'to judge' };
const plural = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;

/** Adds pictures whose kind is known; files that are none give one notice. */
export async function add(pictures: readonly Dropped[]): Promise<void> {
  const usual = usualProduct();
  const checked: NewPicture[] = [];
  for (const [i, { file, product, kind }] of pictures.entries()) {
    if (i % 20 === 0) reading.value = `Reading picture ${i + 1} of ${pictures.length} …`;
    try {
      const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
      const { width, height } = requirePicture(head, file.name);
      const use = kind ?? 'judge';
      checked.push({ file, name: file.name, kind: use, product: product ?? usual, width, height });
    } catch (error) {
      notifyError('Not added', error);
    }
  }
  reading.value = checked.length > 0 ? `Storing ${plural(checked.length, 'picture')} …` : null;
  if (checked.length > 0)
    await changing('The pictures were not added', async (open) => {
      const { added, duplicates } = await open.addPictures(checked);
      const kinds = (['good', 'defective', 'judge'] as const).flatMap((kind) => {
        const count = added.filter((one) => one.kind === kind).length;
        return count === 0 ? [] : [`${count} ${WORDS[kind]}`];
      });
      const again = duplicates.length;
      said.value = [
        added.length === 0
          ? 'No picture was added.'
          : `${plural(added.length, 'picture')} added: ${kinds.join(', ')}.`,
        ...(again === 0 ? [] : [`${again} ${again === 1 ? 'was' : 'were'} there already, byte for byte.`]),
      ].join(' ');
    });
  reading.value = null;
}

/** What loose pictures are by the place where they are dropped; null where the page must ask. */
export const kindHere = (): PictureKind | null => {
  const now = place.value;
  return now === null ? 'good' : now.step === 'judge' ? 'judge' : null;
};
