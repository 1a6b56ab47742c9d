// What a folder holds, by its name.
import { fold, wordsOf } from './fold.js';
import {
  ANNOTATIONS,
  BAD,
  GOOD,
  KIND,
  MASKS,
  MAYBE_BAD,
  MAYBE_GOOD,
  NEUTRAL,
  PICTURES,
  TEST,
  TRAIN,
  UNCLEAR,
  VALIDATION,
} from './words.js';

export type Split = 'train' | 'validation' | 'test';

/** `kind` is a kind of defect; `maybe-…` holds only beside a folder of the other sort; `unclear` may be either. */
export type Content =
  'good' | 'bad' | 'maybe-good' | 'maybe-bad' | 'kind' | 'unclear' | 'masks' | 'pictures' | undefined;

/** What a name says of a folder. */
export interface Role {
  content: Content;
  /** The split it is named for: `train2017`, `test_good`. */
  split: Split | undefined;
}

const CONTENTS = [
  ['good', GOOD],
  ['bad', BAD],
  ['masks', MASKS],
  ['unclear', UNCLEAR],
  ['maybe-good', MAYBE_GOOD],
  ['maybe-bad', MAYBE_BAD],
  ['kind', KIND],
  ['pictures', PICTURES],
] as const satisfies readonly (readonly [Content, ReadonlySet<string>])[];

const SPLITS = [
  ['train', TRAIN],
  ['validation', VALIDATION],
  ['test', TEST],
] as const;

const contentOf = (folded: string): Content => CONTENTS.find(([, words]) => words.has(folded))?.[0];

/** The split that a word names. */
const splitOf = (word: string): Split | undefined => SPLITS.find(([, words]) => words.has(word))?.[0];

const isNumber = (word: string) => /^\p{N}+$/u.test(word);
const isYear = (word: string) => /^20\d\d$/.test(word);

/** Words are joined before they are looked up, so that `not_ok` is not `ok`. */
function roleOfName(name: string): Role {
  const whole = contentOf(fold(name));
  if (whole !== undefined) return { content: whole, split: undefined };
  const words = wordsOf(name);
  const split = words.map(splitOf).find((found) => found !== undefined);
  const onlySplit = words.every((word) => splitOf(word) !== undefined || isYear(word));
  if (split !== undefined && (onlySplit || splitOf(fold(name)) !== undefined))
    return { content: undefined, split };
  const rest = words.filter((word) => splitOf(word) === undefined && !isNumber(word));
  const bare = rest.filter((word) => !NEUTRAL.has(word));
  const said = bare.filter((word) => !PICTURES.has(word));
  for (const part of [rest, bare, said]) {
    const content = part.length > 0 ? contentOf(part.join('')) : undefined;
    if (content !== undefined) return { content, split };
  }
  return { content: undefined, split: undefined };
}

const known = new Map<string, Role>();
const MOST_KNOWN = 10_000;

/** What a folder's name says of its content. Case, accents, separators and the form of Unicode do not matter. */
export function roleOf(name: string): Role {
  const found = known.get(name);
  if (found) return found;
  const role = roleOfName(name);
  if (known.size < MOST_KNOWN) known.set(name, role);
  return role;
}

/** Whether a folder is one split of a data set: `train`, `Testing`, `val2017`. */
export const namesSplit = (name: string): Split | undefined => {
  const { content, split } = roleOf(name);
  return content === undefined ? split : undefined;
};

/** The folders of the one split among `names`. */
export const ofSplit = (names: readonly string[], split: Split): string[] =>
  names.filter((name) => namesSplit(name) === split);

/** Whether a folder is one that annotation programs write. */
export const namesAnnotations = (name: string): boolean => ANNOTATIONS.has(fold(name));

/** Good and defective folders among the folders of one product; undefined where no folder is known to be good. */
export interface GoodAndBad {
  good: string[];
  bad: string[];
  /** Folders called by a kind of defect, which stand beside good ones without a folder of defective ones around them. */
  kinds: string[];
}

/** Sorts the folders of a product into good and defective ones. */
export function goodAndBad(names: readonly string[]): GoodAndBad {
  const of = (content: Content) => names.filter((name) => roleOf(name).content === content);
  const [sureGood, sureBad, kinds] = [of('good'), of('bad'), of('kind')];
  // a weak word counts where the other side is certain
  const needsWeak = sureGood.length === 0 && (sureBad.length > 0 || kinds.length > 0);
  const good = needsWeak ? of('maybe-good') : sureGood;
  const bad = good.length > 0 ? [...sureBad, ...of('maybe-bad')] : sureBad;
  if (good.length === 0 && sureBad.length === 0) {
    // two weak words stand for each other: `clean/` and `dirty/`
    const [weakGood, weakBad] = [of('maybe-good'), of('maybe-bad')];
    if (weakGood.length > 0 && weakBad.length > 0) return { good: weakGood, bad: weakBad, kinds };
  }
  return { good, bad, kinds };
}
