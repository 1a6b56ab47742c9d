import { btad } from './published/btad.js';
import { flat } from './folders/flat.js';
import { goodBad } from './folders/goodBad.js';
import { imagesMasks } from './folders/imagesMasks.js';
import { loco } from './published/loco.js';
import { mpdd } from './published/mpdd.js';
import { mvtec } from './published/mvtec.js';
import { mvtec3d } from './published/mvtec3d.js';
import { products } from './folders/products.js';
import { realIad } from './published/realIad.js';
import { visa } from './published/visa.js';
import { visaPrepared } from './published/visaPrepared.js';

/** All layouts, in the order in which they are tried: distinctive ones before those they could be mistaken for. */
export const LAYOUTS = [
  realIad,
  visa,
  loco,
  mvtec3d,
  btad,
  visaPrepared,
  mpdd,
  mvtec,
  goodBad,
  imagesMasks,
  products,
  flat,
] as const;

export type LayoutName = (typeof LAYOUTS)[number]['name'];

/** The names of the layouts. */
export const LAYOUT_NAMES: readonly LayoutName[] = LAYOUTS.map(({ name }) => name);
