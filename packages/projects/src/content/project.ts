import type { About, Judged, ModelEntry, Picture, Product, Scale } from './records.js';

/**
 * What a project holds, without bytes. Immutable: a change gives a new one, whose unchanged collections are the same objects.
 * Collections are in the order of adding.
 */
export interface Project extends About {
  readonly id: string;
  /** By name. */
  readonly products: ReadonlyMap<string, Product>;
  /** By id, deleted ones included. */
  readonly pictures: ReadonlyMap<string, Picture>;
  /** By id: the model's history, oldest first. */
  readonly models: ReadonlyMap<string, ModelEntry>;
  /** By id: the last verdict on each judged picture. */
  readonly judged: ReadonlyMap<string, Judged>;
}

/** The pictures in use, of one kind if it is given. */
export function picturesOf({ pictures }: Project, kind?: Picture['kind']): Picture[] {
  return [...pictures.values()].filter((one) => one.deleted === null && (!kind || one.kind === kind));
}

/** Length of a pixel in mm, in a picture that is `width` pixels wide. */
export const mmPerPixel = ({ mm, of }: Scale, width: number): number => (of === 'pixel' ? mm : mm / width);

/** A picture that teaches or tests a model. */
export interface LabelledPicture {
  readonly picture: Picture;
  readonly is: 'good' | 'defective';
  readonly product: string;
  readonly regions: Picture['regions'];
  /** Whether a person labelled it after a verdict: a false alarm or an escape. */
  readonly afterVerdict: boolean;
}

/** The good and defective pictures of known products: the sorted ones and the judged ones that a person labelled. */
export function labelledPictures({ pictures, judged }: Project): LabelledPicture[] {
  const found: LabelledPicture[] = [];
  for (const picture of pictures.values()) {
    if (picture.deleted !== null) continue;
    const verdict = judged.get(picture.id);
    const label = verdict?.label ?? null;
    const product = picture.product ?? verdict?.product ?? null;
    if (product === null) continue;
    if (label) found.push({ picture, is: label.is, product, regions: label.regions, afterVerdict: true });
    else if (picture.kind !== 'judge')
      found.push({ picture, is: picture.kind, product, regions: picture.regions, afterVerdict: false });
  }
  return found;
}

/**
 * What a person has said since a model was trained, and the model does not know: good pictures that it has neither learnt nor been tested on,
 * defective ones that were added or labelled later, and those that it took for good.
 */
export function labelledSince(project: Project, model: ModelEntry): LabelledPicture[] {
  const known = new Set([...model.learnt, ...model.heldBack]);
  return labelledPictures(project).filter(({ picture, is, afterVerdict }) => {
    const label = afterVerdict ? project.judged.get(picture.id)?.label : null;
    const later = (label?.at ?? picture.added) > model.created;
    // of a model that was opened nobody knows what it has learnt
    if (model.from === 'opened') return later;
    return is === 'good' ? !known.has(picture.id) : later || known.has(picture.id);
  });
}

/** The models that are kept, oldest first. */
export const modelsOf = ({ models }: Project): ModelEntry[] =>
  [...models.values()].filter(({ deleted }) => deleted === undefined);

/** The model that judges; undefined before the first. */
export const currentModel = ({ model, models }: Project): ModelEntry | undefined =>
  model === null ? undefined : models.get(model);

/** Bytes of a project's files. */
export interface ProjectSize {
  readonly pictures: number;
  readonly models: number;
  /** Of deleted pictures and models, which `removeForGood` frees. */
  readonly deleted: number;
}

export function sizeOf({ pictures, models }: Project): ProjectSize {
  let [used, deleted, files] = [0, 0, 0];
  for (const one of pictures.values()) {
    if (one.deleted === null) used += one.bytes;
    else deleted += one.bytes;
  }
  for (const one of models.values()) {
    if (one.deleted === undefined) files += one.bytes;
    else deleted += one.bytes;
  }
  return { pictures: used, models: files, deleted };
}
