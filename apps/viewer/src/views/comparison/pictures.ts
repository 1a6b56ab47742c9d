// Which of two methods ranks which pictures better.
import type { ComparedPicture, ComparisonFile } from '@pyramid-mamba/runs';

/** Differences below this are rounding of the mean over seeds, as for `compare`. */
const EQUAL = 1e-9;

/** Which pictures are listed: all that the two rank differently, or those that one of them ranks better. */
export type Which = 'all' | 'a' | 'b';

/** A picture with its standings by two rows. */
export interface Beside {
  readonly picture: ComparedPicture;
  readonly a: number;
  readonly b: number;
}

/** The pictures that two rows rank differently, the largest differences first. */
export function besides(
  { pictures }: Pick<ComparisonFile, 'pictures'>,
  a: number,
  b: number,
  which: Which,
): Beside[] {
  return pictures
    .map((picture): Beside => ({ picture, a: picture.standings[a]!, b: picture.standings[b]! }))
    .filter((one) => {
      const gain = one.a - one.b;
      return Math.abs(gain) > EQUAL && (which === 'all' || (which === 'a') === gain > 0);
    })
    .sort((x, y) => Math.abs(y.a - y.b) - Math.abs(x.a - x.b));
}
