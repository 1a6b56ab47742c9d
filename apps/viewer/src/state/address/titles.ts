import type { Part, Step } from './route.js';

/** The steps' names, in the navigation and in titles. */
export const STEP_TITLES: Record<Step, string> = {
  pictures: 'Pictures',
  train: 'Train',
  judge: 'Judge',
  adjust: 'Adjust',
  report: 'Report',
};

/** The parts' names; a step with one part shows none. */
export const PART_TITLES: Record<Part, string> = {
  all: 'Pictures',
  model: 'Train',
  now: 'Judge pictures',
  results: 'Results',
  picture: 'One picture',
  thresholds: 'Thresholds',
  page: 'Report',
  figures: 'Figures',
};

/** The name of a view: of the part, after its step where it has another name. */
export function titleOf({ step, part }: { readonly step: Step; readonly part: Part }): string {
  const [of, own] = [STEP_TITLES[step], PART_TITLES[part]];
  return own === of ? of : `${own} · ${of}`;
}
