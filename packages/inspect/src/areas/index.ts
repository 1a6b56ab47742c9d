export { areaMask, inPolygon, NO_AREAS, sharedMask, type Areas, type Polygon } from './areas.js';
export {
  judgedPart,
  judgedWithin,
  maskOf,
  productWithin,
  thinnedPart,
  type JudgedPart,
  type ProductsAreas,
} from './judgedPart.js';
export { withAreas } from './withAreas.js';
export { isWithin } from './within.js';
