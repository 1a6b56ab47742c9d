// Tables that several views show.
import type { Verdict } from '@pyramid-mamba/metrics';
import type { ClassSelfTest } from '@pyramid-mamba/model';
import { render, type ComponentChild } from 'preact';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { countOf, type Truth } from '../src/parts/truth/countOf.js';
import { TruthTable } from '../src/parts/truth/truthTable.js';
import { SelfTestTable } from '../src/views/report/selfTest.js';

let home: HTMLElement;
beforeEach(() => document.body.append((home = document.createElement('div'))));
afterEach(() => {
  render(null, home);
  home.remove();
});
/** The texts of a table, row by row; a misjudged cell ends with an exclamation mark. */
function cells(node: ComponentChild): string[] {
  render(node, home);
  const text = (cell: Element) => `${cell.textContent.trim()}${cell.classList.contains('wrong') ? '!' : ''}`;
  return [...home.querySelectorAll('tr')].map((row) => [...row.children].map(text).join(' | '));
}

test('the self-test of a report has its sizes in mm where the scale of the product is known', () => {
  const own = {
    passed: true,
    bySize: [
      { size: 0.05, drawn: 4, found: 1, placed: 1 },
      { size: 0.16, drawn: 4, found: 4, placed: 4 },
    ],
    drawn: { drawn: 8, found: 5 },
    good: { pictures: 9, refused: 0 },
    smallest: { size: 0.16, pixels: 41, side: 256 },
  } as unknown as ClassSelfTest;
  const selfTest = { bottle: own, cap: { ...own, passed: false } };
  expect(cells(<SelfTestTable selfTest={selfTest} scale={{ bottle: 0.25 }} />)).toEqual([
    'Product | 5 % | 16 % | All sizes | Good ones refused',
    'bottle | 1 of 4 3.3 mm | 4 of 4 10 mm | 5 of 8 | 0 of 9',
    'cap not passed | 1 of 4 | 4 of 4 | 5 of 8 | 0 of 9',
  ]);
});

test('of a thousand products a report lists those whose self-test is weakest', () => {
  const of = (found: number, passed: boolean) =>
    ({
      passed,
      bySize: [],
      drawn: { drawn: 1000, found },
      good: { pictures: 4, refused: 0 },
    }) as unknown as ClassSelfTest;
  const selfTest = Object.fromEntries(
    Array.from({ length: 1000 }, (_, i) => [`cap-${i}`, of(i, i !== 990)] as const),
  );
  const rows = cells(<SelfTestTable selfTest={selfTest} scale={{}} />);
  expect(rows).toHaveLength(1 + 24);
  expect(rows.slice(1, 4)).toEqual([
    'cap-990 not passed | 990 of 1000 | 0 of 4',
    'cap-0 | 0 of 1000 | 0 of 4',
    'cap-1 | 1 of 1000 | 0 of 4',
  ]);
  expect(home.textContent).toContain('The 24 weakest of 1000 products; the JSON has all of them.');
});

test('truth stands against verdict in one table: rows and columns that a picture has, mistakes marked, before and now', () => {
  const pictures: readonly (readonly [truth: Truth, was: Verdict | null, is: Verdict | null])[] = [
    [0, 'OK', 'OK'],
    [0, 'OK', 'NG'],
    [1, 'OK', 'OK'],
    [1, 'OK', 'NG'],
  ];
  const of = (list: typeof pictures, at: 1 | 2) =>
    countOf(list, (one) => ({ truth: one[0], verdict: one[at] }));
  expect(cells(<TruthTable label="a" count={of(pictures, 2)} />)).toEqual([
    'Truth | OK | REVIEW | NG',
    'good | 1 | 0 | 1!',
    'defective | 1! | 0 | 1',
  ]);
  const more = [...pictures, [null, null, 'UNKNOWN'] as const];
  expect(cells(<TruthTable label="a" count={of(more, 2)} before={of(more, 1)} />)).toEqual([
    'Truth | OK | REVIEW | NG | UNKNOWN | no verdict',
    'good | 2 → 1 | 0 → 0 | 0 → 1! | 0 → 0 | 0 → 0',
    'defective | 2 → 1! | 0 → 0 | 0 → 1 | 0 → 0 | 0 → 0',
    'not known | 0 → 0 | 0 → 0 | 0 → 0 | 0 → 1 | 1 → 0',
  ]);
  // rows that are asked for stay where they have no picture
  expect(cells(<TruthTable label="a" count={of([], 2)} truths={[0, 1]} keyed />)).toEqual([
    'Truth | OK | REVIEW | NG',
    'good | 0 | 0 | 0',
    'defective | 0 | 0 | 0',
  ]);
  expect(home.querySelector('table')!.getAttribute('aria-label')).toBe('a');
  expect(home.querySelector('.swatch-good')).not.toBeNull();
});
