/** `1 class`, `2 classes`; the plural is the word with an s where not given. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
