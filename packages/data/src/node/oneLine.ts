/** The first line of somebody else's message, without control characters and no longer than 200 characters. */
export function oneLine(reason: unknown): string {
  const text = reason instanceof Error ? reason.message : String(reason);
  return text
    .split(/[\r\n]/)[0]!
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200);
}
