import { computed, signal } from '@preact/signals';
import { labelledPictures, type LabelledPicture, type OpenProject } from '@pyramid-mamba/projects';
import type { OfferedMethod } from '../../engine/training/methods.js';
import type { Choices } from '../../engine/training/plan.js';
import type { TrainingPicture, TrainingProduct } from '../../engine/training/types.js';
import { content } from '../../state/project/open.js';

/** A product's labelled pictures in the open project. */
export interface ChosenProduct {
  readonly name: string;
  readonly pictures: readonly LabelledPicture[];
  readonly defective: readonly LabelledPicture[];
}

/** What the open project is trained on: its good pictures, with those that a person called good after a verdict. */
export const chosen = computed<readonly ChosenProduct[]>(() => {
  const now = content.value;
  if (!now) return [];
  const products = new Map<string, { good: LabelledPicture[]; defective: LabelledPicture[] }>();
  for (const one of labelledPictures(now)) {
    const found = products.get(one.product) ?? { good: [], defective: [] };
    found[one.is].push(one);
    products.set(one.product, found);
  }
  return [...products].map(([name, { good, defective }]) => ({ name, pictures: good, defective }));
});

/** The pictures as a training takes them: their ids begin with those of the project. */
export async function trainingProducts(open: OpenProject): Promise<TrainingProduct[]> {
  const filed = (pictures: readonly LabelledPicture[]): Promise<TrainingPicture[]> =>
    Promise.all(
      pictures.map(async ({ picture: { id, name } }) => ({
        id: `${id}/${name}`,
        file: await open.picture(id),
      })),
    );
  return Promise.all(
    chosen
      .peek()
      .filter(({ pictures }) => pictures.length > 0)
      .map(async ({ name, pictures, defective }) => ({
        name,
        pictures: await filed(pictures),
        defective: await filed(defective),
      })),
  );
}

/** The project's id of a picture of a training. */
export const projectIdOf = (id: string): string => id.split('/')[0]!;

/** Encoder weights selected by the user; null: those of the page. */
export const encoder = signal<File | null>(null);
export const choices = signal<Choices>({
  method: null,
  inputSize: 128,
  stagedSize: 256,
  staged: null,
  effort: 'quick',
  epochs: null,
  seed: 1,
});
/** What the page can train; empty until it is loaded. */
export const methods = signal<readonly OfferedMethod[]>([]);
