/** The first line of a foreign message, without control characters and at most 200 characters long. */
export function oneLine(reason: unknown): string {
  const text = reason instanceof Error ? reason.message : String(reason);
  return text
    .split(/[\r\n]/)[0]!
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200);
}
