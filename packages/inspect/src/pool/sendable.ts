import { NumericError } from '@pyramid-mamba/model';

/** A picture for which the network computed invalid numbers: an error's class is lost between threads. */
export interface Invalid {
  readonly invalid: string;
}

/** Results as they go between threads. */
export const sendable = <T extends object>(found: readonly (T | NumericError)[]): (T | Invalid)[] =>
  found.map((one) => (one instanceof NumericError ? { invalid: one.message } : one));

/** Results as they were before. */
export const received = <T extends object>(found: readonly (T | Invalid)[]): (T | NumericError)[] =>
  found.map((one) => ('invalid' in one ? new NumericError(one.invalid) : one));
