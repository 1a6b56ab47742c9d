import type { ClassSelfTest } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { adviceOf } from '../src/index.js';

const tested = (passed: boolean, pictures: number, real?: number) =>
  ({ passed, good: { pictures }, ...(real !== undefined && { real: { pictures: real } }) }) as ClassSelfTest;

test('a model that passed needs no advice', () => {
  expect(adviceOf({ nut: tested(true, 30) })).toBeUndefined();
  expect(adviceOf({})).toBeUndefined();
});

test('advice names the products that get no OK, and asks for real defects where none were given', () => {
  expect(adviceOf({ nut: tested(false, 30), bolt: tested(true, 6) })).toBe(
    'nut gets no OK from this model. What helps: a few pictures of real defects, more good pictures (30 tested it) or a longer training.',
  );
  expect(adviceOf({ nut: tested(false, 30, 4), bolt: tested(false, 6, 2) })).toBe(
    'nut, bolt get no OK from this model. What helps: more good pictures (6 tested it) or a longer training.',
  );
});
