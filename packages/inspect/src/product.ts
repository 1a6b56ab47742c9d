import { someOf } from '@pyramid-mamba/data';
import { nearestClass, type ModelInfo } from '@pyramid-mamba/model';
import { PictureError } from './pictureError.js';
import { farFrom, fitDoubts, fitOf } from './fit.js';
import type { ClassSource, NextSteps, ProductHint } from './types.js';

/** The product a picture is judged by, and the doubt about it, if any. */
export interface ChosenClass {
  /** null if the model cannot recognise it. */
  readonly className: string | null;
  readonly classSource: ClassSource | null;
  readonly doubts: readonly string[];
}

/**
 * Chooses the product of a picture: the one given; the model's only one; the one its folder names; otherwise the class with the
 * nearest training features. A picture that looks like another product than the one given or named raises a doubt, and so does one that looks
 * like none. Throws
 * a PictureError for a product that the model was not trained on.
 */
export function chooseClass(
  info: Pick<ModelInfo, 'classes' | 'prototypes' | 'recognition'>,
  hint: ProductHint | undefined,
  feature: Float32Array,
  next: Pick<NextSteps, 'product'>,
): ChosenClass {
  const { classes } = info;
  const chosen = hint === undefined ? undefined : 'given' in hint ? hint.given : hint.folder;
  if (chosen !== undefined && !classes.includes(chosen)) {
    throw new PictureError(
      `the model was not trained on the product "${chosen}"; it was trained on ${someOf(classes)}`,
    );
  }
  const className = chosen ?? (classes.length === 1 ? classes[0]! : nearestOf(info, feature));
  if (className === undefined) {
    return {
      className: null,
      classSource: null,
      doubts: [`the model cannot recognise the product: ${next.product}`],
    };
  }
  const classSource = sourceOf(classes, hint);
  return { className, classSource, doubts: productDoubts(info, className, classSource, feature) };
}

/**
 * The doubts about a picture as one of a product: that it looks like another one, or like none.
 * @param classSource how the product was chosen
 */
export function productDoubts(
  info: Pick<ModelInfo, 'classes' | 'prototypes' | 'recognition'>,
  className: string,
  classSource: ClassSource,
  feature: Float32Array,
): readonly string[] {
  const fit = fitOf(info, feature);
  if (fit !== 'yes') return fitDoubts(fit);
  const looksLike = otherClass(info, className, nearestOf(info, feature), feature);
  return looksLike === undefined ? [] : [OTHER_CLASS[classSource](className, looksLike)];
}

const nearestOf = (
  { classes, prototypes = {} }: Pick<ModelInfo, 'classes' | 'prototypes'>,
  feature: Float32Array,
): string | undefined => (classes.length > 1 ? nearestClass(prototypes, feature) : undefined);

function sourceOf(classes: readonly string[], hint: ProductHint | undefined): ClassSource {
  if (hint !== undefined && 'given' in hint) return 'given';
  if (classes.length === 1) return 'only';
  return hint === undefined ? 'nearest' : 'folder';
}

/** The doubt about a picture that looks like another class than its own, by how its own was chosen. */
const OTHER_CLASS: Readonly<Record<ClassSource, (own: string, other: string) => string>> = {
  given: (own, other) =>
    `the picture looks like ${other}, but it is judged as ${own}: check the chosen product`,
  only: (own, other) => `the picture looks like ${other}, but it is judged as ${own}`,
  folder: (own, other) =>
    `its folder says ${own}, but the picture looks like ${other}: put it in the right folder`,
  nearest: (own, other) =>
    `the picture is nearest to ${own}, but farther from it than its training pictures; it may be ${other}: choose the product`,
};

/** Another class that the picture looks like: the nearest one, or the only ones within whose limit it is. */
function otherClass(
  info: Pick<ModelInfo, 'classes' | 'prototypes' | 'recognition'>,
  className: string,
  nearest: string | undefined,
  feature: Float32Array,
): string | undefined {
  if (nearest !== undefined && nearest !== className) return nearest;
  if (!((farFrom(info, className, feature) ?? 0) > 1)) return undefined;
  return info.classes.find((name) => (farFrom(info, name, feature) ?? Infinity) <= 1);
}
