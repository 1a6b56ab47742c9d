// Parsers of option values. commander reports their errors with the option's name.
import type { Size } from '@pyramid-mamba/model';
import { InvalidArgumentError, Option } from 'commander';

/** An integer of at least 1. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('Expected a whole number of at least 1.');
  }
  return value;
}

/** The help of `--input-size`, for the parser `inputSides`. */
export const INPUT_SIZE_HELP = 'pixels, multiples of 32: 256, or HEIGHTxWIDTH';

/** `256`, or height and width, `256x512`. */
export function inputSides(text: string): Size {
  const found = /^(\d+)(?:[x×](\d+))?$/.exec(text.trim());
  const [height, width] = [Number(found?.[1]), Number(found?.[2] ?? found?.[1])];
  if (!(height >= 1 && width >= 1 && Number.isSafeInteger(height) && Number.isSafeInteger(width))) {
    throw new InvalidArgumentError(
      'Expected the side of a square in pixels, or height and width, such as 256 or 256x512.',
    );
  }
  return { height, width };
}

/** The option `--fit` of commands that train. */
export const fitOption = (): Option =>
  new Option('--fit <how>', 'pad keeps the aspect of pictures, and judges no border').choices([
    'stretch',
    'pad',
  ]);

/** An integer of at least 0. */
export function seed(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value >= 2 ** 32) {
    throw new InvalidArgumentError('Expected a whole number from 0 to 4294967295.');
  }
  return value;
}

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('Expected a number above 0.');
  }
  return value;
}

/** A name in double quotes, in which a comma is a part of it and `""` a quote; or anything up to a comma. */
const NAME = /\s*(?:"((?:[^"]|"")*)"\s*|([^",\s][^,]*|))(?:,|$)/y;

/** Names separated by commas; one that holds a comma stands in double quotes: `"bolt, M6",nut`. In NFC, as class names are. */
export function names(text: string): string[] {
  const list: string[] = [];
  NAME.lastIndex = 0;
  while (NAME.lastIndex < text.length) {
    const found = NAME.exec(text);
    if (!found) throw new InvalidArgumentError('Expected names separated by commas; a quote is not closed.');
    const [, quoted, plain = ''] = found;
    list.push((quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"')).normalize('NFC'));
  }
  const given = list.filter((name) => name !== '');
  if (given.length === 0) throw new InvalidArgumentError('Expected names separated by commas.');
  return [...new Set(given)];
}

/** The help of the option that limits a command to some classes. */
export const CLASSES_HELP = 'use only these classes; put a name with a comma in double quotes';

/** The same for an option that may be repeated: `--classes bolt --classes nut`. */
export const moreNames = (text: string, before: string[] = []): string[] => [
  ...new Set([...before, ...names(text)]),
];

/** Pyramid levels, e.g. `1,2`: powers of two, ascending. */
export function grids(text: string): number[] {
  const list = text.split(',').map(Number);
  const sound = list.every((grid, i) => [1, 2, 4, 8].includes(grid) && (i === 0 || grid > list[i - 1]!));
  if (!sound) throw new InvalidArgumentError('Expected rising powers of two, e.g. 1 or 1,2 or 1,2,4.');
  return list;
}

/** A fraction, from 0 to 0.9. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 0.9)) {
    throw new InvalidArgumentError('Expected a share from 0 to 0.9.');
  }
  return value;
}

/** A share between 0 and 1, such as `1%` or `0.01`. */
export function rate(text: string): number {
  const [, number, percent] = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text.trim()) ?? [];
  const value = Number(number) / (percent === '%' ? 100 : 1);
  if (!(value > 0 && value < 1)) {
    throw new InvalidArgumentError('Expected a share between 0 and 1, such as 1% or 0.01.');
  }
  return value;
}

/** For `train` and `evaluate`. */
export const MAX_FALSE_REJECTS = [
  '--max-false-rejects <share>',
  'of good pictures, e.g. 1%; default: 0.5%',
] as const;

const SECONDS = { s: 1, m: 60, min: 60, h: 3600 } as const;

/** A time in seconds, from `90s`, `30m` or `1h`. */
export function timeSpan(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(s|m|min|h)$/.exec(text.trim()) ?? [];
  const seconds = Number(number) * SECONDS[unit as keyof typeof SECONDS];
  if (!(seconds > 0 && Number.isFinite(seconds))) {
    throw new InvalidArgumentError('Expected a time with its unit, such as 90s, 30m or 1h.');
  }
  return seconds;
}
