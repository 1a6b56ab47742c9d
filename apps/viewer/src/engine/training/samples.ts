import { resizeRgb, sha256Hex, type Dataset, type RgbImage, type Sample } from '@pyramid-mamba/data';
import { bitmapPixels, openBitmap } from '../pictures/decode.js';
import type { TrainingRequest } from './types.js';

async function loadResized(file: Blob, where: string, size: number): Promise<RgbImage> {
  return resizeRgb(bitmapPixels(await openBitmap(file, where)), size, size);
}

/** The pictures of a request as a data set of good pictures. */
export function datasetOf({ name, products }: TrainingRequest): Dataset {
  const train = products.flatMap(({ name: className, pictures }) =>
    pictures.map(({ id, file }): Sample => ({
      id,
      className,
      label: 0,
      defect: 'good',
      async load(size) {
        const image = await loadResized(file, id, size);
        return { image, mask: { width: size, height: size, data: new Uint8Array(size * size) } };
      },
      hash: async () => sha256Hex(new Uint8Array(await file.arrayBuffer())),
    })),
  );
  return { name, root: name, classes: products.map((product) => product.name), train, test: [] };
}
