// MVTec LOCO AD (https://www.mvtec.com/company/research/datasets/mvtec-loco): as MVTec AD, with validation/good, and for
// each defective picture a folder of masks, which together mark its defects: ground_truth/<defect>/<stem>/000.png, 001.png, …
import { join } from 'node:path';
import { MVTEC_LOCO } from '../known.js';
import type { Layout } from '../layout.js';
import { masksInFolders } from '../reading/masks.js';
import { matchSplitTree, type SplitTree } from '../reading/splitTree.js';

const FORM: SplitTree = {
  good: 'good',
  maskRoot: 'ground_truth',
  masks: (kind) => [kind],
  findMasks: masksInFolders,
};
const KINDS = ['logical_anomalies', 'structural_anomalies'];

export const loco: Layout<'loco'> = {
  name: 'loco',
  wanted:
    '<class>/train/good/*.png and, for each <class>/test/<defect>/000.png, <class>/ground_truth/<defect>/000/*.png',
  async find(tree) {
    const match = await matchSplitTree(tree, MVTEC_LOCO.title, FORM, async (folder) => {
      if ((await tree.folders(join(folder, 'test'))).some((kind) => KINDS.includes(kind))) return true;
      const truth = join(folder, 'ground_truth');
      for (const kind of await tree.folders(truth)) {
        if ((await tree.folders(join(truth, kind))).length > 0) return true;
      }
      return false;
    });
    return match && { ...match, known: MVTEC_LOCO };
  },
};
