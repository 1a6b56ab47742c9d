import { computed, signal } from '@preact/signals';
import {
  picturesOf,
  PICTURE_KINDS,
  type OpenProject,
  type Picture,
  type PictureKind,
} from '@pyramid-mamba/projects';
import { needFile } from '@pyramid-mamba/runs';
import type { PictureFile } from '../../run/readPicture.js';
import type { Pictured } from '../../picture/thumbnails.js';
import { place, replaceRoute } from '../../state/address/route.js';
import { outliers } from '../../state/outliers.js';
import { oddities } from '../../state/project/odd.js';
import { content, project } from '../../state/project/open.js';

/** A picture of the project with its file, for thumbnails: the same object as long as the picture is. */
export interface Shown extends Pictured {
  readonly picture: Picture;
}

/** Which pictures are shown; in the address. */
export interface PictureFilter {
  readonly kind: PictureKind | null;
  readonly product: string | null;
  /** Only those that look unlike the others, also to the model, or the same as another. */
  readonly odd: boolean;
}

export const pictureFilter = computed<PictureFilter>(() => {
  const query = new URLSearchParams(place.value?.query ?? '');
  return {
    kind: PICTURE_KINDS.find((kind) => kind === query.get('kind')) ?? null,
    product: query.get('product'),
    odd: query.has('odd'),
  };
});

/** Changes the filter, and with it the address. */
export function filterPictures(part: Partial<PictureFilter>): void {
  const now = place.peek();
  if (!now) return;
  const { kind, product, odd } = { ...pictureFilter.peek(), ...part };
  const query = new URLSearchParams();
  if (kind !== null) query.set('kind', kind);
  if (product !== null) query.set('product', product);
  if (odd) query.set('odd', '');
  selection.value = new Set();
  replaceRoute({ ...now, query: query.toString() });
}

/** The ids of the selected pictures. */
export const selection = signal<ReadonlySet<string>>(new Set());

const MAX_PICTURE = 2 ** 29;
const made = new WeakMap<Picture, Shown>();

function shownOf(open: OpenProject, picture: Picture): Shown {
  const known = made.get(picture);
  if (known) return known;
  const image = async (): Promise<PictureFile> => {
    const file = {
      found: await open.picture(picture.id),
      path: picture.name,
      run: open.content.name,
      limit: MAX_PICTURE,
    };
    const size = { width: picture.width ?? 1, height: picture.height ?? 1 };
    await needFile(file);
    return { ...file, size, own: true };
  };
  const shown = { picture, image };
  made.set(picture, shown);
  return shown;
}

/** The project's pictures that pass the filter, the last added first. */
export const shownPictures = computed<readonly Shown[]>(() => {
  const [open, now] = [project.value, content.value];
  if (!open || !now) return [];
  const { kind, product, odd } = pictureFilter.value;
  const { unlike, same } = oddities.value;
  return picturesOf(now, kind ?? undefined)
    .filter((one) => product === null || one.product === product)
    .filter(({ id }) => !odd || unlike.has(id) || same.has(id) || outliers.value.has(id))
    .reverse()
    .map((picture) => shownOf(open, picture));
});
