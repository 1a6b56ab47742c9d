// The colour pictures of MVTec 3D-AD (https://www.mvtec.com/company/research/datasets/mvtec-3d-ad):
//   <class>/{train,validation,test}/<kind>/rgb/000.png    <class>/test/<kind>/gt/000.png    (beside them xyz/000.tiff, not read)
import { join } from 'node:path';
import { MVTEC_3D } from '../known.js';
import type { Layout } from '../layout.js';
import { matchSplitTree, type SplitTree } from '../reading/splitTree.js';

const FORM: SplitTree = { good: 'good', inner: 'rgb', maskRoot: 'test', masks: (kind) => [kind, 'gt'] };

export const mvtec3d: Layout<'mvtec3d'> = {
  name: 'mvtec3d',
  wanted: '<class>/train/good/rgb/*.png and <class>/test/<defect>/{rgb,gt}/*.png',
  async find(tree) {
    const match = await matchSplitTree(tree, MVTEC_3D.title, FORM, async (folder) => {
      for (const split of ['train', 'test']) {
        for (const kind of await tree.folders(join(folder, split))) {
          if ((await tree.folders(join(folder, split, kind))).includes('rgb')) return true;
        }
      }
      return false;
    });
    return match && { ...match, detail: 'colour pictures', skips: ['xyz'], known: MVTEC_3D };
  },
};
