import { btad } from './btad.js';
import { flat } from './flat.js';
import { goodBad } from './goodBad.js';
import { imagesMasks } from './imagesMasks.js';
import { loco } from './loco.js';
import { mpdd } from './mpdd.js';
import { mvtec } from './mvtec.js';
import { mvtec3d } from './mvtec3d.js';
import { products } from './products.js';
import { realIad } from './realIad.js';
import { visa } from './visa.js';
import { visaPrepared } from './visaPrepared.js';

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
