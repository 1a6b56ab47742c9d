/** Definitions by direct counting, one pass over all samples per threshold; the second oracle of the tests. */
import type { Mask, ScoreMap } from '../src/index.js';

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const descending = (scores: ArrayLike<number>): number[] =>
  [...new Set(Array.from(scores))].toSorted((a, b) => b - a);

export function aurocByPairs(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  let wins = 0;
  let pairs = 0;
  for (let i = 0; i < scores.length; i++) {
    for (let j = 0; j < scores.length; j++) {
      if (!labels[i] || labels[j]) continue;
      pairs++;
      wins += scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0;
    }
  }
  return wins / pairs;
}

/** Precision and recall when `accepted` samples are predicted anomalous. */
function precisionRecall(
  accepted: readonly boolean[],
  labels: ArrayLike<number>,
  epsilon = 0,
): [number, number] {
  const hits = sum(accepted.map((yes, i) => (yes && labels[i] ? 1 : 0)));
  const positives = sum(Array.from(labels, (label) => (label ? 1 : 0)));
  return [hits / (sum(accepted.map(Number)) + epsilon), hits / (positives + epsilon)];
}

export function averagePrecisionByThresholds(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  let before = 0;
  let area = 0;
  for (const threshold of descending(scores)) {
    const [precision, recall] = precisionRecall(
      Array.from(scores, (s) => s >= threshold),
      labels,
    );
    area += (recall - before) * precision;
    before = recall;
  }
  return area;
}

export function f1MaxByThresholds(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const f1 = descending(scores).map((threshold) => {
    const [precision, recall] = precisionRecall(
      Array.from(scores, (s) => s >= threshold),
      labels,
    );
    return precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
  });
  return Math.max(...f1);
}

export function f1MaxByTwentyOneSteps(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const all = Array.from(scores);
  const min = Math.min(...all);
  const range = Math.max(...all) - min;
  let best = 0;
  for (let i = 0; i <= 20; i++) {
    const [precision, recall] = precisionRecall(
      all.map((s) => (s - min) / range > i * 0.05),
      labels,
      1e-8,
    );
    best = Math.max(best, (2 * precision * recall) / (precision + recall + 1e-8));
  }
  return best;
}

/** Regions by relabelling until nothing changes: every pixel takes the smallest label around it. */
export function regionsByRelabelling(
  mask: ArrayLike<number>,
  width: number,
  height: number,
  connectivity: 4 | 8,
): number[] {
  const labels = Array.from(mask, (value, i) => (value ? i + 1 : 0));
  for (let changed = true; changed;) {
    changed = false;
    for (let a = 0; a < labels.length; a++) {
      for (let b = 0; b < labels.length; b++) {
        const dx = Math.abs((a % width) - (b % width));
        const dy = Math.abs(Math.floor(a / width) - Math.floor(b / width));
        const near = connectivity === 8 ? Math.max(dx, dy) === 1 : dx + dy === 1;
        if (near && labels[a]! > 0 && labels[b]! > labels[a]!) {
          labels[b] = labels[a]!;
          changed = true;
        }
      }
    }
  }
  const names = [...new Set(labels.filter((label) => label > 0))];
  if (labels.length !== width * height) throw new Error('regionsByRelabelling: size');
  return labels.map((label) => names.indexOf(label) + 1);
}

/** [false positive rate, mean per-region overlap] when the pixels that `accepts` are predicted anomalous. */
function point(
  maps: readonly ScoreMap[],
  masks: readonly Mask[],
  accepts: (s: number) => boolean,
): [number, number] {
  let normal = 0;
  let falsePositives = 0;
  const overlaps: number[] = [];
  maps.forEach(({ data, width, height }, i) => {
    const labels = regionsByRelabelling(masks[i]!.data, width, height, 8);
    for (let region = 1; region <= Math.max(...labels); region++) {
      const inside = Array.from(data).filter((_, k) => labels[k] === region);
      overlaps.push(inside.filter(accepts).length / inside.length);
    }
    const outside = Array.from(data).filter((_, k) => labels[k] === 0);
    normal += outside.length;
    falsePositives += outside.filter(accepts).length;
  });
  return [falsePositives / normal, sum(overlaps) / overlaps.length];
}

export function auproByThresholds(maps: readonly ScoreMap[], masks: readonly Mask[], limit: number): number {
  const all = maps.flatMap((map) => Array.from(map.data));
  let [x, y] = [0, 0];
  let area = 0;
  for (const threshold of descending(all)) {
    const [nextX, nextY] = point(maps, masks, (s) => s >= threshold);
    if (nextX > limit) {
      const cut = y + ((nextY - y) * (limit - x)) / (nextX - x);
      return (area + ((limit - x) * (y + cut)) / 2) / limit;
    }
    area += ((nextX - x) * (y + nextY)) / 2;
    [x, y] = [nextX, nextY];
  }
  return (area + (limit - x) * y) / limit;
}

export function auproBySteps(
  maps: readonly ScoreMap[],
  masks: readonly Mask[],
  limit: number,
  steps: number,
): number {
  const all = maps.flatMap((map) => Array.from(map.data));
  const min = Math.min(...all);
  const max = Math.max(...all);
  const step = (max - min) / steps;
  const kept: [number, number][] = [];
  for (let i = 0; i < Math.ceil((max - min) / step); i++) {
    const at = point(maps, masks, (s) => s > min + i * (min + step - min));
    if (at[0] < limit) kept.push(at);
  }
  const range = kept[0]![0] - kept.at(-1)![0];
  let area = 0;
  for (let i = 1; i < kept.length; i++) {
    area += ((kept[i - 1]![0] - kept[i]![0]) * (kept[i - 1]![1] + kept[i]![1])) / 2;
  }
  return area / range;
}
