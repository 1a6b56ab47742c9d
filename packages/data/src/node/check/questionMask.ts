import type { MaskValues } from '../decoding/decode.js';
import { fault, type Fault } from '../faults.js';

/** A mask that marks more than this share of its pixels leaves no good ones to compare with. */
const NEARLY_ALL = 0.9;
/** Masks hold 255, 1, or the numbers of some defects; a mask with more values than this has soft or disturbed edges. */
const MOST_VALUES = 24;
/** Share of the full brightness below which a lossy compression keeps little of what was drawn. */
const DARK = 0.25;

const percent = (share: number) => `${share === 1 ? 100 : Math.min(99, Math.round(share * 100))} %`;

/** What is questionable about a sound mask of a defective picture. `marks` are its 0 and 1. */
export function questionMask(
  path: string,
  marks: Uint8Array | Uint8ClampedArray,
  { brightest, most, distinct, lossy, seeThrough }: MaskValues,
): Fault[] {
  let marked = 0;
  for (const value of marks) marked += value;
  const share = marked / marks.length;
  const odd = (what: string) => fault('odd-mask', path, `${path} ${what}`);
  if (seeThrough) {
    return [
      odd(
        'has an alpha channel, which is ignored: its colours alone mark the defect; if the defect is drawn in alpha, save the mask without ' +
          'alpha, the defect white on black',
      ),
    ];
  }
  if (lossy && brightest > 0 && brightest < most * DARK) {
    return [
      odd(
        `is compressed with losses and at most ${brightest} of ${most} bright, so that little of what was drawn is left: save the mask as PNG, ` +
          'the defect 255',
      ),
    ];
  }
  if (!lossy && distinct > MOST_VALUES) {
    return [
      odd(
        `holds ${distinct} different values above 0, and all of them count as marked: it was drawn with soft edges, or saved as JPEG ` +
          'before; save the mask with two values',
      ),
    ];
  }
  if (share < NEARLY_ALL) return [];
  return [
    odd(
      `marks ${percent(share)} of its pixels: masks are 0 where the picture is good; if it is inverted, save it inverted`,
    ),
  ];
}
