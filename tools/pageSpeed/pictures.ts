// The drawn pictures that the page is given: always the same.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderSynthetic } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';

export const SIZE = 256;

/** Writes bottles of 256×256, the first of them the test or training picture `from`; every second one is defective where `defect` is given. */
export async function writeBottles(
  folder: string,
  {
    split,
    count,
    from = 0,
    defect,
  }: { split: 'train' | 'test'; count: number; from?: number; defect?: string },
): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const files: string[] = [];
  for (let index = from; index < from + count; index++) {
    const { image } = renderSynthetic({
      className: 'bottle',
      seed: 1,
      split,
      index,
      defect: defect !== undefined && index % 2 === 1 ? defect : 'good',
      size: SIZE,
    });
    const file = join(folder, `${split}-${index}.png`);
    writeFileSync(file, await encodePngRgb(image));
    files.push(file);
  }
  return files;
}

/** Writes copies of a picture that are files of their own: a project has the same bytes once only. What follows a PNG's end is not part of the picture. */
export function copies(folder: string, picture: string, count: number): string[] {
  mkdirSync(folder, { recursive: true });
  const bytes = readFileSync(picture);
  return Array.from({ length: count }, (_, i) => {
    const file = join(folder, `copy-${i}.png`);
    writeFileSync(file, Buffer.concat([bytes, Buffer.from(`${i}`)]));
    return file;
  });
}
