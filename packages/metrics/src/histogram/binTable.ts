import { binOf } from './histogram.js';

/** Samples of the occupied bins, highest first: counts in and above the bin. Within a bin any order is possible. */
export interface BinTable {
  readonly bin: Int32Array;
  /** Anomalous and normal samples in the bin, and the mean region overlap they add. */
  readonly p: Float64Array;
  readonly q: Float64Array;
  readonly w: Float64Array;
  /** The same, above it. */
  readonly tp: Float64Array;
  readonly fp: Float64Array;
  readonly pro: Float64Array;
}

export function binTable(p: Float64Array, q: Float64Array, w: Float64Array): BinTable {
  const occupied: number[] = [];
  for (let b = p.length - 1; b >= 0; b--) if (p[b]! > 0 || q[b]! > 0) occupied.push(b);
  const pick = (values: Float64Array): Float64Array => Float64Array.from(occupied, (b) => values[b]!);
  const above = (values: Float64Array): Float64Array => {
    let sum = 0;
    return values.map((value) => {
      sum += value;
      return sum - value;
    });
  };
  const bins = { p: pick(p), q: pick(q), w: pick(w) };
  return {
    bin: Int32Array.from(occupied),
    ...bins,
    tp: above(bins.p),
    fp: above(bins.q),
    pro: above(bins.w),
  };
}

/** Samples above a cut: at least those of the bins above it, at most those of its own bin as well. */
export interface CutBounds {
  readonly tp: Range;
  readonly fp: Range;
  readonly pro: Range;
}
export type Range = readonly [low: number, high: number];

export function aboveCut(table: BinTable, cut: number): CutBounds {
  const { bin, p, q, w, tp, fp, pro } = table;
  const own = binOf(cut);
  let i = 0;
  while (i < bin.length && bin[i]! > own) i++;
  const last = bin.length - 1;
  const range = (above: Float64Array, inside: Float64Array): Range => {
    const low = i <= last ? above[i]! : above[last]! + inside[last]!;
    return [low, low + (bin[i] === own ? inside[i]! : 0)];
  };
  return { tp: range(tp, p), fp: range(fp, q), pro: range(pro, w) };
}
