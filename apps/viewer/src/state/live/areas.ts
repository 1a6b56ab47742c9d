// The judged areas: of a project each product has its own, which are stored in it; without one the browser keeps those of all pictures.
import { batch, computed, effect, signal, untracked } from '@preact/signals';
import { NO_AREAS, type Areas } from '@pyramid-mamba/inspect';
import type { OpenProject, Product } from '@pyramid-mamba/projects';
import { changing, content, locked, project } from '../project/open.js';
import { keepAreas, keptAreas } from './keptAreas.js';
import { shownProduct } from './product.js';

/** The judged areas of the product that is looked at. */
export const areas = signal<Areas>(keptAreas());

/** Changes of the areas are stored together after so many milliseconds: a corner that is dragged changes them many times. */
const TOGETHER_MS = 400;

/** Which areas are shown: those of a product of a project; null: of all pictures. */
interface Place {
  readonly open: OpenProject;
  readonly name: string;
}
const place = signal<Place | null>(null);
/** What is stored of them, as far as this tab knows. */
let stored: Areas = areas.peek();
let timer: ReturnType<typeof setTimeout> | undefined;

const products = computed<ReadonlyMap<string, Product> | null>(() => content.value?.products ?? null);
const isSome = ({ use, ignore }: Areas): boolean => use.length + ignore.length > 0;
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

let last: Readonly<Record<string, Areas>> | null = null;
/**
 * The areas by product of the open project, with changes that are not stored yet; null without a project. The same object as before where they are
 * the same: a judgement by others is stale.
 */
export const areasByProduct = computed<Readonly<Record<string, Areas>> | null>(() => {
  const [all, at, drawn] = [products.value, place.value, areas.value];
  if (!all || !at) return (last = null);
  const own = [...all.values()].map(({ name, areas: kept }) => [name, kept] as const);
  const found = new Map([...own, [at.name, drawn] as const]);
  const next = Object.fromEntries([...found].filter(([, one]) => isSome(one)));
  return (last = same(last, next) ? last : next);
});

function store(): void {
  clearTimeout(timer);
  timer = undefined;
  const [at, drawn] = [place.peek(), areas.peek()];
  if (!at || drawn === stored) return;
  stored = drawn;
  void changing('The areas were not kept', async (open) => {
    if (open !== at.open) return;
    // a model that was opened may know products that the project has no pictures of
    if (!open.content.products.has(at.name)) await open.addProduct(at.name);
    await open.setAreas(at.name, copyOf(drawn));
  });
}

const copyOf = ({ use, ignore }: Areas) => {
  const copied = (polygons: Areas['use']) =>
    polygons.map((corners) => corners.map(([x, y]): [number, number] => [x, y]));
  return { use: copied(use), ignore: copied(ignore) };
};

const show = (at: Place | null, kept: Areas): void =>
  batch(() => {
    stored = kept;
    place.value = at;
    areas.value = kept;
  });

// another product, another project, or a change of another tab: its areas are shown
effect(() => {
  const [open, all, name] = [project.value, products.value, shownProduct.value];
  untracked(() => {
    const at = place.peek();
    if (!open || !all) {
      store();
      if (at) show(null, keptAreas());
      return;
    }
    const kept = all.get(name)?.areas ?? NO_AREAS;
    if (at?.open !== open || at.name !== name) {
      store();
      show({ open, name }, kept);
    } else if (timer === undefined && !same(kept, stored)) show(at, kept);
  });
});

effect(() => {
  const drawn = areas.value;
  if (place.peek() === null) keepAreas(drawn);
  else if (drawn !== stored && locked.peek() === null) {
    clearTimeout(timer);
    timer = setTimeout(store, TOGETHER_MS);
  }
});
