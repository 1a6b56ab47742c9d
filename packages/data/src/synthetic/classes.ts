import { DataError } from '../errors.js';
import type { Product } from './product.js';
import { bottle } from './products/bottle.js';
import { capsule } from './products/capsule.js';
import { cloth } from './products/cloth.js';
import { mesh } from './products/mesh.js';
import { screw } from './products/screw.js';
import { tile } from './products/tile.js';
import { wood } from './products/wood.js';
import { variantNamed, variantNames, variantOf } from './variants.js';

const PRODUCTS: readonly Product[] = [bottle, capsule, cloth, mesh, screw, tile, wood];

/** The drawable product classes, in the order of data sets. */
export const syntheticClasses: readonly string[] = PRODUCTS.map((product) => product.name);

/** The names of `count` drawable products, an integer >= 0: variants of the classes in colour and proportions, `bottle-1`, `capsule-1`, … */
export const syntheticVariants = (count: number): string[] => variantNames(syntheticClasses, count);

/** The product of that name: a class, or a variant of one such as `tile-17`. Throws a `DataError` if there is none. */
export function productOf(className: string): Product {
  const variant = variantNamed(className);
  const base = variant?.base ?? className;
  const product = PRODUCTS.find((p) => p.name === base);
  if (product) return variant ? variantOf(product, className) : product;
  throw new DataError(
    `synthetic: className must be one of ${syntheticClasses.join(', ')}, or one of these with a number, such as tile-17, ` +
      `got '${className}'; choose one of these.`,
  );
}

/** The defect types of a class, without 'good'. Throws a `DataError` for an unknown class. */
export function syntheticDefects(className: string): readonly string[] {
  return productOf(className).defects;
}
