/** Names in a sentence that stays readable with a thousand of them. */
const MOST = 12;

/** `a, b, c`; of more than `most` names the first ones and the number of the others, `a, b, … and 998 more`. */
export function someOf(names: readonly string[], most = MOST): string {
  // naming all is shorter than saying that one is left out
  if (names.length <= most + 1) return names.join(', ');
  return `${names.slice(0, most).join(', ')}, … and ${names.length - most} more`;
}
