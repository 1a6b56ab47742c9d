import { effect } from '@preact/signals';
import { VERDICTS } from '@pyramid-mamba/metrics';
import type { Item, OpenRun } from '../../run/types.js';
import { ORDERS, type Filter, type Order } from '../arranged.js';
import { run, selected } from '../opened.js';
import { addressOf, place, placeOf, replaceRoute } from './route.js';
import { filter, order } from '../selection.js';
import { workplace } from '../workplace.js';

const LABELS: readonly Filter['label'][] = ['good', 'defective', 'unknown'];
const OUTCOMES: readonly Filter['outcome'][] = ['miss', 'false reject', 'to review', 'unknown'];
const USUAL: Order = 'score down';

/** A filter and an order as the query of an address; empty for those of the start. */
export function queryOf({ className, label, verdict, outcome }: Filter, sort: Order): string {
  const query = new URLSearchParams();
  if (className !== null) query.set('class', className);
  if (label !== 'any') query.set('truth', label);
  if (verdict !== 'any') query.set('verdict', verdict);
  if (outcome !== 'any') query.set('outcome', outcome);
  if (sort !== USUAL) query.set('sort', sort);
  return query.toString();
}

/** The filter and the order of a query; what it does not know counts as none. */
export function filterOf(text: string): { filter: Filter; order: Order } {
  const query = new URLSearchParams(text);
  const one = <T extends string>(key: string, of: readonly T[]): T | 'any' =>
    of.find((value) => value === query.get(key)) ?? 'any';
  const sort = one('sort', Object.keys(ORDERS) as Order[]);
  return {
    filter: {
      className: query.get('class'),
      label: one('truth', LABELS),
      verdict: one('verdict', VERDICTS),
      outcome: one('outcome', OUTCOMES),
    },
    order: sort === 'any' ? USUAL : sort,
  };
}

/** Parts of a step that show the pictures of a run by the filter. */
export const isFiltered = (part: string): part is 'results' | 'picture' =>
  part === 'results' || part === 'picture';

const filteredPlace = (part: 'results' | 'picture', picture: string | null) => ({
  ...placeOf('judge', part, picture),
  query: queryOf(filter.value, order.value),
});

/** The address of the results, or of the selected picture, by the filter that is set. */
export const filteredAddress = (part: 'results' | 'picture'): string =>
  addressOf(filteredPlace(part, part === 'picture' ? (selected.value?.id ?? null) : null));

/** Selects a picture and goes to it; Back returns. */
export function showPicture(item: Item): void {
  selected.value = item;
  location.hash = addressOf(filteredPlace('picture', item.id));
}

/** Keeps the address in step with what it names, both ways: filter, order and picture. */
export function followAddress(): void {
  // the run that the address was read for, and what was read
  let of: OpenRun | null = null;
  let read = '';
  effect(() => {
    const [now, opened] = [place.value, run.value];
    if (!now || !opened || !isFiltered(now.part)) return;
    const key = `${now.part}/${now.picture ?? ''}?${now.query}`;
    if (of === opened && key === read) return;
    [of, read] = [opened, key];
    const wanted = filterOf(now.query);
    if (queryOf(wanted.filter, wanted.order) !== queryOf(filter.peek(), order.peek())) {
      filter.value = wanted.filter;
      order.value = wanted.order;
    }
    if (now.part === 'picture' && now.picture !== null && selected.peek()?.id !== now.picture)
      selected.value = opened.items.find(({ id }) => id === now.picture) ?? selected.peek();
  });
  effect(() => {
    const query = queryOf(filter.value, order.value);
    const picture = selected.value?.id ?? null;
    const now = place.peek();
    if (!now || of === null || of !== run.peek() || !isFiltered(now.part)) return;
    const project = now.project ?? workplace.peek()?.id ?? null;
    const to = { ...now, project, query, picture: now.part === 'picture' ? picture : null };
    read = `${to.part}/${to.picture ?? ''}?${to.query}`;
    replaceRoute(to);
  });
}
