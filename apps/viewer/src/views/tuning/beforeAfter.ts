// Two models of a project on the same pictures: only on those that neither of them has learnt, or judged as if it had not.
import type { Verdict } from '@pyramid-mamba/metrics';
import {
  currentModel,
  modelsOf,
  type ModelEntry,
  type OpenProject,
  type Project,
} from '@pyramid-mamba/projects';
import { EngineClient } from '../../engine/client.js';
import { threadsHere } from '../../engine/helpers/count.js';
import { JudgePool } from '../../engine/judgePool.js';
import type { Item } from '../../run/types.js';
import { areasByProduct } from '../../state/live/areas.js';

/** A picture with the verdict of another model. */
export interface Before {
  readonly item: Item;
  /** null where the other model has no thresholds of the product. */
  readonly verdict: Verdict | null;
}

/** The models of a project that can be compared with the one in use, the newest first. */
export function othersOf(now: Project): ModelEntry[] {
  const { id } = currentModel(now) ?? {};
  return modelsOf(now)
    .filter((entry) => entry.id !== id)
    .reverse();
}

/** The judged pictures of its products that another model has not learnt. */
export function comparable(items: readonly Item[], { learnt, products }: ModelEntry): Item[] {
  const known = new Set(learnt);
  return items.filter(({ id, className }) => !known.has(id) && products.includes(className));
}

/**
 * Judges pictures of a project by another of its models, on all cores and by that model's thresholds; each as the product it is now. Rejects with a
 * sentence where the model cannot be opened or a picture not be judged, also where `signal` ends it.
 */
export async function judgedBy(
  open: OpenProject,
  entry: ModelEntry,
  items: readonly Item[],
  { onProgress, signal }: { readonly onProgress: (done: number) => void; readonly signal: AbortSignal },
): Promise<Before[]> {
  const width = Math.max(1, Math.min(threadsHere(), items.length));
  const pool = new JudgePool(width, () => new EngineClient(1), 'wasm');
  const end = () => pool.end();
  signal.addEventListener('abort', end);
  try {
    pool.use(await open.model(entry.id), entry.name, 1);
    const found: Before[] = [];
    for await (const answer of pool.judgeAll(queueOf(open, entry, items))) {
      signal.throwIfAborted();
      if ('error' in answer) throw answer.error;
      found.push({ item: answer.item.item, verdict: answer.judgement.verdict });
      onProgress(found.length);
    }
    return found;
  } finally {
    signal.removeEventListener('abort', end);
    pool.end();
  }
}

async function* queueOf(open: OpenProject, { thresholds: set }: ModelEntry, items: readonly Item[]) {
  const areasOf = areasByProduct.peek() ?? {};
  // those that a person set for that model
  const thresholds = Object.fromEntries(set.map(({ product, calibration }) => [product, calibration]));
  for (const item of items)
    yield {
      item,
      file: await open.picture(item.id),
      options: { name: item.file, className: item.className, areasOf, thresholds },
    };
}
