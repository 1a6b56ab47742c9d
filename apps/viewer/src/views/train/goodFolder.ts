/** A file of a folder: its path below the folder, parts joined by '/'. */
export interface FoundFile<T> {
  readonly path: string;
  readonly file: T;
}

/** What a folder holds to be trained on, and what was left out and why, a sentence each. */
export interface GoodFolder<T> {
  readonly products: { name: string; pictures: { id: string; file: T }[] }[];
  readonly left: string[];
}

/** A training needs at least so many good pictures in all, and of each product. */
export const LEAST_PICTURES = 20;
export const LEAST_OF_A_PRODUCT = 8;

const PICTURE = /\.(png|jpe?g|webp|bmp|gif)$/i;
const GOOD = /^(good|ok)$/i;
const TRAIN = /^(train|training)$/i;
const TEST = /^(test|testing|validation|val)$/i;
const BAD = /^(bad|ng|ko|defect|defects|defective|anomaly|anomalous)$/i;
const MASKS = /^(masks?|ground_truth|gt|labels?|annotations?)$/i;

/** Which folder below a product's, if any, its good pictures may lie in. */
function isGood(below: readonly string[]): boolean {
  if (below.length === 0) return true;
  if (below.length === 1) return GOOD.test(below[0]!) || TRAIN.test(below[0]!);
  return below.length === 2 && TRAIN.test(below[0]!) && GOOD.test(below[1]!);
}

/** Why pictures of a folder below a product's are not trained on. */
function reason(below: readonly string[]): string {
  if (below.some((name) => BAD.test(name))) return 'a model learns from good pictures alone';
  if (below.some((name) => MASKS.test(name))) return 'they are masks, not pictures';
  if (below.some((name) => TEST.test(name))) return 'they are there to test with';
  return 'nothing says that they are good; put them into good/ or beside the others';
}

/** How names with numbers are ordered by people. */
const order = new Intl.Collator('en', { numeric: true });

/**
 * The products of a folder named `name`: its sub-folders, or the folder itself where pictures, or good/ and train/, lie right in
 * it. Of a product those pictures are good that lie in its folder, in good/ or ok/, in train/ or in train/good/.
 */
export function goodFolder<T>(name: string, files: readonly FoundFile<T>[]): GoodFolder<T> {
  const products = new Map<string, { id: string; file: T }[]>();
  const leftOut = new Map<string, { count: number; why: string }>();
  const leave = (folder: string, why: string) => {
    const entry = leftOut.get(folder) ?? { count: 0, why };
    leftOut.set(folder, { ...entry, count: entry.count + 1 });
  };
  const pictures = files
    .filter(({ path }) => PICTURE.test(path) && !path.split('/').some((part) => part.startsWith('.')))
    .sort((a, b) => order.compare(a.path, b.path));
  const tiffs = files.filter(({ path }) => /\.tiff?$/i.test(path)).length;
  const folders = pictures.map(({ path }) => path.split('/').slice(0, -1));
  // one product: its pictures lie in the folder itself, or in folders whose names say what kind they are
  const kind = (part: string) => [GOOD, TRAIN, TEST, BAD, MASKS].some((one) => one.test(part));
  const single = folders.every((parts) => parts.length === 0 || kind(parts[0]!));
  const several = folders.some((parts) => parts.length > 0 && !kind(parts[0]!));
  for (const [i, { path, file }] of pictures.entries()) {
    const parts = folders[i]!;
    const product = single ? name : (parts[0] ?? '');
    const below = single ? parts : parts.slice(1);
    const folder = `${parts.join('/')}/`;
    if (!single && (parts.length === 0 || kind(product))) {
      leave(
        parts.length === 0 ? 'the folder itself' : folder,
        several ? 'each product has a folder of its own here' : reason(parts),
      );
    } else if (isGood(below)) {
      const list = products.get(product) ?? [];
      list.push({ id: `${product}/${[...below, path.split('/').at(-1)!].join('/')}`, file });
      products.set(product, list);
    } else leave(folder, reason(below));
  }
  const left = [...leftOut].map(
    ([folder, { count, why }]) =>
      `${count} ${count === 1 ? 'picture' : 'pictures'} of ${folder} ${count === 1 ? 'is' : 'are'} not used: ${why}.`,
  );
  if (tiffs > 0) left.push(`${tiffs} TIFF files are not used: browsers do not show them; save them as PNG.`);
  return { products: [...products].map(([product, list]) => ({ name: product, pictures: list })), left };
}

/** Why these products cannot be trained on, in a sentence, or null where they can. */
export function whyNot(products: GoodFolder<unknown>['products']): string | null {
  const total = products.reduce((sum, { pictures }) => sum + pictures.length, 0);
  if (total < LEAST_PICTURES) {
    return `At least ${LEAST_PICTURES} good pictures are needed, and ${total === 0 ? 'none were' : `${total} ${total === 1 ? 'was' : 'were'}`} found; add some, or drop another folder.`;
  }
  const few = products.find(({ pictures }) => pictures.length < LEAST_OF_A_PRODUCT);
  if (!few) return null;
  return `${few.name} has ${few.pictures.length} good pictures, and each product needs at least ${LEAST_OF_A_PRODUCT}; add some, or take its folder out.`;
}
