interface MaybeBlank {
  readonly className: string;
  /** Whether it is a blank good picture (`isBlank`), or was drawn on one. */
  readonly blank?: boolean | undefined;
}

/**
 * The pictures without blank good ones, which are never OK: a limit that rises with them lets defects pass. Of a class whose good pictures are all blank
 * they stay: that is how its product looks.
 */
export function withoutBlank<T extends MaybeBlank>(all: readonly T[], isGood: (one: T) => boolean): T[] {
  const others = new Set(
    all.filter((one) => isGood(one) && one.blank !== true).map(({ className }) => className),
  );
  return all.filter(({ className, blank }) => blank !== true || !others.has(className));
}

/** What a user is told of good pictures that were left out. @param ids at least one */
export const blankNote = (ids: readonly string[]): string =>
  ids.length === 1
    ? `the good picture ${ids[0]!} is blank, one colour or dark everywhere, so it sets no thresholds; remove it, and check the camera and the light`
    : `${ids.length} good pictures are blank, one colour or dark everywhere (first ${ids[0]!}), so they set no thresholds; remove them, and check the camera and the light`;
