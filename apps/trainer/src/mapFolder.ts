import { join } from 'node:path';
import type { LoadedSample, Sample } from '@pyramid-mamba/data';
import { encodePngRgb, writeFileAtomic } from '@pyramid-mamba/data/node';
import { ownValue } from '@pyramid-mamba/metrics';
import { heatMapPicture, type RunScale } from './heatMap.js';

/** File of a picture's heat map under `maps/`: `bottle/crack/003.png`. */
export function mapFile({ className, defect, id }: Pick<Sample, 'className' | 'defect' | 'id'>): string {
  const name = id.slice(id.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '');
  return join(className, defect, `${name}.png`);
}

/** The heat maps of an evaluation, as pictures for people. */
export class MapFolder {
  constructor(
    readonly folder: string,
    private readonly scale: RunScale,
  ) {}

  /** Draws one picture; `map` has the size of the loaded picture, row-major. */
  async add(sample: Sample, { image, mask }: LoadedSample, map: Float32Array): Promise<void> {
    const low = ownValue(this.scale.low, sample.className) ?? 0;
    const picture = heatMapPicture(image, map, mask, { low, high: low + this.scale.span });
    await writeFileAtomic(join(this.folder, mapFile(sample)), await encodePngRgb(picture));
  }
}
