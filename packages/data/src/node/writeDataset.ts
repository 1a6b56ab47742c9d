import { join } from 'node:path';
import { DataError } from '../errors.js';
import type { Dataset, Sample } from '../types.js';
import { encodePngGray, encodePngRgb } from './decoding/encode.js';
import { writeFileAtomic } from './files.js';
import { Tree } from './layouts/reading/tree.js';
import { mapLimit } from './mapLimit.js';

/**
 * Writes a data set as PNG files of `size` x `size` pixels in MVTec's layout, which `readMvtec` reads back. Files are
 * numbered 000, 001, … in each folder, in the order of the samples; masks hold 0 and 255. Calls `onPicture` after each picture. Returns
 * the number of pictures.
 * Throws a DataError if `folder` is not empty (old pictures would mix with new ones), a FileError if it cannot write.
 */
export async function writeDataset(
  dataset: Dataset,
  folder: string,
  size: number,
  onPicture: (done: number) => void = () => undefined,
): Promise<number> {
  const there = await new Tree(folder).list(folder);
  if (there && there.files.length + there.folders.length > 0) {
    throw new DataError(`${folder} is not empty: pass a new or empty folder for the data set`);
  }
  const numbers = new Map<string, number>();
  const place = (sample: Sample, split: 'train' | 'test') => {
    const key = `${sample.className}/${split}/${sample.defect}`;
    const number = numbers.get(key) ?? 0;
    numbers.set(key, number + 1);
    return { sample, split, name: String(number).padStart(3, '0') };
  };
  const placed = [
    ...dataset.train.map((sample) => place(sample, 'train')),
    ...dataset.test.map((sample) => place(sample, 'test')),
  ];
  let done = 0;
  await mapLimit(placed, 4, async ({ sample, split, name }) => {
    const { image, mask } = await sample.load(size);
    const home = join(folder, sample.className);
    await writeFileAtomic(join(home, split, sample.defect, `${name}.png`), await encodePngRgb(image));
    if (sample.label === 1 && sample.hasMask !== false) {
      const visible = { ...mask, data: mask.data.map((value) => value * 255) };
      const path = join(home, 'ground_truth', sample.defect, `${name}_mask.png`);
      await writeFileAtomic(path, await encodePngGray(visible));
    }
    onPicture(++done);
  });
  if (dataset.licence) await writeFileAtomic(join(folder, 'license.txt'), `${dataset.licence}\n`);
  return placed.length;
}
