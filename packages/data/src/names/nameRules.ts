// What names alone say of pictures and folders that are not known to be good. Used in browsers too: no file system here.
import { fold, wordsOf } from './fold.js';
import { BAD, GOOD, KIND, MASKS, meansBad, negatesGood } from './words.js';

const isGoodWord = (folded: string) => GOOD.has(folded);
const isMaskWord = (folded: string) => MASKS.has(folded);

/** A word for good or bad at an end of a name, and the rest of the name. */
function ending(
  name: string,
  isWord: (folded: string) => boolean,
): { word: string; rest: string } | undefined {
  const all = wordsOf(name);
  for (let length = Math.min(3, all.length - 1); length > 0; length--) {
    const [head, tail] = [all.slice(0, length).join(''), all.slice(-length).join('')];
    if (isWord(tail)) return { word: tail, rest: all.slice(0, -length).join('') };
    if (isWord(head)) return { word: head, rest: all.slice(length).join('') };
  }
  return undefined;
}

/** Shorter words may be a part of a product's name: `NG-4711`. */
const LONG = 5;

/**
 * The folders among siblings that are one half of a product: `screw_bad` beside `screw_good`, `screw_masks` beside `screw`; and
 * those whose names end in a word for defects.
 */
export function halvesOfPairs(names: readonly string[]): ReadonlyMap<string, 'masks' | 'bad'> {
  const plain = new Set(names.flatMap((name) => [fold(name), ending(name, isGoodWord)?.rest ?? '']));
  const halves = new Map<string, 'masks' | 'bad'>();
  for (const name of names) {
    const marks = ending(name, isMaskWord);
    const bad = ending(name, meansBad);
    if (marks && plain.has(marks.rest)) halves.set(name, 'masks');
    else if (bad && (plain.has(bad.rest) || bad.word.length >= LONG || negatesGood(bad.word)))
      halves.set(name, 'bad');
  }
  return halves;
}

/** Whether the words of a file's name mean good or bad, or neither. */
function saidOf(stem: string): 'good' | 'bad' | 'kind' | undefined {
  const words = wordsOf(stem)
    .map((word, at) => ({ word, at }))
    .filter(({ word }) => !/^\p{N}+$/u.test(word));
  let said: 'good' | 'bad' | 'kind' | undefined;
  for (let i = 0; i < words.length; i++) {
    // the longest first: `not ok` before `ok`
    for (const length of [3, 2, 1]) {
      const some = words.slice(i, i + length);
      if (some.length < length) continue;
      const text = some.map(({ word }) => word).join('');
      // `no 5 ok` is number 5
      const isUnbroken = some.at(-1)!.at - some[0]!.at === length - 1;
      if (BAD.has(text) || (isUnbroken && negatesGood(text))) return 'bad';
      if (GOOD.has(text)) {
        said = 'good';
        i += length - 1;
        break;
      }
      if (KIND.has(text)) said ??= 'kind';
    }
  }
  return said;
}

/** The names, without suffix, of the pictures in one folder that are named like defective ones. */
export function defectiveByName(stems: readonly string[]): ReadonlySet<string> {
  const said = new Map(stems.map((stem) => [stem, saidOf(stem)]));
  const hasGood = [...said.values()].includes('good');
  return new Set(stems.filter((stem) => said.get(stem) === 'bad' || (hasGood && said.get(stem) === 'kind')));
}

/** List files of exports: COCO, Roboflow, YOLO, darknet, CVAT, VGG (VIA), Label Studio. */
const LISTS =
  /^(_annotations.*|_classes\.csv|_darknet\.labels|.*\.coco\.json|(instances|person_keypoints|captions|stuff|panoptic)_.*\.json|obj\.(names|data)|classes\.txt|(data|dataset|coco\d*|voc)\.ya?ml|annotations?\.(xml|json|csv|txt)|labels?\.(csv|json|txt)|labelmap\.(txt|pbtxt)|via_.*\.(json|csv)|.*\.tfrecord|result\.json|_annotations)$/i;

/** Whether a file is the list of an annotation program's export. */
export const isAnnotationList = (name: string): boolean => LISTS.test(name);
