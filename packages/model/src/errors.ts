/** An invalid file or configuration; the message is a sentence for the user. */
export class FormatError extends Error {
  override readonly name: string = 'FormatError';
}

/** Training produced a number that is not finite. The model still has the weights of the previous step. */
export class NumericError extends Error {
  override readonly name: string = 'NumericError';
}
