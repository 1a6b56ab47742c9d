// Areas as a JSON file: for all products, or by product.
import { someOf } from '@pyramid-mamba/data';
import { areaMask } from '@pyramid-mamba/inspect';
import { productAreasSchema, type ProductAreas } from '@pyramid-mamba/model';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { readUserFile } from '../weights/encoderSource.js';

/** The areas of every product, or of those named. */
export type GivenAreas = { all: ProductAreas } | { by: Record<string, ProductAreas> };

const EXPECTED = 'expected polygons of at least three corners [x, y], each from 0 to 1';

/**
 * Reads `{"use": […], "ignore": […]}`, or the same by product, `{"bottle": {"use": […]}, …}`. Throws a UserError, which names the option, for a
 * file that is damaged, or leaves nothing to judge.
 */
export async function readAreas(path: string, option: string): Promise<GivenAreas> {
  const text = new TextDecoder().decode(await readUserFile(path, option));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(
      `${option}: ${path} is not JSON (${(error as Error).message}); write {"use": [], "ignore": []}`,
      { cause: error },
    );
  }
  const given = isByProduct(value)
    ? { by: parsed(z.record(z.string(), productAreasSchema), value, `${option}: ${path}`) }
    : { all: parsed(productAreasSchema, value, `${option}: ${path}`) };
  for (const areas of 'all' in given ? [given.all] : Object.values(given.by))
    if (judgesNothing(areas))
      throw new UserError(
        `${option}: the areas of ${path} leave nothing of the picture to judge; make them larger or remove one`,
      );
  return given;
}

/** The areas of each of these classes that has any. Throws a UserError for areas of another class. */
export function areasOfClasses(
  given: GivenAreas,
  classes: readonly string[],
  option: string,
): Record<string, ProductAreas> {
  if ('all' in given) return Object.fromEntries(classes.map((name) => [name, given.all]));
  const own = Object.entries(given.by).map(([name, areas]) => [name.normalize('NFC'), areas] as const);
  const strange = own.find(([name]) => !classes.includes(name));
  if (strange)
    throw new UserError(
      `${option}: there is no product "${strange[0]}"; the products are ${someOf(classes)}`,
    );
  return Object.fromEntries(own);
}

/** Objects by product are no lists; a product may be called `use`. */
const isByProduct = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length > 0 &&
  Object.values(value).every((one) => typeof one === 'object' && one !== null && !Array.isArray(one));

function parsed<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const { path, message } = found.error.issues[0]!;
  throw new UserError(`${where}: ${path.length > 0 ? `${path.join('.')}: ` : ''}${message}; ${EXPECTED}`);
}

/** Fine enough for areas that any input would see. */
const judgesNothing = (areas: ProductAreas): boolean =>
  areaMask(areas, { width: 512, height: 512 })?.every((one) => one === 0) === true;
