import { NumericError } from '@pyramid-mamba/model';
import { PictureError } from '../pictureError.js';

/** A picture that has an error in place of a result, such as invalid numbers of the network: an error's class is lost between threads. */
export interface Invalid {
  readonly invalid: string;
}

/** Results as they go between threads. */
export const sendable = <T extends object>(
  found: readonly (T | NumericError | PictureError)[],
): (T | Invalid)[] =>
  found.map((one) =>
    one instanceof NumericError || one instanceof PictureError ? { invalid: one.message } : one,
  );

/** Results as they were before, but for the class of errors. */
export const received = <T extends object>(found: readonly (T | Invalid)[]): (T | NumericError)[] =>
  found.map((one) => ('invalid' in one ? new NumericError(one.invalid) : one));
