import { DataError } from '../errors.js';
import type { Product } from './product.js';
import { bottle } from './products/bottle.js';
import { capsule } from './products/capsule.js';
import { cloth } from './products/cloth.js';
import { mesh } from './products/mesh.js';
import { screw } from './products/screw.js';
import { tile } from './products/tile.js';
import { wood } from './products/wood.js';

const PRODUCTS: readonly Product[] = [bottle, capsule, cloth, mesh, screw, tile, wood];

/** The drawable product classes, in the order of data sets. */
export const syntheticClasses: readonly string[] = PRODUCTS.map((product) => product.name);

/** The product of that name. Throws a `DataError` if there is none. */
export function productOf(className: string): Product {
  const product = PRODUCTS.find((p) => p.name === className);
  if (product) return product;
  throw new DataError(
    `synthetic: className must be one of ${syntheticClasses.join(', ')}, got '${className}'; choose one of these.`,
  );
}

/** The defect types of a class, without 'good'. Throws a `DataError` for an unknown class. */
export function syntheticDefects(className: string): readonly string[] {
  return productOf(className).defects;
}
