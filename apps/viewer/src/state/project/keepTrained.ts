import { effect, signal } from '@preact/signals';
import { labelledPictures, type OpenProject } from '@pyramid-mamba/projects';
import { sentenceOf } from '@pyramid-mamba/inspect';
import type { Trained } from '../../engine/training/types.js';
import { notifyError } from '../notices.js';
import { modelIds, modelsKept } from '../opened.js';
import { busy, stopped, trained } from '../training.js';

/** The project whose pictures are being trained on; null while none is. */
export const trainingFor = signal<OpenProject | null>(null);

/** The pictures that a model was not trained on, by the training's ids; they begin with the project's. */
const heldBackOf = ({ pictures, stage }: Trained): Set<string> =>
  // a memory bank learns all pictures, and shows those that it judged without themselves
  new Set(stage && stage.model !== 'network' ? [] : pictures.map(({ id }) => id.split('/')[0]!));

async function keep(open: OpenProject, found: Trained): Promise<void> {
  // the first model of a training that was not improved is there already
  if (modelIds.has(found.bytes)) return;
  const good = labelledPictures(open.content).filter(({ is }) => is === 'good');
  const held = heldBackOf(found);
  const ids = good.map(({ picture }) => picture.id);
  const { info } = found;
  try {
    const entry = await open.addModel({
      file: new Blob([found.bytes]),
      name: found.name,
      from: 'trained',
      method: '',
      products: info.classes,
      learnt: ids.filter((id) => !held.has(id)),
      heldBack: ids.filter((id) => held.has(id)),
      selfTest: Object.entries(info.selfTest ?? {}).map(([product, one]) => ({
        product,
        sentence: sentenceOf({ [product]: one }),
      })),
    });
    // the open model is that of the project now: what it has judged stays
    modelIds.set(found.bytes, entry.id);
    modelsKept.value++;
  } catch (error) {
    notifyError(`${found.name} is open, but was not kept in the project`, error);
  }
}

/** Keeps each model that is trained here in the project that it was trained for, which stays this tab's while it is trained. */
export function keepTrained(): void {
  let before: Trained | null = null;
  let free: () => void = () => undefined;
  effect(() => {
    const found = trained.value;
    const open = trainingFor.peek();
    if (found === before) return;
    before = found;
    if (found && open) void keep(open, found);
  });
  effect(() => {
    free();
    const open = trainingFor.value;
    free = open && busy.value ? open.hold('a training runs', stopped) : () => undefined;
  });
}
