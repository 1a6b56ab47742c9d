/** The 97.5 % point of the normal distribution. */
const Z = 1.959964;

/** `3 to 17 %`. The upper end says 0, and the lower one 100, only where it is exactly that: what may happen must not read as never. */
export function between([low, high]: readonly [low: number, high: number]): string {
  const [least, most] = [100 * low, 100 * high];
  const from = least >= 99.5 && least < 100 ? Math.floor(10 * least) / 10 : Math.round(least);
  const to = most > 0 && most < 0.5 ? Math.ceil(10 * most) / 10 : Math.round(most);
  return `${from} to ${to} %`;
}

/** Wilson's 95 % interval of a share of which `hits` of `count` were seen: wide where there are few. Without any, 0 to 1. */
export function wilson(hits: number, count: number): [low: number, high: number] {
  if (count === 0) return [0, 1];
  const share = hits / count;
  const scale = 1 + Z ** 2 / count;
  const middle = (share + Z ** 2 / (2 * count)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2));
  // rounding must not exclude what was seen
  return [Math.max(0, Math.min(share, middle - half)), Math.min(1, Math.max(share, middle + half))];
}
