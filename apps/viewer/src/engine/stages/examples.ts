import {
  DEFECT_KINDS,
  DEFECTS_VERSION,
  resizeRgb,
  type DefectKind,
  type GrayImage,
} from '@pyramid-mamba/data';
import { drawExample } from '@pyramid-mamba/inspect';
import type { ModelInfo } from '@pyramid-mamba/model';
import type { DrawnExample } from '../training/types.js';
import type { StoredPicture, StoredPictures } from './pictures.js';

/** Longest side of an example, in pixels. */
const SIDE = 160;
/** Examples of all products together: at most 8 MB. */
const MOST = 96;

const isKind = (kind: string): kind is DefectKind => (DEFECT_KINDS as readonly string[]).includes(kind);

/** The examples of a self-test, drawn again on the stored pictures, small. Those whose picture has gone are left out. */
export async function drawnExamples(
  { selfTest = {} }: Pick<ModelInfo, 'selfTest'>,
  pictures: readonly StoredPicture[],
  stored: StoredPictures,
): Promise<DrawnExample[]> {
  const byId = new Map(pictures.map((picture) => [picture.id, picture]));
  const all = Object.entries(selfTest).flatMap(([className, { examples, drawing }]) =>
    drawing === DEFECTS_VERSION ? examples.map((example) => ({ ...example, className })) : [],
  );
  const found: DrawnExample[] = [];
  for (const { seed, width, height, window, ...example } of all.slice(0, MOST)) {
    const { kind } = example;
    const picture = byId.get(example.picture);
    if (!picture || !isKind(kind)) continue;
    const image = await stored.load(picture, { width, height, fit: 'stretch' }).catch(() => undefined);
    const drawn = image && drawExample(image, { ...example, kind, seed, window });
    if (!drawn) continue;
    const { image: part } = drawn;
    const scale = Math.min(1, SIDE / Math.max(part.width, part.height));
    const small = resizeRgb(part, Math.round(scale * part.width), Math.round(scale * part.height));
    found.push({
      ...example,
      width: small.width,
      height: small.height,
      rgb: Uint8Array.from(small.data),
      area: boxOf(drawn.mask),
    });
  }
  return found;
}

function boxOf({ width, height, data }: GrayImage): DrawnExample['area'] {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
  }
  return {
    x: left / width,
    y: top / height,
    width: Math.max(0, right - left) / width,
    height: Math.max(0, bottom - top) / height,
  };
}
