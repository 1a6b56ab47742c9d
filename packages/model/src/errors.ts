/** A file or a configuration that is not what it must be; the message is a sentence for the user. */
export class FormatError extends Error {
  override readonly name: string = 'FormatError';
}

/** Training produced a number that is not finite. The model still has the weights of the step before. */
export class NumericError extends Error {
  override readonly name: string = 'NumericError';
}
