// The drawn pictures that the page is given: always the same.
import { mkdirSync, writeFileSync } from 'node:fs';
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
