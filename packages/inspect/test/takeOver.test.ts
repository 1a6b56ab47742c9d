import { expect, test } from 'vitest';
import { findsMore, findsNoFewer, takeOver, type Tested } from '../src/takeOver.js';

const tested = (figures: Readonly<Record<string, number>>, failing: readonly string[] = []): Tested =>
  Object.fromEntries(
    Object.entries(figures).map(([name, figure]) => [
      name,
      { figure, passed: !failing.includes(name), clear: { drawn: 20, found: 15 } },
    ]),
  );

const clearly = (found: number, figure: number, passed = true, drawn = 20): Tested[string] => ({
  passed,
  figure,
  clear: { drawn, found },
});

test.each<[string, Tested | undefined, Tested | undefined, boolean, RegExp]>([
  [
    'the higher mean figure',
    tested({ a: 0.8, b: 0.9 }),
    tested({ a: 0.95, b: 0.8 }),
    true,
    /^better, 0\.875 against 0\.850/,
  ],
  ['a lower one', tested({ a: 0.9 }), tested({ a: 0.8 }), false, /not better, 0\.800 against 0\.900/],
  ['the same figure', tested({ a: 0.9 }), tested({ a: 0.9 }), false, /not better/],
  [
    'a class that fails now',
    tested({ a: 0.8, b: 0.8 }),
    tested({ a: 1, b: 0.7 }, ['b']),
    false,
    /fails its self-test on b/,
  ],
  ['a class that failed before', tested({ a: 0.8 }, ['a']), tested({ a: 0.84 }, ['a']), true, /^better/],
  [
    'a class without a test',
    tested({ a: 0.8, b: 0.8 }),
    tested({ a: 1 }),
    false,
    /could not test itself on b/,
  ],
  [
    'a defect let through that was found before, which chance explains,',
    { a: clearly(13, 0.9) },
    { a: clearly(11, 0.95) },
    true,
    /^better/,
  ],
  [
    'more defects let through than chance explains, whatever the figure,',
    { a: clearly(13, 0.9), b: clearly(13, 0.9) },
    { a: clearly(9, 1), b: clearly(13, 1) },
    false,
    /lets more pass, 22 of 40 clear drawn defects are found, 26 before$/,
  ],
  ['no test', tested({ a: 0.8 }), undefined, false, /could not test itself$/],
  ['a test where the one in use has none', undefined, tested({ a: 0.5 }), true, /could not test itself$/],
])('%s decides', (_, now, next, takesOver, reason) => {
  const found = takeOver(now, next);
  expect(found.takesOver).toBe(takesOver);
  expect(found.reason).toMatch(reason);
});

test('the figures of a model that answered the same decide, where they are given', () => {
  const now = tested({ a: 0.8, b: 0.9 });
  const next = tested({ a: 0.85, b: 0.85 });
  expect(takeOver(now, next).takesOver).toBe(false);
  expect(takeOver(now, next, { a: 0.7, b: 0.9 })).toEqual({
    takesOver: true,
    reason: 'better, 0.850 against 0.800 in the self-test',
  });
  // another class's figure is of no use
  expect(takeOver(now, next, { c: 0.1 }).takesOver).toBe(false);
});

test('a class that only one of two models could test itself for does not decide', () => {
  // it is not better at a, and b may be easy
  expect(takeOver(tested({ a: 0.9 }), tested({ a: 0.85, b: 1 }))).toEqual({
    takesOver: false,
    reason: 'the other one is not better, 0.850 against 0.900 in the self-test',
  });
  const found = findsMore({ a: clearly(10, 0.9) }, { a: clearly(9, 0.9), b: clearly(20, 1) });
  expect(found).toEqual({ takesOver: false, reason: '9 of 20 clear drawn defects are found, 10 before' });
});

test.each<[string, Tested, Tested, boolean, RegExp]>([
  [
    'more clear defects found',
    { a: clearly(4, 0.99, false) },
    { a: clearly(13, 0.98) },
    true,
    /^13 of 20 clear .*, 4 before$/,
  ],
  ['fewer', { a: clearly(13, 0.9) }, { a: clearly(12, 0.99) }, false, /^12 of 20 .*, 13 before$/],
  [
    'a tie, whatever the figure,',
    { a: clearly(13, 0.9) },
    { a: clearly(13, 0.99) },
    false,
    /^13 of 20 clear .*, 13 before$/,
  ],
  [
    'no more than chance may give,',
    { a: clearly(13, 0.9) },
    { a: clearly(15, 0.99) },
    false,
    /^15 of 20 clear .*, 13 before, which may be chance$/,
  ],
  [
    'just more than chance may give,',
    { a: clearly(13, 0.9) },
    { a: clearly(16, 0.8) },
    true,
    /^16 of 20 clear .*, 13 before$/,
  ],
  [
    'of twice as many, no more than chance may give,',
    { a: clearly(26, 0.9, true, 40) },
    { a: clearly(15, 0.9) },
    false,
    /^15 of 20 clear .*, 26 of 40 before, which may be chance$/,
  ],
  [
    'of twice as many, more than chance may give,',
    { a: clearly(13, 0.9) },
    { a: clearly(31, 0.9, true, 40) },
    true,
    /^31 of 40 clear .*, 13 of 20 before$/,
  ],
  [
    'a class that fails now',
    { a: clearly(4, 0.9), b: clearly(9, 0.9) },
    { a: clearly(20, 1), b: clearly(9, 1, false) },
    false,
    /fails its self-test on b/,
  ],
])('of models with thresholds from the same pictures, %s decides', (_, now, next, takesOver, reason) => {
  const found = findsMore(now, next);
  expect(found.takesOver).toBe(takesOver);
  expect(found.reason).toMatch(reason);
});

test.each<[string, Tested, Tested, boolean, RegExp]>([
  ['a tie', { a: clearly(13, 0.9) }, { a: clearly(11, 0.8) }, true, /^11 of 20 clear .*, 13 before$/],
  ['fewer than chance may cost', { a: clearly(13, 0.9) }, { a: clearly(10, 1) }, false, /^10 of 20 /],
  [
    'a class that fails now',
    { a: clearly(4, 0.9), b: clearly(9, 0.9) },
    { a: clearly(20, 1), b: clearly(9, 1, false) },
    false,
    /fails its self-test on b/,
  ],
  ['a class without a test', { a: clearly(4, 0.9) }, {}, false, /fails its self-test on a/],
  [
    'more found of a class that fails with both',
    { a: clearly(10, 0.8, false) },
    { a: clearly(11, 0.84, false) },
    true,
    /^11 of 20 /,
  ],
])('of a model that is known to be better elsewhere, %s decides', (_, now, next, takesOver, reason) => {
  const found = findsNoFewer(now, next);
  expect(found.takesOver).toBe(takesOver);
  expect(found.reason).toMatch(reason);
});
