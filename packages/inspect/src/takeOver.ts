/** What the self-test of a model says of one class. */
export interface ClassTest {
  readonly passed: boolean;
  /** 0 to 1, the higher the better; comparable between models of the same pictures. */
  readonly figure: number;
}

/** By class; absent where a model was not tested. */
export type Tested = Readonly<Record<string, ClassTest>>;

export interface TakeOver {
  readonly takesOver: boolean;
  /** Half a sentence. */
  readonly reason: string;
}

const ownFigure = (
  figures: Readonly<Record<string, number>> | undefined,
  name: string,
): number | undefined => (figures && Object.hasOwn(figures, name) ? figures[name] : undefined);

const mean = (figures: readonly number[]): number =>
  figures.reduce((sum, figure) => sum + figure, 0) / figures.length;

/**
 * Whether a model takes the place of the one in use: where its self-test has the higher mean figure of the classes, and no class fails
 * that passes now. A class that was not tested has nothing to be compared by, so the model in use stays.
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
  const after = mean(Object.values(next).map(({ figure }) => figure));
  const figures = `${after.toFixed(3)} against ${before.toFixed(3)} in the self-test`;
  return after > before
    ? { takesOver: true, reason: `better, ${figures}` }
    : stays(`the other one is not better, ${figures}`);
}
