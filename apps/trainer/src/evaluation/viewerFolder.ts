import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GrayImage, LoadedSample, Sample } from '@pyramid-mamba/data';
import { decodeMask, encodePngGray, encodeWebpRgb, writeFileAtomic } from '@pyramid-mamba/data/node';
import type { Fit } from '@pyramid-mamba/inspect';
import type { LevelMap } from '@pyramid-mamba/model';
import { levelsFile, manifestText, readLevels, type Manifest, type ManifestItem } from '@pyramid-mamba/runs';

/** The part of `viewer.json` about the whole evaluation. */
export type ViewerHead = Omit<Manifest, 'format' | 'levels' | 'items'>;

/** What was found in a picture. */
interface JudgedPicture {
  levels: readonly LevelMap[];
  score: number;
  blank?: boolean;
  /** Whether it looks like a product of the model. */
  fit?: Fit;
  /** Whether its part was not found. */
  lost?: boolean;
  /** Further reasons not to trust an OK. */
  doubts?: readonly string[];
}

/** A judged picture in `viewer.json`; names of files are relative to the folder. */
export type ViewerItem = ManifestItem & { levels: string };

/**
 * The viewer's data of an evaluation: `viewer.json`, and per picture `pictures/ID.webp`, `masks/ID.png` (0 and 255) and
 * `levels/ID.f32`: the small maps, fine to coarse, as consecutive little-endian float32, from which the model package's
 * `pictureMap` computes the full one with exactly the scores' values. Added data can be read back, so that an evaluation
 * need not keep them in memory.
 */
export class ViewerFolder {
  readonly #items: ViewerItem[] = [];
  #shapes: [height: number, width: number][] = [];

  constructor(readonly folder: string) {}

  async add(
    sample: Sample,
    { image, mask }: LoadedSample,
    { levels, score, blank = false, fit = 'yes', lost = false, doubts = [] }: JudgedPicture,
  ): Promise<ViewerItem> {
    const id = String(this.#items.length).padStart(5, '0');
    this.#shapes = levels.map(({ height, width }) => [height, width]);
    const hasMask = sample.label === 1 && sample.hasMask !== false;
    const item: ViewerItem = {
      id,
      file: sample.id,
      class: sample.className,
      label: sample.label,
      defect: sample.defect,
      score,
      ...(blank && { blank }),
      ...(fit !== 'yes' && { fit }),
      ...(lost && { lost }),
      ...(doubts.length > 0 && { doubts: [...doubts] }),
      width: image.width,
      height: image.height,
      picture: `pictures/${id}.webp`,
      mask: hasMask ? `masks/${id}.png` : null,
      levels: `levels/${id}.f32`,
    };
    this.#items.push(item);
    await writeFileAtomic(join(this.folder, item.picture), await encodeWebpRgb(image));
    if (item.mask !== null) {
      const visible = { ...mask, data: mask.data.map((value) => value * 255) };
      await writeFileAtomic(join(this.folder, item.mask), await encodePngGray(visible));
    }
    await writeFileAtomic(join(this.folder, item.levels), levelsFile(levels));
    return item;
  }

  /** The small maps of an added picture. */
  async levels({ levels }: ViewerItem): Promise<LevelMap[]> {
    return readLevels(Uint8Array.from(await readFile(join(this.folder, levels))), this.#shapes, levels);
  }

  /** The mask of an added picture, 0 and 1, if it has one. */
  async mask({ mask }: ViewerItem): Promise<GrayImage['data'] | undefined> {
    if (mask === null) return undefined;
    return (await decodeMask(await readFile(join(this.folder, mask)), mask)).data;
  }

  /** What `viewer.json` says, after the last picture. */
  describe(head: ViewerHead): string {
    return manifestText({ ...head, levels: this.#shapes, items: this.#items });
  }
}
