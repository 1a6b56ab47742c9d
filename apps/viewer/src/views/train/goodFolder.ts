import { goodAndBad, halvesOfPairs, isIgnored, kindOfName, roleOf, suffixOf } from '@pyramid-mamba/data';
import { namedOtherwise } from './namedOtherwise.js';

/** A file of a folder: its path below the folder, parts joined by '/'. */
export interface FoundFile<T> {
  readonly path: string;
  readonly file: T;
}

/** The training pictures of a folder, and what was skipped and why, one sentence each. */
export interface GoodFolder<T> {
  readonly products: { name: string; pictures: { id: string; file: T }[] }[];
  readonly left: string[];
}

/** Minimum number of good pictures, in total and per product. */
export const LEAST_PICTURES = 20;
export const LEAST_OF_A_PRODUCT = 8;

/** The command line reads these, but not all browsers do. */
const TIFF = /^\.(tiff?|btf|tf8)$/;

/** Whether a file is a picture that browsers read, by its name; the bytes determine the format when a file is read. */
function pictureByName(name: string): 'read' | 'not-read' | 'other' {
  const [kind, suffix] = [kindOfName(name), suffixOf(name)];
  if (suffix === '.gif') return 'read';
  if (TIFF.test(suffix)) return 'not-read';
  return kind === 'unknown' ? 'other' : kind;
}

/** The role of a folder, by its name and its siblings'; `product` if they say nothing. */
type Kind = 'good' | 'train' | 'bad' | 'test' | 'masks' | 'pictures' | 'unclear' | 'product';

/** The roles of sibling folders: some words mean good or bad only beside their opposite. */
function kindsOf(names: ReadonlySet<string>): ReadonlyMap<string, Kind> {
  const { good, bad, kinds } = goodAndBad([...names]);
  const [goods, bads] = [new Set(good), new Set([...bad, ...kinds])];
  const halves = halvesOfPairs([...names]);
  const isPair = names.size === 2 && names.has('0') && names.has('1');
  return new Map(
    [...names].map((name) => {
      const kind = kindOf(name, goods, bads);
      // `screw_bad` beside `screw_good`
      return [name, kind !== 'product' ? kind : isPair ? 'unclear' : (halves.get(name) ?? kind)];
    }),
  );
}

function kindOf(name: string, goods: ReadonlySet<string>, bads: ReadonlySet<string>): Kind {
  const { content, split } = roleOf(name);
  if (content === 'masks') return 'masks';
  if (bads.has(name) || content === 'bad' || content === 'kind') return 'bad';
  if (split === 'test' || split === 'validation') return 'test';
  if (goods.has(name) || content === 'good') return 'good';
  if (content === 'unclear') return 'unclear';
  if (split === 'train') return 'train';
  return content === 'pictures' ? 'pictures' : 'product';
}

/** Whether pictures in folders of these roles, below a product's, are good. */
function isGood(below: readonly Kind[]): boolean {
  if (below.length === 0) return true;
  if (below.length === 1) return below[0] === 'good' || below[0] === 'train';
  return below.length === 2 && below[0] === 'train' && below[1] === 'good';
}

/** Why pictures in folders of these roles are not trained on. */
function reason(below: readonly Kind[]): string {
  if (below.includes('bad')) return 'a model trains on good pictures only';
  if (below.includes('masks')) return 'they are masks, not pictures';
  if (below.includes('test')) return 'they are for testing';
  if (below.includes('unclear')) {
    return 'its name means good to some and defective to others; rename it to good or bad';
  }
  return 'it is not clear that they are good; put them into good/ or beside the others';
}

/** Natural order of names with numbers. */
const order = new Intl.Collator('en', { numeric: true });

/**
 * The products of a folder named `name`: its sub-folders, or the folder itself if pictures, or good/ and train/, are directly in
 * it. The good pictures of a product are in its folder, in good/, in train/ or in train/good/, by any known word in any
 * language.
 */
export function goodFolder<T>(name: string, files: readonly FoundFile<T>[]): GoodFolder<T> {
  const products = new Map<string, { id: string; file: T }[]>();
  const leftOut = new Map<string, { folder: string; count: number; why: string }>();
  const leave = (folder: string, why: string) => {
    const key = `${folder}\n${why}`;
    const entry = leftOut.get(key) ?? { folder, count: 0, why };
    leftOut.set(key, { ...entry, count: entry.count + 1 });
  };
  const all = files
    // one name may be stored in several Unicode forms
    .map(({ path, file }) => ({ parts: path.normalize('NFC').split('/'), file }))
    .filter(({ parts }) => !parts.some(isIgnored));
  const pictures = all
    .filter(({ parts }) => pictureByName(parts.at(-1)!) === 'read')
    .sort((a, b) => order.compare(a.parts.join('/'), b.parts.join('/')));
  /** Roles of the folders in a folder, by its path. */
  const kinds = new Map<string, ReadonlyMap<string, Kind>>();
  const beside = new Map<string, Set<string>>();
  for (const { parts } of pictures) {
    for (let i = 0; i < parts.length - 1; i++) {
      const parent = parts.slice(0, i).join('/');
      beside.set(parent, (beside.get(parent) ?? new Set()).add(parts[i]!));
    }
  }
  for (const [parent, names] of beside) kinds.set(parent, kindsOf(names));
  const kindsAlong = (folders: readonly string[]): Kind[] =>
    folders.map((part, i) => kinds.get(folders.slice(0, i).join('/'))!.get(part)!);

  const otherwise = namedOtherwise(
    name,
    all.map(({ parts }) => parts.join('/')),
    pictures.map(({ parts }) => parts.join('/')),
  );
  const folders = pictures.map(({ parts }) => kindsAlong(parts.slice(0, -1)));
  // one product: its pictures are in the folder itself, or in folders with a known role
  const single = folders.every(([first]) => first !== 'product');
  for (const [i, { parts, file }] of pictures.entries()) {
    const along = folders[i]!;
    const folder = `${parts.slice(0, -1).join('/')}/`;
    const product = single ? name : (parts[0] ?? '');
    const below = single ? along : along.slice(1);
    if (!single && along[0] !== 'product') {
      const first = along.length === 0 ? 'the folder itself' : folder;
      leave(first, along.includes('bad') || along.includes('masks') ? reason(along) : EACH_ITS_OWN);
    } else if (isGood(below)) {
      const why = otherwise(parts, below.includes('good'));
      if (why !== undefined) {
        leave(parts.length === 1 ? 'the folder itself' : folder, why);
        continue;
      }
      const list = products.get(product) ?? [];
      list.push({ id: [product, ...(single ? parts : parts.slice(1))].join('/'), file });
      products.set(product, list);
    } else leave(folder, reason(below));
  }
  const left = [...leftOut.values()].map(
    ({ folder, count, why }) =>
      `${count} ${count === 1 ? 'picture' : 'pictures'} of ${folder} ${count === 1 ? 'is' : 'are'} not used: ${why}.`,
  );
  const others = all
    .map(({ parts }) => parts.at(-1)!)
    .filter((file) => pictureByName(file) === 'not-read')
    .map(suffixOf);
  if (others.length > 0) left.push(formatsLine(others));
  return { products: [...products].map(([product, list]) => ({ name: product, pictures: list })), left };
}

const EACH_ITS_OWN = 'each product has its own folder here';

/** `3 files are not used …`, by suffix. */
function formatsLine(suffixes: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const suffix of suffixes) counts.set(suffix, (counts.get(suffix) ?? 0) + 1);
  const list = [...counts].map(([suffix, count]) => `${count} ${suffix}`).join(', ');
  const [files, are] = suffixes.length === 1 ? ['file', 'is'] : ['files', 'are'];
  return `${suffixes.length} ${files} ${are} not used because of the format (${list}): browsers do not read it; save as PNG.`;
}

/** Why these products cannot be trained on, in a sentence, or null if they can. */
export function whyNot(products: GoodFolder<unknown>['products']): string | null {
  const total = products.reduce((sum, { pictures }) => sum + pictures.length, 0);
  if (total < LEAST_PICTURES) {
    return `At least ${LEAST_PICTURES} good pictures are needed, and ${total === 0 ? 'none were' : `${total} ${total === 1 ? 'was' : 'were'}`} found; add some, or drop another folder.`;
  }
  const few = products.find(({ pictures }) => pictures.length < LEAST_OF_A_PRODUCT);
  if (!few) return null;
  return `${few.name} has ${few.pictures.length} good pictures, and each product needs at least ${LEAST_OF_A_PRODUCT}; add some, or remove its folder.`;
}
