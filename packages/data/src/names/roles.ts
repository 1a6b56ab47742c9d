// The role of a folder, by its name.
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
  WEAK_PAIRS,
  negatesGood,
} from './words.js';

export type Split = 'train' | 'validation' | 'test';

/** `kind` is a defect type; `maybe-…` applies only beside a folder of the opposite role; `unclear` may be either. */
export type Content =
  | 'good'
  | 'bad'
  | 'maybe-good'
  | 'maybe-bad'
  | 'kind'
  | 'unclear'
  | 'masks'
  | 'pictures'
  | undefined;

/** The meaning of a folder's name. */
export interface Role {
  content: Content;
  /** The split in its name: `train2017`, `test_good`. */
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

const contentOf = (folded: string): Content =>
  CONTENTS.find(([, words]) => words.has(folded))?.[0] ?? (negatesGood(folded) ? 'bad' : undefined);

/** The split that a word means. */
const splitOf = (word: string): Split | undefined => SPLITS.find(([, words]) => words.has(word))?.[0];

/** A number without meaning: a count, an index, a year, a date; others may be a part of a product's name, `NG-4711`. */
const isIndex = (word: string) => /^(\p{N}{1,2}|(19|20)\p{N}\p{N}|\p{N}{6,})$/u.test(word);

/** Folded, without filler words that are joined to a meaningful one: `goodparts`, `bilderio`. */
function core(folded: string): Content {
  for (const filler of FILLERS) {
    if (folded.length <= filler.length) continue;
    const rest = folded.endsWith(filler)
      ? folded.slice(0, -filler.length)
      : folded.startsWith(filler)
        ? folded.slice(filler.length)
        : '';
    const content = rest === '' ? undefined : contentOf(rest);
    if (content !== undefined) return content;
  }
  return undefined;
}

/** Shorter fillers could be the ends of other words. */
const SHORTEST = 4;
const FILLERS = [...NEUTRAL, ...PICTURES].filter((word) => word.length >= SHORTEST);

/** Words are joined before they are looked up, so that `not_ok` is not `ok`. */
function roleOfName(name: string): Role {
  const folded = fold(name);
  const whole = contentOf(folded);
  if (whole !== undefined) return { content: whole, split: undefined };
  const words = wordsOf(name);
  const split = words.map(splitOf).find((found) => found !== undefined);
  const onlySplit = words.every((word) => splitOf(word) !== undefined || isIndex(word));
  if (split !== undefined && (onlySplit || splitOf(folded) !== undefined))
    return { content: undefined, split };
  const rest = words.filter((word) => splitOf(word) === undefined && !isIndex(word));
  const bare = rest.filter((word) => !NEUTRAL.has(word));
  const said = bare.filter((word) => !PICTURES.has(word));
  for (const part of [rest, bare, said]) {
    const content = part.length > 0 ? contentOf(part.join('')) : undefined;
    if (content !== undefined) return { content, split };
  }
  if (said.length > 0 && said.every((word) => MASKS.has(word))) return { content: 'masks', split };
  const joined = core(folded);
  return joined === undefined ? { content: undefined, split: undefined } : { content: joined, split };
}

const known = new Map<string, Role>();
const MOST_KNOWN = 10_000;

/** The role of a folder by its name, ignoring case, accents, separators and the Unicode form. */
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

/** Good and defective folders among the folders of one product; undefined if no folder is known to be good. */
export interface GoodAndBad {
  good: string[];
  bad: string[];
  /** Folders named after a defect type, beside good ones without a common folder of defective ones. */
  kinds: string[];
}

/** Sorts the folders of a product into good and defective ones. */
export function goodAndBad(names: readonly string[]): GoodAndBad {
  const of = (content: Content) => names.filter((name) => roleOf(name).content === content);
  const [sureGood, sureBad, kinds] = [of('good'), of('bad'), of('kind')];
  // a weak word counts only if the other side is certain
  const needsWeak = sureGood.length === 0 && (sureBad.length > 0 || kinds.length > 0);
  const good = needsWeak ? of('maybe-good') : sureGood;
  const bad = good.length > 0 ? [...sureBad, ...of('maybe-bad')] : sureBad;
  if (good.length === 0 && sureBad.length === 0) {
    const folded = new Map(names.map((name) => [fold(name), name]));
    const pair = WEAK_PAIRS.find((words) => words.every((word) => folded.has(word)));
    if (pair) return { good: [folded.get(pair[0])!], bad: [folded.get(pair[1])!], kinds };
  }
  return { good, bad, kinds };
}
