// What a person says of a judged picture of the project, and where on it.
import { computed } from '@preact/signals';
import type { Label, Polygon } from '@pyramid-mamba/projects';
import { place } from '../address/route.js';
import { pictureIdOf } from '../live/identity.js';
import { current } from '../live/shots.js';
import { selected } from '../opened.js';
import { changing, content } from './open.js';

/** Regions of one label, see its schema. */
const MOST_REGIONS = 100;

/** The project's id of the picture that Judge shows: the selected result, or the picture that was judged now. undefined for one that it does not have. */
export const shownId = computed<string | undefined>(() => {
  if (place.value?.part === 'picture') return selected.value?.id;
  const { picture } = current.value ?? {};
  return picture instanceof Blob ? pictureIdOf(picture) : undefined;
});

/** The label of a picture of the project; null where nobody has said anything. */
export const labelNow = (id: string | undefined): Label | null =>
  (id === undefined ? undefined : content.value?.judged.get(id)?.label) ?? null;

export const say = (id: string, label: Omit<Label, 'at' | 'was'> | null): Promise<boolean> =>
  changing('Not noted', (open) => open.label(id, label));

/** Says that the picture is defective there: the region joins those that are known. */
export function addRegion(id: string, region: Polygon): Promise<boolean> {
  const { is, regions = [] } = labelNow(id) ?? {};
  const known = is === 'defective' ? regions : [];
  return say(id, { is: 'defective', regions: [...known, region].slice(-MOST_REGIONS) });
}

/** The picture stays defective, and where is not known any more. */
export const forgetRegions = (id: string): Promise<boolean> => say(id, { is: 'defective', regions: [] });

export const mostRegions = (regions: readonly Polygon[]): Polygon[] => regions.slice(0, MOST_REGIONS);
