// Areas that count belong to a product of a project.
import type { Areas, OpenProject, Product } from '@pyramid-mamba/projects';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { areas, areasByProduct } from '../src/state/live/areas.js';
import { product } from '../src/state/live/product.js';
import { content, project } from '../src/state/project/open.js';

const NONE: Areas = { use: [], ignore: [] };
const LEFT: Areas = { use: [[[0, 0], [0.5, 0], [0.5, 1]]], ignore: [] }; // prettier-ignore
const RIGHT: Areas = { use: [], ignore: [[[0.5, 0], [1, 0], [1, 1]]] }; // prettier-ignore

/** A project that keeps the areas of its products, and nothing else. */
function made(id: string, names: readonly string[]) {
  const products = new Map(names.map((name) => [name, { name, created: '', areas: NONE } as Product]));
  const open = {
    id,
    content: { products },
    setAreas(name: string, drawn: Areas) {
      const next = new Map(open.content.products);
      next.set(name, { ...next.get(name)!, areas: drawn });
      open.content = { products: next };
      if (project.peek() === shown) content.value = open.content as never;
      return Promise.resolve();
    },
  };
  const shown = open as unknown as OpenProject;
  return shown;
}
const show = (open: OpenProject | null) => {
  project.value = open;
  content.value = open?.content ?? null;
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  show(null);
  product.value = '';
  vi.useRealTimers();
});

test('each product of each project has its own areas, which are stored in the project', async () => {
  const [one, other] = [made('one', ['cap', 'nut']), made('other', ['cap'])];
  product.value = 'cap';
  show(one);
  expect([areas.value, areasByProduct.value]).toEqual([NONE, {}]);
  areas.value = RIGHT;
  areas.value = LEFT;
  // at once for judgements, and then in the project
  expect(areasByProduct.value).toEqual({ cap: LEFT });
  expect(one.content.products.get('cap')!.areas).toEqual(NONE);
  await vi.advanceTimersByTimeAsync(1000);
  expect(one.content.products.get('cap')!.areas).toEqual(LEFT);

  product.value = 'nut';
  expect(areas.value).toEqual(NONE);
  areas.value = RIGHT;
  // another product is looked at before they are stored
  product.value = 'cap';
  await vi.advanceTimersByTimeAsync(1000);
  expect(areas.value).toEqual(LEFT);
  const before = areasByProduct.value;
  expect(before).toEqual({ cap: LEFT, nut: RIGHT });
  product.value = 'nut';
  // the same object: pictures of both products that are judged in turn are not stale
  expect(areasByProduct.value).toBe(before);

  show(other);
  expect([areas.value, areasByProduct.value]).toEqual([NONE, {}]);
  show(one);
  expect(areas.value).toEqual(RIGHT);
  show(null);
  expect(areasByProduct.value).toBeNull();
});

test('what another tab changes is shown, but not over what is drawn', async () => {
  const one = made('one', ['cap']);
  product.value = 'cap';
  show(one);
  await one.setAreas('cap', RIGHT);
  expect(areas.value).toEqual(RIGHT);
  areas.value = LEFT;
  await one.setAreas('cap', NONE);
  expect(areas.value).toEqual(LEFT);
  await vi.advanceTimersByTimeAsync(1000);
  expect(one.content.products.get('cap')!.areas).toEqual(LEFT);
});
