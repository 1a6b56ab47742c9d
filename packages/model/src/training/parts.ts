import { z } from 'zod';

/** A part of a training: the parameters that it trains, and for how long. The others keep their values. */
export const trainPartSchema = z.strictObject({
  /** Share of all steps; the last part takes what is left. */
  share: z.number().min(0).max(1),
  /** By the beginning of parameters' names a factor of the learning rate; the longest beginning counts, and parameters with none are not trained. */
  rates: z.record(z.string(), z.number().positive()),
});

export type TrainPart = z.infer<typeof trainPartSchema>;

/** A part and its place, counted from 0. */
export interface PartNow {
  readonly index: number;
  readonly rates: TrainPart['rates'];
}

/** The 0-based step after the last one of each part. A part ends after the rounded-down sum of shares up to it. */
export function partEnds(parts: readonly TrainPart[], total: number): number[] {
  let end = 0;
  return parts.map(({ share }, i) => {
    end += share;
    return i === parts.length - 1 ? total : Math.floor(end * total);
  });
}

/** The part of a 0-based step of `total`. */
export function partAt(parts: readonly TrainPart[], step: number, total: number): PartNow {
  const index = partEnds(parts, total).findIndex((end, i) => i === parts.length - 1 || step < end);
  return { index, rates: parts[index]!.rates };
}

/** The factor of a parameter's learning rate; undefined where it is not trained. */
export function rateOf(rates: TrainPart['rates'], name: string): number | undefined {
  const found = Object.keys(rates)
    .filter((start) => name.startsWith(start))
    .sort((a, b) => b.length - a.length);
  return found.length > 0 ? rates[found[0]!] : undefined;
}
