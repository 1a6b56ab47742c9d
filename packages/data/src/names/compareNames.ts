/**
 * Orders names with numbers by value, `9` before `10`, and everything else by code units. Not `localeCompare`: its order
 * depends on the language data Node was built with.
 */
export function compareNames(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const l = left[i]!;
    const r = right[i]!;
    if (l === r) continue;
    const byValue = /^\d/.test(l) && /^\d/.test(r) ? Number(l) - Number(r) : 0;
    if (byValue !== 0) return byValue;
    return l < r ? -1 : 1;
  }
  return left.length - right.length;
}
