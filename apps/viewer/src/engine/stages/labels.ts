import { inputOf } from '@pyramid-mamba/model';
import type { RgbImage } from '@pyramid-mamba/data';
import { StoredFeatures } from '../training/features.js';
import { TrainingFolder } from '../training/saved.js';
import type { RunOptions } from '../training/run.js';
import type { LabelledPicture } from '../training/types.js';
import { encodingDetector, type Prepared } from './prepare.js';
import { StagesFolder, type SavedStages } from './saved.js';
import type { Teller } from './teller.js';

/** A labelled picture whose pixels are at hand, such as a camera's. */
export interface LabelledPixels extends Omit<LabelledPicture, 'file'> {
  readonly image: RgbImage;
}

/**
 * A training with more pictures, prepared beside the one of before: its memory bank is to be made. A picture that is there with another label
 * changes it.
 */
export async function relabelled(
  { saved, weights, stored }: Prepared,
  labelled: readonly (LabelledPixels | LabelledPicture)[],
  { lock }: RunOptions,
  teller: Teller,
): Promise<Prepared> {
  const strange = labelled.find(({ className }) => !saved.classes.includes(className));
  if (strange)
    throw new Error(
      `the training has no product ${strange.className}; it has ${saved.classes.join(', ')}: choose one of them`,
    );
  const folder = new StagesFolder(await TrainingFolder.next());
  let { pictures, defective } = saved;
  const detector = encodingDetector(saved.bank, weights);
  try {
    const features = new StoredFeatures(detector, await TrainingFolder.features(saved.features));
    for (const [i, one] of labelled.entries()) {
      const { className, label } = one;
      const doing = `reading labelled picture ${i + 1} of ${labelled.length}`;
      const picture =
        'image' in one
          ? await stored.addPixels(one.image, className)
          : await stored.add({ id: `labelled/${i}`, file: one.file, className }, (megapixels) =>
              teller.tell('reading', `${doing}: ${megapixels} megapixels`, i, labelled.length),
            );
      const own = { ...picture, id: `labelled/${className}/${picture.hash.slice(0, 12)}` };
      const others = (list: SavedStages['pictures']) => list.filter(({ hash }) => hash !== own.hash);
      [pictures, defective] = [others(pictures), others(defective)];
      if (label === 'good') {
        await lock.run(() =>
          features.add(own.hash, own.id, () => stored.load(own, inputOf(saved.bank.model))),
        );
        pictures = [...pictures, own];
      } else defective = [...defective, own];
      teller.tell('reading', doing, i + 1, labelled.length);
    }
  } finally {
    detector.dispose();
  }
  const { settled: _, ...rest } = saved;
  const next: SavedStages = {
    ...rest,
    time: null,
    pictures,
    defective,
    heldBack: saved.heldBack.filter((id) => pictures.some((one) => one.id === id)),
    labelled: saved.labelled + labelled.length,
  };
  await folder.writeEncoder(weights);
  await folder.writeSession(next);
  return { folder, saved: next, weights, stored };
}
