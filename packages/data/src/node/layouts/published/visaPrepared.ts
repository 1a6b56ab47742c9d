// VisA as its owners' script (https://github.com/amazon-science/spot-diff) rearranges it: MVTec AD's layout with one defect
// type, `bad`, recognised by the names of its classes. A mask has its picture's name, and holds the numbers of defects.
import { consistsOf, VISA } from '../known.js';
import type { Layout } from '../layout.js';
import { MVTEC_FORM } from './mvtec.js';
import { findSplitClasses, matchSplitTree } from '../reading/splitTree.js';

export const visaPrepared: Layout<'visa-prepared'> = {
  name: 'visa-prepared',
  wanted:
    '<class>/train/good/*, <class>/test/{good,bad}/* and <class>/ground_truth/bad/* for the classes of VisA',
  async find(tree) {
    const { classes } = await findSplitClasses(tree);
    const match = await matchSplitTree(tree, VISA.title, MVTEC_FORM, async () => consistsOf(VISA, classes));
    return match && { ...match, detail: 'prepared form', known: VISA };
  },
};
