// Good pictures that the tests of a file ask for again and again, in the same sizes: drawing them takes longer than what is tested.
import { renderSynthetic, type RgbImage } from '@pyramid-mamba/data';

const drawn = new Map<string, RgbImage>();

/** A good training picture of a class, the same object each time: nobody may change its pixels. */
export function goodPicture(className: string, index: number, size: number): RgbImage {
  const key = `${className} ${index} ${size}`;
  let image = drawn.get(key);
  if (image === undefined) {
    ({ image } = renderSynthetic({ className, seed: 5, split: 'train', index, defect: 'good', size }));
    drawn.set(key, image);
  }
  return image;
}
