// Picture by picture: where one method ranks a picture better than another does. Scores of two methods have no common unit; ranks have.
import { byName, ownValue } from '@pyramid-mamba/metrics';
import type { ScoreLine } from '@pyramid-mamba/runs';

/**
 * For each picture, by its id: the share of its class's test pictures of the other label that it is on the right side of, ties half. A
 * defective picture above all good ones has 1. The mean over the defective pictures of a class is its image AU-ROC, and so is that over the
 * good ones. Pictures of classes with one label only are left out.
 */
export function standings(scores: readonly ScoreLine[]): Record<string, number> {
  const found = byName<number>();
  for (const line of scores) {
    const others = scores.filter((one) => one.class === line.class && one.label !== line.label);
    if (others.length === 0) continue;
    const sign = line.label === 1 ? 1 : -1;
    const right = others.reduce((sum, { score }) => {
      const ahead = sign * (line.score - score);
      return sum + (ahead > 0 ? 1 : ahead === 0 ? 0.5 : 0);
    }, 0);
    found[line.file] = right / others.length;
  }
  return found;
}

/** A picture, and its mean standing over the seeds of each row. */
export interface PictureRow {
  readonly file: string;
  readonly class: string;
  readonly label: 0 | 1;
  readonly defect: string;
  /** In the order of the rows; null for a row without scores. */
  readonly standings: readonly (number | null)[];
}

/** @param rows for each row the scores of every seed that has some. Pictures that one of these lacks (held-back ones differ by seed) are left out. */
export function pictureRows(rows: readonly (readonly (readonly ScoreLine[])[])[]): PictureRow[] {
  const all = rows.map((seeds) => seeds.map((scores) => standings(scores)));
  const lines = rows.flat()[0] ?? [];
  return lines.flatMap(({ file, class: className, label, defect }) => {
    const means = all.map((seeds) => {
      if (seeds.length === 0) return null;
      const values = seeds.map((one) => ownValue(one, file));
      return values.every((value) => value !== undefined)
        ? values.reduce((sum, value) => sum + value, 0) / values.length
        : undefined;
    });
    if (!means.every((mean) => mean !== undefined)) return [];
    return [{ file, class: className, label, defect, standings: means }];
  });
}

/** How two rows stand to each other, by pictures. */
export interface Pair {
  /** Indices of the rows. */
  readonly a: number;
  readonly b: number;
  /** Pictures that `a` ranks better, worse, and equally. */
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  /** Files of the pictures with the largest differences, largest first. */
  readonly aBest: readonly string[];
  readonly bBest: readonly string[];
}

/** Differences below this are rounding of the mean over seeds. */
const EQUAL = 1e-9;
/** Pictures that are named for each side of a pair. */
const NAMED = 5;

/** The win/loss list of two rows, both with scores. */
export function pairOf(pictures: readonly PictureRow[], a: number, b: number): Pair {
  const gains = pictures.map(({ file, standings: own }) => ({ file, gain: own[a]! - own[b]! }));
  const best = (sign: 1 | -1) =>
    gains
      .filter(({ gain }) => sign * gain > EQUAL)
      .sort((x, y) => sign * (y.gain - x.gain))
      .slice(0, NAMED)
      .map(({ file }) => file);
  const wins = gains.filter(({ gain }) => gain > EQUAL).length;
  const losses = gains.filter(({ gain }) => gain < -EQUAL).length;
  return { a, b, wins, losses, ties: gains.length - wins - losses, aBest: best(1), bBest: best(-1) };
}
