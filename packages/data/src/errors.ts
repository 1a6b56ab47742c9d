/** Input data that cannot be used. The message is one sentence: where, what was expected, what was found, what to do. */
export class DataError extends Error {
  override readonly name: string = 'DataError';
}

/** A file that cannot be written or read for a reason outside the data: disk full, no permission, … Same kind of message. */
export class FileError extends Error {
  override readonly name: string = 'FileError';
}
