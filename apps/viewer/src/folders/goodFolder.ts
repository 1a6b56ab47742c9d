import { goodAndBad, halvesOfPairs, isIgnored, kindOfName, roleOf, suffixOf } from '@pyramid-mamba/data';
import { NAMED_DEFECTIVE, namedOtherwise, THEY_ARE_MASKS } from './namedOtherwise.js';

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

/** A picture of a folder, by the names of the folders it is in. */
export interface SortedPicture<T> {
  /** Path below the product's, after the product's name. */
  readonly id: string;
  readonly file: T;
  readonly product: string;
  /** `unclear` where the names do not say it; `mask` where it is no picture of a product. */
  readonly is: 'good' | 'defective' | 'unclear' | 'mask';
  /** Whether it is for training by its folders; others only test. */
  readonly trains: boolean;
  /** Why it is not trained on, and the folder of which this is said. */
  readonly why: string;
  readonly folder: string;
}

/** Every picture of a folder, and sentences on files that are none for a browser. */
export interface SortedFolder<T> {
  readonly pictures: readonly SortedPicture<T>[];
  readonly left: readonly string[];
}

/** What pictures in folders of these roles are, below a product's. */
function contentOf(below: readonly Kind[]): SortedPicture<never>['is'] {
  if (below.includes('masks')) return 'mask';
  if (below.includes('bad')) return 'defective';
  return below.includes('good') ? 'good' : 'unclear';
}

/**
 * Sorts the pictures of a folder named `name`. Its products are its sub-folders, or the folder itself if pictures, or good/ and train/, are
 * directly in it. The good pictures of a product are in its folder, in good/, in train/ or in train/good/, by any known word in any language.
 */
export function sortedFolder<T>(name: string, files: readonly FoundFile<T>[]): SortedFolder<T> {
  const sorted: SortedPicture<T>[] = [];
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
    const own = `${parts.slice(0, -1).join('/')}/`;
    const above = parts.length === 1 ? 'the folder itself' : own;
    const product = single ? name : (parts[0] ?? '');
    const below = single ? along : along.slice(1);
    const id = [product, ...(single ? parts : parts.slice(1))].join('/');
    const one = { id, file, product };
    if (!single && along[0] !== 'product') {
      const isOther = along.includes('bad') || along.includes('masks');
      const folder = along.length === 0 ? 'the folder itself' : own;
      const is = along.includes('masks') ? 'mask' : 'unclear';
      sorted.push({ ...one, is, trains: false, why: isOther ? reason(along) : EACH_ITS_OWN, folder });
    } else if (isGood(below)) {
      const why = otherwise(parts, below.includes('good'));
      if (why === undefined) sorted.push({ ...one, is: 'good', trains: true, why: '', folder: above });
      else {
        const is = why === THEY_ARE_MASKS ? 'mask' : why === NAMED_DEFECTIVE ? 'defective' : 'unclear';
        sorted.push({ ...one, is, trains: false, why, folder: above });
      }
    } else sorted.push({ ...one, is: contentOf(below), trains: false, why: reason(below), folder: own });
  }
  const others = all
    .map(({ parts }) => parts.at(-1)!)
    .filter((file) => pictureByName(file) === 'not-read')
    .map(suffixOf);
  return { pictures: sorted, left: others.length > 0 ? [formatsLine(others)] : [] };
}

/** What is left out and why, a sentence per folder and reason. */
export function leftOutOf(pictures: readonly Pick<SortedPicture<unknown>, 'folder' | 'why'>[]): string[] {
  const leftOut = new Map<string, { folder: string; count: number; why: string }>();
  for (const { folder, why } of pictures) {
    const key = `${folder}\n${why}`;
    const entry = leftOut.get(key) ?? { folder, count: 0, why };
    leftOut.set(key, { ...entry, count: entry.count + 1 });
  }
  return [...leftOut.values()].map(
    ({ folder, count, why }) =>
      `${count} ${count === 1 ? 'picture' : 'pictures'} of ${folder} ${count === 1 ? 'is' : 'are'} not used: ${why}.`,
  );
}

/** The products of a folder and their good pictures for training, see `sortedFolder`. */
export function goodFolder<T>(name: string, files: readonly FoundFile<T>[]): GoodFolder<T> {
  const { pictures, left } = sortedFolder(name, files);
  const products = new Map<string, { id: string; file: T }[]>();
  for (const { id, file, product, trains } of pictures) {
    if (!trains) continue;
    const list = products.get(product) ?? [];
    list.push({ id, file });
    products.set(product, list);
  }
  return {
    products: [...products].map(([product, list]) => ({ name: product, pictures: list })),
    left: [...leftOutOf(pictures.filter(({ trains }) => !trains)), ...left],
  };
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
export function whyNot(
  products: readonly { readonly name: string; readonly pictures: readonly unknown[] }[],
): string | null {
  const total = products.reduce((sum, { pictures }) => sum + pictures.length, 0);
  if (total < LEAST_PICTURES) {
    return `At least ${LEAST_PICTURES} good pictures are needed, and ${total === 0 ? 'none were' : `${total} ${total === 1 ? 'was' : 'were'}`} found; add some, or drop another folder.`;
  }
  const few = products.find(({ pictures }) => pictures.length < LEAST_OF_A_PRODUCT);
  if (!few) return null;
  return `${few.name} has ${few.pictures.length} good pictures, and each product needs at least ${LEAST_OF_A_PRODUCT}; add some, or remove its folder.`;
}
