// The scale of the open project's products: how long a pixel is.
import { mmAsSeen, mmAtSize, type MmByProduct, type MmPerPixel } from '@pyramid-mamba/inspect';
import { inputOf, type ModelInfo, type Size } from '@pyramid-mamba/model';
import { mmPerPixel, picturesOf, type Picture, type Project } from '@pyramid-mamba/projects';
import type { Item } from '../run/types.js';
import { content } from './project/open.js';

/** In mm, of a picture of a product that is `width` pixels wide as taken; undefined where nobody has said the scale. */
export function mmOf(product: string | null, width: number | null): number | undefined {
  const scale = product === null ? undefined : content.value?.products.get(product)?.scale;
  return scale && width !== null ? mmPerPixel(scale, width) : undefined;
}

const takenAt = ({ width, height }: Picture): Size | undefined =>
  width === null || height === null ? undefined : { width, height };

/** The same of a judged picture of the project, at the size at which its map is shown. */
export function mmOfItem({
  id,
  className,
  size,
}: Pick<Item, 'id' | 'className' | 'size'>): MmPerPixel | undefined {
  const picture = content.value?.pictures.get(id);
  const taken = picture && takenAt(picture);
  const mm = taken && mmOf(className, taken.width);
  return mm === undefined ? undefined : mmAtSize(mm, taken!, size);
}

/** The size of a product's pictures as taken: of the first good one whose size is known. */
export function sizeTaken(now: Project, product: string): Size | undefined {
  for (const picture of picturesOf(now, 'good')) {
    const taken = picture.product === product ? takenAt(picture) : undefined;
    if (taken) return taken;
  }
  return undefined;
}

/** By product, as a model sees its pictures: for the sizes of its self-test. */
export function mmSeenBy(model: Pick<ModelInfo, 'preprocessing'> | undefined): MmByProduct {
  const now = content.value;
  if (!now || !model) return {};
  const input = inputOf(model.preprocessing);
  return Object.fromEntries(
    [...now.products.values()].flatMap(({ name, scale }) => {
      const taken = scale && sizeTaken(now, name);
      return taken ? [[name, mmAsSeen(mmPerPixel(scale, taken.width), taken, input)] as const] : [];
    }),
  );
}
