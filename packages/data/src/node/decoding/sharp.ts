import type { SharpOptions } from 'sharp';
import { DataError } from '../../errors.js';
import { oneLine } from './oneLine.js';

/** Pictures with more pixels are rejected: one of this size takes 600 MB as RGB. */
export const MAX_PIXELS = 200_000_000;

/**
 * Options for opening pictures. Colour profiles are ignored, like in Pillow, because applying them would change pixel values.
 * Warnings count as errors: for libjpeg a truncated JPEG is only a warning, and would be returned half grey.
 */
export const OPEN: SharpOptions = { ignoreIcc: true, failOn: 'warning', limitInputPixels: MAX_PIXELS };

type Sharp = typeof import('sharp').default;

let loaded: Promise<Sharp> | undefined;

/**
 * The library that decodes and encodes pictures, an optional peer of this package. Rejects with a DataError that says how to
 * install it where it is missing or does not run here.
 */
export function loadSharp(): Promise<Sharp> {
  loaded ??= import('sharp').then(
    (module) => module.default,
    (error: unknown) => {
      loaded = undefined;
      throw new DataError(
        `pictures are decoded with the package sharp, which cannot be loaded (${oneLine(error)}): install it beside ` +
          '@pyramid-mamba/data, with `npm install sharp@0.35.5`',
        { cause: error },
      );
    },
  );
  return loaded;
}
