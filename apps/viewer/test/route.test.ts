import { beforeAll, describe, expect, test } from 'vitest';

// a page without a browser: the address is all that the module needs of one
type Routes = typeof import('../src/state/address/route.js');
type Filters = typeof import('../src/state/address/filter.js');
let routes: Routes;
let filters: Filters;
beforeAll(async () => {
  Object.assign(globalThis, { location: { hash: '' }, addEventListener: () => undefined });
  routes = await import('../src/state/address/route.js');
  filters = await import('../src/state/address/filter.js');
});

describe('an address', () => {
  test.each([
    ['', { at: 'home' }],
    ['#', { at: 'home' }],
    ['#example', { at: 'project', project: 'example' }],
    ['#comparison', { at: 'comparison' }],
    ['#judge', { at: 'place', project: null, step: 'judge', part: 'now', picture: null, query: '' }],
    [
      '#a%2Fb/judge/picture/17?class=x&sort=file',
      {
        at: 'place',
        project: 'a/b',
        step: 'judge',
        part: 'picture',
        picture: '17',
        query: 'class=x&sort=file',
      },
    ],
    ['#example/nonsense', { at: 'unknown', address: 'example/nonsense' }],
    ['#example/judge/nonsense', { at: 'unknown', address: 'example/judge/nonsense' }],
    ['#example/judge/picture/17/more', { at: 'unknown', address: 'example/judge/picture/17/more' }],
    // addresses of before
    ['#gallery', { at: 'place', project: null, step: 'judge', part: 'results', picture: null, query: '' }],
    ['#open', { at: 'home' }],
    // half a percent sign is no reason to fail
    ['#%E0%A4', { at: 'project', project: '%E0%A4' }],
  ])('%s is read', (hash, route) => {
    expect(routes.routeOf(hash)).toEqual(route);
  });

  test('of a place reads as that place, whatever its names contain', () => {
    const place = {
      project: 'a b/c?d#e',
      step: 'judge',
      part: 'picture',
      picture: 'x/1%.png',
      query: 'class=q%3Fz',
    } as const;
    expect(routes.routeOf(routes.addressOf(place))).toEqual({ at: 'place', ...place });
  });

  test('holds the filter and the order, and leaves out what it does not know', () => {
    const filter = { className: 'a&b', label: 'good', verdict: 'NG', outcome: 'false reject' } as const;
    expect(filters.filterOf(filters.queryOf(filter, 'close'))).toEqual({ filter, order: 'close' });
    const all = { className: null, label: 'any', verdict: 'any', outcome: 'any' } as const;
    expect(filters.queryOf(all, 'score down')).toBe('');
    expect(filters.filterOf('verdict=MAYBE&sort=colour&truth=ill')).toEqual({
      filter: all,
      order: 'score down',
    });
  });
});
