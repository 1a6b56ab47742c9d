import { effect, signal } from '@preact/signals';
import { picturesOf, type OpenProject, type Picture } from '@pyramid-mamba/projects';
import { content, project } from './open.js';

/** Side of the small pictures that are compared. */
const SIDE = 24;
/** Mean difference of two pictures' values, 0 to 255, up to which they look the same. */
const SAME = 1;
/** A picture is odd where its distance from the others lies this many typical spreads beyond the typical distance, and at least `FAR`. */
const SPREADS = 6;
const FAR = 12;
/** Pictures of which nothing can be said. */
export const FEWEST = 6;

/** A small picture: RGB values, row-major. */
export type Small = Uint8ClampedArray;

/** What looks unusual among the good pictures of a product, by the pictures' ids. */
export interface Oddities {
  /** They look unlike the others. */
  readonly unlike: ReadonlySet<string>;
  /** They look the same as an earlier one, whose id is the value. */
  readonly same: ReadonlyMap<string, string>;
}
const NONE: Oddities = { unlike: new Set(), same: new Map() };
export const oddities = signal<Oddities>(NONE);

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
};

/** Compares the small pictures of one product with their median picture, and with each other. */
export function odditiesOf(pictures: ReadonlyMap<string, Small>): Oddities {
  const all = [...pictures];
  const same = new Map<string, string>();
  for (const [i, [id, small]] of all.entries()) {
    const twin = all.slice(0, i).find(([, other]) => distance(small, other) <= SAME);
    if (twin) same.set(id, twin[0]);
  }
  if (all.length < FEWEST) return { unlike: new Set(), same };
  const middle = Float32Array.from({ length: SIDE * SIDE * 3 }, (_, i) =>
    median(all.map(([, small]) => small[i]!)),
  );
  const distances = all.map(([, small]) => distance(small, middle));
  const typical = median(distances);
  const spread = Math.max(median(distances.map((one) => Math.abs(one - typical))), 0.5);
  const unlike = all.filter(
    (_, i) => distances[i]! > typical + SPREADS * spread && distances[i]! - typical > FAR,
  );
  return { unlike: new Set(unlike.map(([id]) => id)), same };
}

const smalls = new Map<string, Small>();

async function smallOf(open: OpenProject, { id }: Picture): Promise<Small | undefined> {
  const known = smalls.get(id);
  if (known) return known;
  try {
    const bitmap = await createImageBitmap(await open.picture(id), {
      resizeWidth: SIDE,
      resizeHeight: SIDE,
      resizeQuality: 'medium',
    });
    const context = new OffscreenCanvas(SIDE, SIDE).getContext('2d', { willReadFrequently: true })!;
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    const small = data.filter((_, i) => i % 4 !== 3);
    smalls.set(id, small);
    return small;
  } catch {
    // a damaged file; its cell says so
    return undefined;
  }
}

let turn = 0;

async function look(open: OpenProject, good: readonly Picture[]): Promise<void> {
  const own = ++turn;
  const byProduct = new Map<string | null, Map<string, Small>>();
  for (const picture of good) {
    const small = await smallOf(open, picture);
    if (own !== turn) return;
    if (!small) continue;
    const group = byProduct.get(picture.product) ?? new Map<string, Small>();
    byProduct.set(picture.product, group.set(picture.id, small));
  }
  const found = [...byProduct.values()].map(odditiesOf);
  oddities.value = {
    unlike: new Set(found.flatMap(({ unlike }) => [...unlike])),
    same: new Map(found.flatMap(({ same }) => [...same])),
  };
}

/** Looks at the good pictures again whenever they change. */
export function followOddities(): void {
  let seen: ReadonlyMap<string, Picture> | undefined;
  effect(() => {
    const [open, now] = [project.value, content.value];
    if (now?.pictures === seen) return;
    seen = now?.pictures;
    if (!open || !now) {
      turn++;
      oddities.value = NONE;
    } else void look(open, picturesOf(now, 'good'));
  });
}
