// What each action changes, by the project as it is when its turn comes.
import type { Change } from '../content/change.js';
import { picturesOf, type Project } from '../content/project.js';
import type { Judged, Label, ModelEntry, Picture, PictureKind, Product, Scale } from '../content/records.js';
import { productSchema } from '../content/records.js';
import { ProjectError } from '../errors.js';

const NO_AREAS = { use: [], ignore: [] };

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** What an action does: its name for people (in the infinitive) and its change. */
export interface Action {
  readonly label: string;
  readonly change: Change;
}

export function needPicture({ pictures, name }: Project, id: string): Picture {
  const found = pictures.get(id);
  if (!found) throw new ProjectError(`the picture ${id.slice(0, 12)} is no longer in ${name}`);
  return found;
}

export function needModel({ models, name }: Project, id: string): ModelEntry {
  const found = models.get(id);
  if (!found) throw new ProjectError(`the model ${id.slice(0, 12)} is no longer in ${name}`);
  return found;
}

function needProduct({ products, name }: Project, product: string): Product {
  const found = products.get(product);
  if (!found) throw new ProjectError(`${name} has no product ${JSON.stringify(product)}`);
  return found;
}

/** @throws ProjectError where a name is empty, too long or blank */
export function checkedName(given: string, what: string): string {
  const name = given.trim();
  if (name === '') throw new ProjectError(`${what} needs a name`);
  const { success } = productSchema.shape.name.safeParse(name);
  if (!success)
    throw new ProjectError(`${what} has a name of ${name.length} characters; expected at most 200`);
  return name;
}

/** Products that pictures name and the project lacks. */
function newProducts({ products }: Project, names: Iterable<string | null>, now: string): Product[] {
  const missing = new Set([...names].filter((name) => name !== null && !products.has(name)));
  return [...missing].map((name) => ({
    name: checkedName(name!, 'a product'),
    created: now,
    areas: NO_AREAS,
  }));
}

export const rename = (name: string): Action => ({
  label: 'rename the project',
  change: { about: { name: checkedName(name, 'a project') } },
});

export function addProduct(project: Project, given: string, now: string): Action & { product: Product } {
  const name = checkedName(given, 'a product');
  if (project.products.has(name)) throw new ProjectError(`${project.name} has a product ${name} already`);
  const product: Product = { name, created: now, areas: NO_AREAS };
  return { label: `add the product ${name}`, change: { put: { products: [product] } }, product };
}

export function renameProduct(project: Project, from: string, given: string): Action {
  const product = needProduct(project, from);
  const to = checkedName(given, 'a product');
  if (to === from) return { label: `rename ${from}`, change: {} };
  if (project.products.has(to)) throw new ProjectError(`${project.name} has a product ${to} already`);
  const pictures = [...project.pictures.values()].filter((one) => one.product === from);
  return {
    label: `rename the product ${from}`,
    change: {
      put: {
        products: [{ ...product, name: to }],
        pictures: pictures.map((one) => ({ ...one, product: to })),
      },
      drop: { products: [from] },
    },
  };
}

export function removeProduct(project: Project, name: string): Action {
  needProduct(project, name);
  const used = picturesOf(project).filter((one) => one.product === name).length;
  if (used > 0) {
    throw new ProjectError(`the product ${name} has ${counted(used, 'picture')}; move or delete them first`);
  }
  const deleted = [...project.pictures.values()].filter((one) => one.product === name);
  return {
    label: `remove the product ${name}`,
    change: {
      put: { pictures: deleted.map((one) => ({ ...one, product: null })) },
      drop: { products: [name] },
    },
  };
}

export const setAreas = (project: Project, product: string, areas: Product['areas']): Action => ({
  label: `change the areas of ${product}`,
  change: { put: { products: [{ ...needProduct(project, product), areas }] } },
});

export function setScale(project: Project, product: string, scale: Scale | null): Action {
  const { scale: _, ...others } = needProduct(project, product);
  return {
    label: `change the scale of ${product}`,
    change: { put: { products: [scale === null ? others : { ...others, scale }] } },
  };
}

/** Pictures whose bytes are stored; those that the project has (a deleted one comes back) are left out by the caller. */
export const addPictures = (project: Project, pictures: readonly Picture[], now: string): Action => ({
  label: `add ${counted(pictures.length, 'picture')}`,
  change: {
    put: {
      products: newProducts(
        project,
        pictures.map((one) => one.product),
        now,
      ),
      pictures,
    },
  },
});

export function movePictures(
  project: Project,
  ids: readonly string[],
  to: { kind?: PictureKind; product?: string | null },
  now: string,
): Action {
  const moved = ids.map((id) => ({ ...needPicture(project, id), ...to }));
  const products = newProducts(project, to.product === undefined ? [] : [to.product], now);
  // what is said by moving is newer than what was said after a verdict
  const judged = ids.flatMap((id) => {
    const one = project.judged.get(id);
    return one?.label && to.kind !== undefined && one.label.is !== to.kind ? [{ ...one, label: null }] : [];
  });
  return {
    label: `move ${counted(ids.length, 'picture')}`,
    change: { put: { products, pictures: moved, judged } },
  };
}

export function markDefects(
  project: Project,
  id: string,
  regions: Picture['regions'],
  mask: string | null | undefined,
): Action {
  const picture = needPicture(project, id);
  const marked = { ...picture, regions, mask: mask === undefined ? picture.mask : mask };
  return { label: `mark the defects of ${picture.name}`, change: { put: { pictures: [marked] } } };
}

export function deletePictures(project: Project, ids: readonly string[], deleted: string | null): Action {
  const pictures = ids.map((id) => ({ ...needPicture(project, id), deleted }));
  const what = deleted === null ? 'restore' : 'delete';
  return { label: `${what} ${counted(ids.length, 'picture')}`, change: { put: { pictures } } };
}

export function forgetDeleted({ pictures, models }: Project): Action {
  const gone = [...pictures.values()].filter((one) => one.deleted !== null).map((one) => one.id);
  const old = [...models.values()].filter((one) => one.deleted !== undefined).map((one) => one.id);
  const what = [
    ...(gone.length > 0 ? [counted(gone.length, 'picture')] : []),
    ...(old.length > 0 ? [counted(old.length, 'model')] : []),
  ];
  return {
    label: `remove ${what.join(' and ')} for good`,
    change: { drop: { pictures: gone, models: old } },
  };
}

export function recordVerdicts({ judged }: Project, verdicts: readonly Omit<Judged, 'label'>[]): Action {
  const records = verdicts.map((one): Judged => ({ ...one, label: judged.get(one.id)?.label ?? null }));
  return { label: `judge ${counted(records.length, 'picture')}`, change: { put: { judged: records } } };
}

export function label(
  project: Project,
  id: string,
  given: Omit<Label, 'at' | 'was'> | null,
  now: string,
): Action {
  const judged = project.judged.get(id);
  if (!judged)
    throw new ProjectError(`the picture ${id.slice(0, 12)} has no verdict that could be corrected`);
  const said = given === null ? 'take the label back' : `say that ${judged.name} is ${given.is}`;
  // a camera's frame may not be stored
  const picture = project.pictures.get(id);
  const was = judged.label?.was ?? picture?.kind;
  const kind = given?.is ?? judged.label?.was;
  return {
    label: said,
    change: {
      put: {
        judged: [{ ...judged, label: given && { ...given, at: now, ...(was && { was }) } }],
        ...(picture &&
          kind && { pictures: [{ ...picture, kind, product: picture.product ?? judged.product }] }),
      },
    },
  };
}

export function removeVerdicts({ judged }: Project, ids: readonly string[] = [...judged.keys()]): Action {
  const present = ids.filter((id) => judged.has(id));
  return { label: `remove ${counted(present.length, 'verdict')}`, change: { drop: { judged: present } } };
}

export function addModel({ models }: Project, entry: ModelEntry): Action {
  const known = models.get(entry.id);
  return using(known ?? entry, known === undefined);
}

/** A deleted one comes back by using it. */
function using({ deleted, ...entry }: ModelEntry, isNew: boolean): Action {
  return {
    label: `use the model ${entry.name}`,
    change: { about: { model: entry.id }, ...(isNew || deleted ? { put: { models: [entry] } } : {}) },
  };
}

export const useModel = (project: Project, id: string): Action => using(needModel(project, id), false);

/** @param at when they are deleted; null: they are restored */
export function deleteModels(project: Project, ids: readonly string[], at: string | null): Action {
  const models = ids.map((id): ModelEntry => {
    const { deleted: _, ...entry } = needModel(project, id);
    if (at !== null && project.model === id) {
      throw new ProjectError(`${entry.name} is the model in use; choose another one before deleting it`);
    }
    return at === null ? entry : { ...entry, deleted: at };
  });
  return {
    label: `${at === null ? 'restore' : 'delete'} ${counted(ids.length, 'model')}`,
    change: { put: { models } },
  };
}

export const setThresholds = (
  project: Project,
  id: string,
  thresholds: ModelEntry['thresholds'],
): Action => ({
  label: 'change thresholds',
  change: { put: { models: [{ ...needModel(project, id), thresholds }] } },
});
