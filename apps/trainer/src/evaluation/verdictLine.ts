import { countOutcomes, type JudgedPicture } from '@pyramid-mamba/metrics';

/**
 * The numbers of OK, NG, REVIEW and UNKNOWN pictures of a class, in one line that starts with a warning if
 * defective pictures were judged OK; undefined if none has a verdict.
 */
export function verdictLine(name: string, pictures: readonly JudgedPicture[]): string | undefined {
  const { good, defective, caught, missed, falseRejects, toReview, unknown, withoutVerdict } =
    countOutcomes(pictures);
  if (withoutVerdict === pictures.length) return undefined;
  const parts = [
    ...(defective > 0 ? [`${caught} of ${defective} defective pictures caught, ${missed} judged OK`] : []),
    ...(good > 0 ? [`${falseRejects} of ${good} good pictures judged NG`] : []),
    `${toReview} to review`,
    ...(unknown > 0 ? [`${unknown} UNKNOWN (no product of the model), ${whose(pictures, unknown)}`] : []),
    ...(withoutVerdict > 0 ? [`${withoutVerdict} without a verdict`] : []),
  ];
  return `${missed > 0 ? 'warning: ' : ''}verdicts on ${name}: ${parts.join('; ')}`;
}

/** How many UNKNOWN pictures are defective: what is not OK is not lost, and what is good is to be looked at. */
function whose(pictures: readonly JudgedPicture[], unknown: number): string {
  const defective = pictures.filter(({ verdict, label }) => verdict === 'UNKNOWN' && label === 1).length;
  if (defective === unknown) return unknown === 1 ? 'defective' : 'all defective';
  if (defective === 0) return unknown === 1 ? 'good' : 'all good';
  return `${defective} of them defective`;
}
