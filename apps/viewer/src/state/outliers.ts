// Good pictures that the model itself finds unlike the others, by the scores of its test: each was judged as one that it has not learnt.
import { computed } from '@preact/signals';
import { groupedBy } from '@pyramid-mamba/metrics';
import { currentModel, type Project } from '@pyramid-mamba/projects';
import { LEFT_OUT } from './project/leftOut.js';
import { FEWEST, median } from './project/odd.js';
import { content } from './project/open.js';

/**
 * A score lies far above the others from so many typical spreads above the typical score. Of 679 good pictures of three real products (ten tests)
 * 18 lie there, and of 440 clear defects that were drawn on them 255.
 */
const SPREADS = 6;
/** The least spread, as a share of the typical score: pictures of one scene may have next to none. */
const LEAST_SPREAD = 0.03;

/** Such pictures by id, each with its score as a multiple of the typical one of its product. Those that a person called good since are none. */
export function outliersOf(project: Project): ReadonlyMap<string, number> {
  const entry = currentModel(project);
  if (!entry) return new Map();
  const learnt = new Set(entry.learnt);
  const scores = [...project.judged.values()].flatMap(({ id, model, score, product, remark, label }) => {
    const picture = project.pictures.get(id);
    const good = picture?.kind === 'good' && picture.deleted === null;
    // what the model has learnt scores as if all were well
    const unseen = model === entry.id && (remark.includes(LEFT_OUT) || !learnt.has(id));
    if (!good || !unseen || score === null || product === null) return [];
    return [{ id, score, product, said: label !== null }];
  });
  const found = new Map<string, number>();
  for (const own of groupedBy(scores, ({ product }) => product).values()) {
    if (own.length < FEWEST) continue;
    const typical = median(own.map(({ score }) => score));
    const spread = median(own.map(({ score }) => Math.abs(score - typical)));
    const far = typical + SPREADS * Math.max(spread, LEAST_SPREAD * typical);
    if (typical <= 0) continue;
    for (const { id, score, said } of own) if (score > far && !said) found.set(id, score / typical);
  }
  return found;
}

/** Those of the open project. */
export const outliers = computed<ReadonlyMap<string, number>>(() =>
  content.value ? outliersOf(content.value) : new Map<string, number>(),
);
