import { picturesOf, type Project } from '@pyramid-mamba/projects';
import { LEAST_OF_A_PRODUCT, LEAST_PICTURES } from '../../folders/goodFolder.js';

/** From so many good pictures on nothing more is asked for. */
const ENOUGH = 50;

/** What a project's pictures suffice for: a sentence with the number that is missing. */
export interface Needs {
  /** Whether it can be trained. */
  readonly enough: boolean;
  readonly sentence: string;
}

const plural = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;

export function needsOf(project: Project): Needs {
  const good = picturesOf(project, 'good');
  const counts = new Map<string, number>();
  for (const { product } of good) if (product !== null) counts.set(product, (counts.get(product) ?? 0) + 1);
  const total = good.length;
  if (total < LEAST_PICTURES) {
    const more = LEAST_PICTURES - total;
    return {
      enough: false,
      sentence: `${total === 0 ? 'No good pictures yet' : `Too few: ${plural(total, 'good picture')}`}. Training needs at least ${LEAST_PICTURES}: add ${more}${total === 0 ? '' : ' more'}.`,
    };
  }
  const few = [...counts].find(([, count]) => count < LEAST_OF_A_PRODUCT);
  if (few) {
    const [name, count] = few;
    return {
      enough: false,
      sentence: `Too few of ${name}: ${plural(count, 'good picture')}. Each product needs at least ${LEAST_OF_A_PRODUCT}: add ${LEAST_OF_A_PRODUCT - count} more, or delete them.`,
    };
  }
  const defective = picturesOf(project, 'defective').length;
  const surer = total < ENOUGH ? ` ${ENOUGH - total} more would make the limits surer.` : '';
  const test = defective === 0 ? ' A few defective ones, if there are any, show what the model misses.' : '';
  return { enough: true, sentence: `${plural(total, 'good picture')}: enough to train.${surer}${test}` };
}
