// Readers of option values. What they reject, commander reports with the option's name.
import { InvalidArgumentError } from 'commander';

/** A whole number of at least 1. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('Wanted a whole number of at least 1.');
  }
  return value;
}

/** A whole number of at least 0. */
export function seed(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value >= 2 ** 32) {
    throw new InvalidArgumentError('Wanted a whole number from 0 to 4294967295.');
  }
  return value;
}

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('Wanted a number above 0.');
  }
  return value;
}

/** Names separated by commas. */
export function names(text: string): string[] {
  const list = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (list.length === 0) throw new InvalidArgumentError('Wanted names separated by commas.');
  return [...new Set(list)];
}

/** Pyramid levels, e.g. `1,2`: powers of two, rising. */
export function grids(text: string): number[] {
  const list = text.split(',').map(Number);
  const sound = list.every((grid, i) => [1, 2, 4, 8].includes(grid) && (i === 0 || grid > list[i - 1]!));
  if (!sound) throw new InvalidArgumentError('Wanted rising powers of two, e.g. 1 or 1,2 or 1,2,4.');
  return list;
}

/** A share, from 0 to 0.9. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 0.9)) {
    throw new InvalidArgumentError('Wanted a share from 0 to 0.9.');
  }
  return value;
}
