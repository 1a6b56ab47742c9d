// MPDD, painted metal parts (https://github.com/stepanje/MPDD): MVTec AD's layout, recognised by the names of its classes.
import { consistsOf, MPDD } from '../known.js';
import type { Layout } from '../layout.js';
import { MVTEC_FORM } from './mvtec.js';
import { findSplitClasses, matchSplitTree } from '../reading/splitTree.js';

export const mpdd: Layout<'mpdd'> = {
  name: 'mpdd',
  wanted: `MVTec AD's folders for ${Object.keys(MPDD.classes).join(', ')}`,
  async find(tree) {
    const { classes } = await findSplitClasses(tree);
    const match = await matchSplitTree(tree, MPDD.title, MVTEC_FORM, async () => consistsOf(MPDD, classes));
    return match && { ...match, known: MPDD };
  },
};
