// BTAD (https://avires.dimi.uniud.it/papers/btad/btad.zip): as MVTec AD, with `ok` for good and `ko` for defective; pictures
// and masks are BMP or PNG by class, and a mask has its picture's name.
import { basename, join } from 'node:path';
import { BTAD } from '../known.js';
import type { Layout } from '../layout.js';
import { matchSplitTree, type SplitTree } from '../reading/splitTree.js';

const FORM: SplitTree = { good: 'ok', maskRoot: 'ground_truth', masks: (kind) => [kind] };

export const btad: Layout<'btad'> = {
  name: 'btad',
  wanted: '<class>/train/ok/*, <class>/test/{ok,ko}/* and <class>/ground_truth/ko/*',
  async find(tree) {
    const match = await matchSplitTree(tree, BTAD.title, FORM, async (folder) => {
      const train = await tree.folders(join(folder, 'train'));
      const test = await tree.folders(join(folder, 'test'));
      const named = Object.hasOwn(BTAD.classes, basename(folder));
      return !train.includes('good') && (test.includes('ko') || (named && train.includes('ok')));
    });
    return match && { ...match, known: BTAD };
  },
};
