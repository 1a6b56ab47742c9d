import type { Verdict } from '@pyramid-mamba/metrics';

/** What each verdict means, a clause for titles and legends. */
export const MEANING: Readonly<Record<Verdict, string>> = {
  OK: 'below the limit: passes',
  REVIEW: 'a person decides',
  NG: 'defective',
  UNKNOWN: 'looks like no product of the model',
};
