/** `75` -> `1m15s`, `5` -> `5s`, `7300` -> `2h01m`; spelt out `1 min 15 s`, `5 s`, `2 h 1 min`. */
export function duration(seconds: number, style: 'short' | 'spelt' = 'short'): string {
  const s = Math.max(0, Math.round(seconds));
  const [large, small] =
    s < 3600 ? [Math.floor(s / 60), s % 60] : [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  const [first, second] = s < 3600 ? ['min', 's'] : ['h', 'min'];
  if (style === 'spelt') return s < 60 ? `${s} s` : `${large} ${first} ${small} ${second}`;
  return s < 60 ? `${s}s` : `${large}${first![0]}${String(small).padStart(2, '0')}${second![0]}`;
}

/** Bytes in MiB with one digit after the point, without the unit. */
export const inMib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/** A fraction of 1 in percent; null stays null. */
export const inPercent = (value: number | null): number | null => (value === null ? null : value * 100);
