import { join } from 'node:path';
import type { LoadedSample, Sample } from '@pyramid-mamba/data';
import { encodePngRgb, writeFileAtomic } from '@pyramid-mamba/data/node';
import { ownValue } from '@pyramid-mamba/metrics';
import { FileNames, stem } from '../text/fileNames.js';
import type { RunScale } from '@pyramid-mamba/runs';
import { heatMapPicture } from './heatMap.js';

/** The heat maps of an evaluation, as pictures for users. */
export class MapFolder {
  readonly #names = new FileNames('.png');
  readonly #files = new Map<Sample, string>();

  constructor(
    readonly folder: string,
    private readonly scale: RunScale,
  ) {}

  /** A picture's file below the folder, parts joined by `/`: `bottle/crack/003.png`. No two pictures have the same. */
  fileOf(sample: Sample): string {
    const { className, defect, id } = sample;
    const file = this.#files.get(sample) ?? this.#names.of(className, defect, stem(id));
    this.#files.set(sample, file);
    return file;
  }

  /** Draws one picture; `map` has the size of the loaded picture, row-major. */
  async add(sample: Sample, { image, mask }: LoadedSample, map: Float32Array): Promise<void> {
    const low = ownValue(this.scale.low, sample.className) ?? 0;
    const picture = heatMapPicture(image, map, mask, { low, high: low + this.scale.span });
    const path = join(this.folder, ...this.fileOf(sample).split('/'));
    await writeFileAtomic(path, await encodePngRgb(picture));
  }
}
