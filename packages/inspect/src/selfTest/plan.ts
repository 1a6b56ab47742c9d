import { DEFECT_CONTRASTS, DEFECT_KINDS, DEFECT_SIZES, seededRandom, shuffle } from '@pyramid-mamba/data';
import type { DefectRecipe } from '@pyramid-mamba/data';
import { groupedBy } from '@pyramid-mamba/metrics';

/** Drawn pictures of a class, where no budget is given: of up to five classes, more classes share five times as many … */
const BUDGET = 108;
/** … but each has so many … */
const USUAL_BUDGET = 45;
/** … as long as all together have no more than this: a hundred classes … */
const MOST_IN_ALL = 4500;
/** … and each kind of defect is drawn twice: of fewer, too few are clear to fail a class by (docs/scaling.md). */
const LEAST_BUDGET = 2 * DEFECT_KINDS.length;

/** A defect that is to be drawn. */
export interface PlannedDefect extends DefectRecipe {
  /** Index in the given pictures. */
  readonly picture: number;
  readonly seed: string;
}

export function budgetOf(classes: number): number {
  const shared = (inAll: number): number => Math.floor(inAll / Math.max(1, classes));
  const usual = Math.max(USUAL_BUDGET, Math.min(BUDGET, shared(5 * BUDGET)));
  return Math.max(LEAST_BUDGET, Math.min(usual, shared(MOST_IN_ALL)));
}

/**
 * The drawn pictures of each class, `budget` a class, by seed: every nine have one of each kind; the sizes and contrasts of a kind go through
 * all their fifteen pairs before one comes again; each picture is used once before one is used again.
 *
 * @param from so many of each class are left out: those of a plan of `from` pictures, so that a longer plan goes on where a shorter one ended
 */
export function planDefects(
  classOf: readonly string[],
  budget: number,
  seed: number | string,
  from = 0,
): PlannedDefect[] {
  const planned: PlannedDefect[] = [];
  const indices = groupedBy([...classOf.keys()], (i) => classOf[i]!);
  for (const [name, own] of indices) {
    const random = seededRandom('self-test', seed, name);
    let order: number[] = [];
    for (let n = 0; n < budget; n++) {
      const kind = n % DEFECT_KINDS.length;
      // 15 pairs of five sizes and three contrasts, through remainders; 7 and 4 have no common factor with 15
      const pair = 7 * Math.floor(n / DEFECT_KINDS.length) + 4 * kind;
      if (order.length === 0) order = shuffle([...own], random);
      const picture = order.pop()!;
      if (n < from) continue;
      planned.push({
        picture,
        kind: DEFECT_KINDS[kind]!,
        size: DEFECT_SIZES[pair % DEFECT_SIZES.length]!,
        contrast: DEFECT_CONTRASTS[pair % DEFECT_CONTRASTS.length]!,
        seed: `${seed}/${n}`,
      });
    }
  }
  return planned;
}
