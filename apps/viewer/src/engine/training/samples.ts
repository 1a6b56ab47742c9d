import {
  fitRgb,
  modelInput,
  sha256Hex,
  type Dataset,
  type ModelInput,
  type RgbImage,
  type Sample,
} from '@pyramid-mamba/data';
import { bitmapPixels, openBitmap } from '../pictures/decode.js';
import type { TrainingRequest } from './types.js';

async function loadFitted(file: Blob, where: string, input: ModelInput): Promise<RgbImage> {
  return fitRgb(bitmapPixels(await openBitmap(file, where)), input);
}

/** The pictures of a request as a data set of good pictures. */
export function datasetOf({ name, products }: TrainingRequest): Dataset {
  const train = products.flatMap(({ name: className, pictures }) =>
    pictures.map(({ id, file }): Sample => ({
      id,
      className,
      label: 0,
      defect: 'good',
      async load(input) {
        const image = await loadFitted(file, id, modelInput(input));
        const { width, height } = image;
        return { image, mask: { width, height, data: new Uint8Array(width * height) } };
      },
      hash: async () => sha256Hex(new Uint8Array(await file.arrayBuffer())),
    })),
  );
  return { name, root: name, classes: products.map((product) => product.name), train, test: [] };
}
