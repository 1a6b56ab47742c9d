import { ownValue } from '@pyramid-mamba/metrics';
import { colorTable } from '../../picture/colorMaps.js';
import { bitmapOf } from '../../picture/decoded.js';
import { heatPixels } from '../../picture/heat.js';
import { mapsOf } from '../../picture/maps.js';
import { sizeWithin } from '../../picture/sizeWithin.js';
import { readPicture } from '../../run/readPicture.js';
import type { Item, OpenRun } from '../../run/types.js';
import type { Row } from './facts.js';

/** Pictures that a report shows: all mistakes up to this number, and some others. */
const MISTAKES = 12;
const OTHERS = 6;
/** Of a heat map in the report, in pixels. */
const SIDE = 240;

export function mostOfAll(rows: readonly Row[]): Row[] {
  const mistakes = rows.filter(({ mistake }) => mistake !== undefined).slice(0, MISTAKES);
  const others = rows.filter(({ mistake }) => mistake === undefined).slice(0, OTHERS);
  return [...mistakes, ...others];
}

const addressOf = (file: Blob): Promise<string> =>
  new Promise((done, fail) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => done(reader.result as string));
    reader.addEventListener('error', () => fail(reader.error!));
    reader.readAsDataURL(file);
  });

/** A picture with its heat map over it, as a `data:` URL; null where it has no map. */
export async function exampleOf(run: OpenRun, item: Item): Promise<string | null> {
  const maps = await mapsOf(run, item);
  if (!maps) return null;
  const { width, height } = item.size;
  const within = sizeWithin(SIDE, item.size);
  const picture = await bitmapOf(await readPicture(await item.image()), item.file, within);
  const low = ownValue(run.scale.low, item.className) ?? 0;
  const pixels = heatPixels(maps.map, { low, high: low + run.scale.span }, colorTable('inferno'), 0.8, false);
  const heat = new OffscreenCanvas(width, height);
  heat.getContext('2d')!.putImageData(new ImageData(pixels, width, height), 0, 0);
  const canvas = new OffscreenCanvas(within.resizeWidth, within.resizeHeight);
  const context = canvas.getContext('2d')!;
  context.drawImage(picture, 0, 0);
  picture.close();
  context.drawImage(heat, 0, 0, within.resizeWidth, within.resizeHeight);
  return addressOf(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 }));
}
