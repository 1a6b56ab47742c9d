// What `learn` says.
import { sentenceOf, type ClearFound, type LearntClass } from '@pyramid-mamba/inspect';
import { plural } from '../text/plural.js';
import type { Labelled } from './labelled.js';

/** The lines about a class: what the labelled pictures and drawn defects say before and after. */
export function lessonLines({ className, before, after, kept, given, filed }: LearntClass): string[] {
  const caught = after.real
    ? `; defective pictures not judged OK: ${before.real!.found} before, ${after.real.found} after, of ${after.real.pictures}`
    : '';
  const { good } = after;
  const questioned =
    good.pictures > 0
      ? `good pictures not OK: ${before.good.refused + before.good.toReview} before, ${good.refused + good.toReview} after, of ${good.pictures} ` +
        `(after: each left out of what was learnt)`
      : 'no good pictures';
  const clear = ({ drawn, before, after }: ClearFound, which: string): string =>
    drawn > 0 ? `; clear drawn defects found ${which}: ${before} before, ${after} after, of ${drawn}` : '';
  const drawn =
    clear(kept, "among the self-test's") + clear(given, 'on given good pictures that are OK without them');
  return [
    `${className}: ${questioned}${caught}${drawn}`,
    ...(filed.before ? [`before: ${sentenceOf({ [className]: filed.before })}`] : []),
    ...(filed.after ? [`after: ${sentenceOf({ [className]: filed.after })}`] : []),
  ];
}

/** `verdicts of the 5 good pictures: 3 NG, 2 REVIEW before; 5 OK after`. */
export function verdictLines(pictures: readonly Labelled[], after: readonly Labelled['verdict'][]): string[] {
  return (['good', 'defective'] as const).flatMap((label) => {
    const own = pictures.flatMap((picture, i) =>
      picture.label === label ? [{ before: picture.verdict, after: after[i]! }] : [],
    );
    if (own.length === 0) return [];
    const counts = (verdicts: readonly Labelled['verdict'][]): string => {
      const seen = new Map<string, number>();
      for (const one of verdicts) seen.set(one ?? 'none', (seen.get(one ?? 'none') ?? 0) + 1);
      return [...seen].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
    };
    return [
      `verdicts on ${plural(own.length, `${label} picture`)}: ${counts(own.map(({ before }) => before))} before; ${counts(own.map(({ after }) => after))} now`,
    ];
  });
}
