import { computed, signal } from '@preact/signals';

/** The order of work, which is the navigation. */
export const STEPS = ['pictures', 'train', 'judge', 'adjust', 'report'] as const;
export type Step = (typeof STEPS)[number];

/** The parts of a step by their names in the address, the first one first seen. */
export const PARTS = {
  pictures: ['all'],
  train: ['model'],
  judge: ['now', 'results', 'picture'],
  adjust: ['thresholds'],
  report: ['page', 'figures'],
} as const satisfies Record<Step, readonly string[]>;
export type Part = (typeof PARTS)[Step][number];

/** A view in the address: `#PROJECT/STEP/PART/PICTURE?FILTER`; without a project that of the open one. */
export interface Place {
  readonly project: string | null;
  readonly step: Step;
  readonly part: Part;
  /** The picture's name in its project; null for none. */
  readonly picture: string | null;
  readonly query: string;
}
/** Where the page is: its first screen, a comparison of methods, a project's place, a project without a step, or an address that it does not know. */
export type Route =
  | { readonly at: 'home' }
  | { readonly at: 'comparison' }
  | ({ readonly at: 'place' } & Place)
  | { readonly at: 'project'; readonly project: string }
  | { readonly at: 'unknown'; readonly address: string };

/** Addresses of the page's views before it had steps. */
const BEFORE: Record<string, string> = {
  open: '',
  gallery: 'judge/results',
  inspect: 'judge/picture',
  tune: 'adjust/thresholds',
  table: 'report/figures',
  live: 'judge/now',
  train: 'train/model',
};

/** The address of a comparison that was opened. */
export const COMPARISON = 'comparison';

const isStep = (name: string | undefined): name is Step => STEPS.some((step) => step === name);

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** What an address names; `hash` is the part of the page's address from `#` on. */
export function routeOf(hash: string): Route {
  const address = hash.replace(/^#/, '');
  const [path = '', query = ''] = address.split(/\?(.*)/s);
  const known = Object.hasOwn(BEFORE, path) ? BEFORE[path]! : path;
  const names = known
    .split('/')
    .filter((name) => name !== '')
    .map(decoded);
  const [first] = names;
  if (first === undefined) return { at: 'home' };
  if (first === COMPARISON && names.length === 1) return { at: 'comparison' };
  const project = isStep(first) ? null : first;
  const [step, part, picture = null, ...more] = project === null ? names : names.slice(1);
  if (step === undefined) return { at: 'project', project: first };
  if (!isStep(step) || more.length > 0) return { at: 'unknown', address };
  const parts: readonly Part[] = PARTS[step];
  const found = part === undefined ? parts[0] : parts.find((name) => name === part);
  if (found === undefined) return { at: 'unknown', address };
  return { at: 'place', project, step, part: found, picture, query };
}

/** The address of a place, from `#` on. */
export function addressOf({ project, step, part, picture, query }: Place): string {
  const names = [...(project === null ? [] : [project]), step, part, ...(picture === null ? [] : [picture])];
  return `#${names.map(encodeURIComponent).join('/')}${query === '' ? '' : `?${query}`}`;
}

/** Where the page is now. */
export const route = signal<Route>(routeOf(location.hash));
addEventListener('hashchange', () => (route.value = routeOf(location.hash)));

/** The place shown; null on the first screen and at unknown addresses. */
export const place = computed<Place | null>(() => (route.value.at === 'place' ? route.value : null));

/** The place of a step in the project of the present address. */
export function placeOf(step: Step, part: Part = PARTS[step][0], picture: string | null = null): Place {
  const now = route.value;
  const project = now.at === 'place' || now.at === 'project' ? now.project : null;
  return { project, step, part, picture, query: '' };
}

/** Goes to a place of the present project; Back returns. */
export function go(step: Step, part?: Part, picture: string | null = null): void {
  location.hash = addressOf(placeOf(step, part, picture));
}

/** Goes to a project, to a place in it, or to the first screen with null; Back returns. */
export function goToProject(project: string | null, step: Step | null = null, part?: Part): void {
  location.hash =
    project === null
      ? ''
      : step === null
        ? `#${encodeURIComponent(project)}`
        : addressOf({ project, step, part: part ?? PARTS[step][0], picture: null, query: '' });
}

/** Changes the address without a step back to the present one. */
export function replaceRoute(to: Place): void {
  const address = addressOf(to);
  if (address === location.hash) return;
  history.replaceState(history.state, '', address);
  route.value = { at: 'place', ...to };
}
