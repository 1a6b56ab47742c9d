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

/** The part of a 0-based step of `total`. A part ends after the rounded-down sum of shares up to it. */
export function partAt(parts: readonly TrainPart[], step: number, total: number): PartNow {
  let end = 0;
  const index = parts.findIndex(({ share }, i) => {
    end += share;
    return i === parts.length - 1 || step < Math.floor(end * total);
  });
  return { index, rates: parts[index]!.rates };
}

/** The factor of a parameter's learning rate; undefined where it is not trained. */
export function rateOf(rates: TrainPart['rates'], name: string): number | undefined {
  const found = Object.keys(rates)
    .filter((start) => name.startsWith(start))
    .sort((a, b) => b.length - a.length);
  return found.length > 0 ? rates[found[0]!] : undefined;
}
