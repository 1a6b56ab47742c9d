import { signal } from '@preact/signals';

/** The views of the page, by the name after `#` in its address. */
export const VIEW_NAMES = ['open', 'gallery', 'inspect', 'tune', 'table', 'live', 'train'] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

const named = (hash: string): ViewName =>
  VIEW_NAMES.find((name) => name === hash.replace(/^#/, '').split('/')[0]) ?? 'gallery';

/** The current view. */
export const view = signal<ViewName>(named(location.hash));

addEventListener('hashchange', () => (view.value = named(location.hash)));

/** Goes to a view; Back returns. */
export function go(name: ViewName): void {
  location.hash = name;
}
