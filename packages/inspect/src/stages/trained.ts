/** Hexadecimal digits of a picture's SHA-256 in a model file: 64 bits, enough to identify pictures. */
const DIGITS = 16;

/** A picture's SHA-256 as a model file has it. */
export const shortDigest = (hash: string): string => hash.slice(0, DIGITS);

/** What a model file stores to recognise its training pictures: digests of their files, and of their pixels. */
export interface TrainedPictures {
  pictures: string[];
  /** Of a picture that was saved again without loss, under whatever name. */
  pixels: string[];
}

/**
 * The digests of training pictures for their model file.
 *
 * @param files SHA-256 of each picture's file, in hex
 * @param pixels of its pixels, see `Sample.pixelHash`
 */
export const trainedDigests = (files: readonly string[], pixels: readonly string[]): TrainedPictures => ({
  pictures: [...new Set(files.map(shortDigest))],
  pixels: [...new Set(pixels.map(shortDigest))],
});
