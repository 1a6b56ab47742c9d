import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GrayImage, LoadedSample, Sample } from '@pyramid-mamba/data';
import { decodeMask, encodePngGray, encodeWebpRgb, writeFileAtomic } from '@pyramid-mamba/data/node';
import type { Calibration, LevelMap } from '@pyramid-mamba/model';
import type { RunScale } from './heatMap.js';

/** The `format` in `viewer.json`; the viewer rejects any other. */
export const VIEWER_FORMAT = 'pyramid-mamba viewer 1';

/** The part of `viewer.json` about the whole evaluation. */
export interface ViewerHead {
  /** The data set's name; `synthetic` for the embedded one. */
  dataset: string;
  /** Width and height of pictures, masks and maps, in pixels. */
  size: number;
  /** Sigma of the Gaussian over the maps, in pixels. */
  sigma: number;
  scale: RunScale;
  classes: string[];
  /** Thresholds by class, if any. */
  calibration: Record<string, Calibration>;
}

/** A judged picture in `viewer.json`; names of files are relative to the folder. */
export interface ViewerItem {
  id: string;
  file: string;
  class: string;
  label: 0 | 1 | null;
  defect: string;
  score: number;
  picture: string;
  /** null for good pictures, and defects without a mask. */
  mask: string | null;
  levels: string;
}

/**
 * The viewer's data of an evaluation: `viewer.json`, and per picture `pictures/ID.webp`, `masks/ID.png` (0 and 255) and
 * `levels/ID.f32`: the small maps, fine to coarse, as consecutive little-endian float32, from which the model package's
 * `anomalyMap` computes the full one with exactly the scores' values. Added data can be read back, so that an evaluation
 * need not keep them in memory.
 */
export class ViewerFolder {
  readonly #items: ViewerItem[] = [];
  #shapes: [height: number, width: number][] = [];

  constructor(readonly folder: string) {}

  async add(
    sample: Sample,
    { image, mask }: LoadedSample,
    { levels, score }: { levels: readonly LevelMap[]; score: number },
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
    await writeFileAtomic(join(this.folder, item.levels), littleEndian(levels));
    return item;
  }

  /** The small maps of an added picture. */
  async levels({ levels }: ViewerItem): Promise<LevelMap[]> {
    const bytes = await readFile(join(this.folder, levels));
    let at = 0;
    return this.#shapes.map(([height, width]) => {
      const data = new Float32Array(height * width);
      for (let i = 0; i < data.length; i++, at += 4) data[i] = bytes.readFloatLE(at);
      return { height, width, data };
    });
  }

  /** The mask of an added picture, 0 and 1, if it has one. */
  async mask({ mask }: ViewerItem): Promise<GrayImage['data'] | undefined> {
    if (mask === null) return undefined;
    return (await decodeMask(await readFile(join(this.folder, mask)), mask)).data;
  }

  /** What `viewer.json` says, after the last picture. */
  describe(head: ViewerHead): string {
    const manifest = { format: VIEWER_FORMAT, ...head, levels: this.#shapes, items: this.#items };
    return `${JSON.stringify(manifest)}\n`;
  }
}

function littleEndian(levels: readonly LevelMap[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(levels.reduce((sum, { data }) => sum + data.byteLength, 0)));
  let at = 0;
  for (const { data } of levels) {
    for (const value of data) {
      bytes.setFloat32(at, value, true);
      at += 4;
    }
  }
  return new Uint8Array(bytes.buffer);
}
