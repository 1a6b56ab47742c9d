/** What the self-test of a model says of one class, see `ClassSelfTest`. */
export interface ClassTest {
  readonly passed: boolean;
  /** 0 to 1, the higher the better; comparable between models of the same pictures. */
  readonly figure: number;
  /** What its thresholds let through. */
  readonly clear: { readonly drawn: number; readonly found: number };
}

/** By class; absent where a model was not tested. */
export type Tested = Readonly<Record<string, ClassTest>>;

export interface TakeOver {
  readonly takesOver: boolean;
  /** Half a sentence. */
  readonly reason: string;
}

const ownFigure = (figures: Readonly<Record<string, number>> | undefined, name: string): number | undefined =>
  figures && Object.hasOwn(figures, name) ? figures[name] : undefined;

const mean = (figures: readonly number[]): number =>
  figures.reduce((sum, figure) => sum + figure, 0) / figures.length;

/**
 * Whether a model takes the place of the one in use: where its self-test has the higher mean figure of the classes, its thresholds let no more clear
 * drawn defects pass than chance explains (see `findsMore`), and no class fails that passes now. A class that was not tested has nothing to be compared
 * by, so the model in use stays.
 *
 * @param alike figures of a model like the one in use, by class, that answered what tested the next model; by default those of the one in use
 */
export function takeOver(
  now: Tested | undefined,
  next: Tested | undefined,
  alike?: Readonly<Record<string, number>>,
): TakeOver {
  const stays = (reason: string): TakeOver => ({ takesOver: false, reason });
  const classes = Object.keys(now ?? {});
  const untested = classes.find((name) => !Object.hasOwn(next ?? {}, name));
  if (!next || Object.keys(next).length === 0) return stays('the other one could not test itself');
  if (untested !== undefined) return stays(`the other one could not test itself on ${untested}`);
  if (!now || classes.length === 0) return { takesOver: true, reason: 'the other one could not test itself' };
  const lost = classes.find((name) => now[name]!.passed && !next[name]!.passed);
  if (lost !== undefined) return stays(`the other one fails its self-test on ${lost}`);
  const before = mean(classes.map((name) => ownFigure(alike, name) ?? now[name]!.figure));
  // of the same classes: another one may be easier
  const after = mean(classes.map((name) => next[name]!.figure));
  const figures = `${after.toFixed(3)} against ${before.toFixed(3)} in the self-test`;
  if (after <= before) return stays(`the other one is not better, ${figures}`);
  // the figure does not see thresholds, and a user has nothing else
  const { gain, chance, words } = difference(now, next);
  if (gain < -chance) return stays(`the other one lets more pass, ${words}`);
  return { takesOver: true, reason: `better, ${figures}` };
}

/**
 * Whether a model takes the place of another one that was tested with the same pictures, whose thresholds come from as many: where it finds more of the
 * clear drawn defects than chance may give it, and no class fails that passes now. Two equal models differ on about a quarter of them by chance, so that
 * the difference has a standard deviation of half the square root of their number; up to that it is a tie, and the model in use stays. The
 * figure does not break a tie: it does not see a good picture that lifts the thresholds over the defects (docs/methods/patchcore.md, Orientation).
 */
export function findsMore(now: Tested, next: Tested): TakeOver {
  const { lost, gain, chance, words } = difference(now, next);
  if (lost !== undefined) return { takesOver: false, reason: lost };
  if (gain > 0 && gain <= chance) return { takesOver: false, reason: `${words}, which may be chance` };
  return { takesOver: gain > 0, reason: words };
}

/**
 * Whether a model that is known to be better elsewhere takes the place of another one, see `findsMore`: where it does not find fewer
 * of the clear drawn defects than chance may cost it, and no class fails that passes now.
 */
export function findsNoFewer(now: Tested, next: Tested): TakeOver {
  const { lost, gain, chance, words } = difference(now, next);
  if (lost !== undefined) return { takesOver: false, reason: lost };
  return { takesOver: gain >= -chance, reason: words };
}

/** Clear drawn defects that the next model finds more, what chance gives of it, and a class that fails then. */
function difference(now: Tested, next: Tested) {
  // a class that only one of them tested says nothing of which finds more
  const shared = Object.keys(now).filter((name) => Object.hasOwn(next, name));
  const sum = (test: Tested, key: 'drawn' | 'found') =>
    shared.reduce((total, name) => total + test[name]!.clear[key], 0);
  const failing = Object.keys(now).find((name) => now[name]!.passed && next[name]?.passed !== true);
  const [before, after] = [sum(now, 'found'), sum(next, 'found')];
  const [ofBefore, ofAfter] = [sum(now, 'drawn'), sum(next, 'drawn')];
  // one that hung on chance was shown more defects
  const drawn = Math.min(ofBefore, ofAfter);
  return {
    lost: failing === undefined ? undefined : `the other one fails its self-test on ${failing}`,
    gain: drawn === 0 ? 0 : drawn * (after / ofAfter - before / ofBefore),
    chance: Math.sqrt(drawn) / 2,
    words:
      `${after} of ${ofAfter} clear drawn defects are found, ` +
      (ofBefore === ofAfter ? `${before} before` : `${before} of ${ofBefore} before`),
  };
}
