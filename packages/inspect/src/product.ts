import { nearestClass, type ModelInfo } from '@pyramid-mamba/model';
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
 * nearest training features. A picture that looks like another product than the one given or named raises a doubt. Throws
 * for a product that the model was not trained on.
 */
export function chooseClass(
  info: Pick<ModelInfo, 'classes' | 'prototypes'>,
  hint: ProductHint | undefined,
  feature: Float32Array,
  next: Pick<NextSteps, 'product'>,
): ChosenClass {
  const { classes, prototypes = {} } = info;
  const nearest = classes.length > 1 ? nearestClass(prototypes, feature) : undefined;
  const chosen = hint === undefined ? undefined : 'given' in hint ? hint.given : hint.folder;
  if (chosen !== undefined && !classes.includes(chosen)) {
    throw new Error(
      `the model was not trained on the product "${chosen}"; it was trained on ${classes.join(', ')}`,
    );
  }
  const looksLike = nearest !== undefined && nearest !== chosen ? nearest : undefined;
  if (hint !== undefined && 'given' in hint) {
    const doubt = `the picture looks like ${looksLike}, but it is judged as ${chosen}: check the chosen product`;
    return { className: hint.given, classSource: 'given', doubts: looksLike === undefined ? [] : [doubt] };
  }
  if (classes.length === 1) return { className: classes[0]!, classSource: 'only', doubts: [] };
  if (hint !== undefined) {
    const doubt = `its folder says ${chosen}, but the picture looks like ${looksLike}: put it in the right folder`;
    return { className: hint.folder, classSource: 'folder', doubts: looksLike === undefined ? [] : [doubt] };
  }
  if (nearest !== undefined) return { className: nearest, classSource: 'nearest', doubts: [] };
  return {
    className: null,
    classSource: null,
    doubts: [`the model cannot recognise the product: ${next.product}`],
  };
}
