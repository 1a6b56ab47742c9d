import { computed, effect, signal } from '@preact/signals';
import type { Item } from '../run/types.js';
import { run, selected } from './opened.js';
import { arranged, type Filter, type Order } from './arranged.js';

export const ALL: Filter = { className: null, label: 'any', verdict: 'any', outcome: 'any' };

/** Which pictures the gallery shows, and in which order. */
export const filter = signal<Filter>(ALL);
export const order = signal<Order>('score down');

// a class that the open run does not have would filter out everything
effect(() => {
  const now = filter.peek();
  const known = run.value?.classes ?? [];
  if (now.className !== null && !known.includes(now.className)) filter.value = { ...now, className: null };
});

/** The pictures the gallery shows; previous and next follow them too. */
export const shown = computed<readonly Item[]>(() =>
  arranged(run.value?.items ?? [], filter.value, order.value),
);

/** Moves on by this many of the shown pictures; stops at the ends. */
export function step(by: number): void {
  const list = shown.value;
  const at = selected.value === null ? -1 : list.indexOf(selected.value);
  const next = list[at < 0 ? 0 : Math.min(list.length - 1, Math.max(0, at + by))];
  if (next) selected.value = next;
}
