import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Sample } from '@pyramid-mamba/data';
import { encodePngRgb, writeFileAtomic } from '@pyramid-mamba/data/node';
import { heatMapPicture, type RunScale } from './heatMap.js';

/** File of a picture's heat map under `maps/`: `bottle/crack/003.png`. */
export function mapFile({ className, defect, id }: Pick<Sample, 'className' | 'defect' | 'id'>): string {
  const name = id.slice(id.lastIndexOf('/') + 1).replace(/\.[^.]+$/, '');
  return join(className, defect, `${name}.png`);
}

/** A folder of heat maps that takes the place of `folder` as a whole, so that maps of two evaluations never mix. */
export class MapFolder {
  readonly #fresh: string;

  constructor(
    readonly folder: string,
    private readonly scale: RunScale,
  ) {
    this.#fresh = join(dirname(folder), `.${basename(folder)}.${process.pid}.tmp`);
  }

  /** Draws one picture; `map` is (size, size), row-major. */
  async add(sample: Sample, map: Float32Array, size: number): Promise<void> {
    const { image, mask } = await sample.load(size);
    const low = this.scale.low[sample.className] ?? 0;
    const picture = heatMapPicture(image, map, mask, { low, high: low + this.scale.span });
    await writeFileAtomic(join(this.#fresh, mapFile(sample)), await encodePngRgb(picture));
  }

  /** Puts what was drawn in the place of the old folder. */
  async keep(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await rename(this.#fresh, this.folder);
  }

  /** Forgets what was drawn and not kept. */
  async drop(): Promise<void> {
    await rm(this.#fresh, { recursive: true, force: true });
  }
}
