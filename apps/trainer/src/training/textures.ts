import { readFile } from 'node:fs/promises';
import { fitRgb, normalizedPicture, type ModelInput } from '@pyramid-mamba/data';
import { decodeRgb, pictureFiles } from '@pyramid-mamba/data/node';
import { imageTensor, type TextureSource } from '@pyramid-mamba/model';
import { UserError } from '../errors.js';

/**
 * The pictures of a folder as textures, stretched to the input. Each is decoded when a step needs it. Throws a UserError for a folder without
 * pictures.
 */
export async function openTextures(folder: string, input: ModelInput): Promise<TextureSource> {
  const { paths } = await pictureFiles(folder);
  if (paths.length === 0)
    throw new UserError(
      `train.textures: ${folder} has no pictures; give a folder of textures, or omit the setting for drawn ones`,
    );
  const stretched: ModelInput = { ...input, fit: 'stretch' };
  return {
    count: paths.length,
    async batch(indices) {
      const pictures = indices.map(async (index) => {
        const path = paths[index]!;
        return normalizedPicture(fitRgb(await decodeRgb(await readFile(path), path), stretched));
      });
      return imageTensor(await Promise.all(pictures), input);
    },
  };
}
