// MVTec AD's layout (https://www.mvtec.com/company/research/datasets/mvtec-ad): one folder per product class, in it
//   train/good/000.png    test/good/000.png    test/<defect>/000.png    ground_truth/<defect>/000_mask.png
import { consistsOf, looksLike, MVTEC_AD } from '../known.js';
import type { Layout } from '../layout.js';
import { findSplitClasses, isSplit, matchSplitTree, type SplitTree } from '../reading/splitTree.js';

/** The layout that MVTec AD shares with MPDD and the prepared VisA. */
export const MVTEC_FORM: SplitTree = { good: 'good', maskRoot: 'ground_truth', masks: (kind) => [kind] };

export const mvtec: Layout<'mvtec'> = {
  name: 'mvtec',
  wanted:
    '<class>/train/good/*.png, <class>/test/<defect>/*.png and <class>/ground_truth/<defect>/*_mask.png',
  async find(tree) {
    const { classes } = await findSplitClasses(tree);
    const known = consistsOf(MVTEC_AD, classes);
    const match = await matchSplitTree(
      tree,
      known ? MVTEC_AD.title : "MVTec AD's layout",
      MVTEC_FORM,
      (folder) => isSplit(tree, folder),
    );
    return match && looksLike(MVTEC_AD, classes) ? { ...match, known: MVTEC_AD } : match;
  },
};
