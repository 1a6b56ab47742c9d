import { DEFECT_CONTRASTS, DEFECT_KINDS, DEFECT_SIZES, seededRandom, shuffle } from '@pyramid-mamba/data';
import type { DefectRecipe } from '@pyramid-mamba/data';

/** Drawn pictures of a class, where no budget is given: of up to five classes, more classes share five times as many. */
const BUDGET = 108;
const LEAST_BUDGET = 45;

/** A defect that is to be drawn. */
export interface PlannedDefect extends DefectRecipe {
  /** Index in the given pictures. */
  readonly picture: number;
  readonly seed: string;
}

export const budgetOf = (classes: number): number =>
  Math.max(LEAST_BUDGET, Math.min(BUDGET, Math.floor((5 * BUDGET) / Math.max(1, classes))));

/**
 * The drawn pictures of each class, `budget` a class, by seed: every nine have one of each kind; the sizes and contrasts of a kind go through
 * all their fifteen pairs before one comes again; each picture is used once before one is used again.
 */
export function planDefects(
  classOf: readonly string[],
  budget: number,
  seed: number | string,
): PlannedDefect[] {
  const planned: PlannedDefect[] = [];
  for (const name of new Set(classOf)) {
    const own = classOf.flatMap((other, i) => (other === name ? [i] : []));
    const random = seededRandom('self-test', seed, name);
    let order: number[] = [];
    for (let n = 0; n < budget; n++) {
      const kind = n % DEFECT_KINDS.length;
      // 15 pairs of five sizes and three contrasts, through remainders; 7 and 4 have no common factor with 15
      const pair = 7 * Math.floor(n / DEFECT_KINDS.length) + 4 * kind;
      if (order.length === 0) order = shuffle([...own], random);
      planned.push({
        picture: order.pop()!,
        kind: DEFECT_KINDS[kind]!,
        size: DEFECT_SIZES[pair % DEFECT_SIZES.length]!,
        contrast: DEFECT_CONTRASTS[pair % DEFECT_CONTRASTS.length]!,
        seed: `${seed}/${n}`,
      });
    }
  }
  return planned;
}
