export { drawDefect } from './draw.js';
export {
  DEFECT_CONTRASTS,
  DEFECT_KINDS,
  DEFECT_MIN_SIDE,
  DEFECT_SIZES,
  DEFECTS_VERSION,
  type DefectKind,
  type DefectRecipe,
  type DrawnDefect,
} from './kinds.js';
export { productPart, type ProductPart } from './product.js';
