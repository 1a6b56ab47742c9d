import { expect, test } from 'vitest';
import { expectClose } from './expectClose.js';

test('numbers within the tolerance of the largest magnitude pass', () => {
  expectClose('x', [1, 100.05], [1.05, 100], 1e-3);
  expectClose('x', [0, 1e-9], [0, 0], 1e-8);
  expectClose('x', [], [], 0);
});

test('a number outside the tolerance fails, and the message says where', () => {
  expect(() => expectClose('x', [1, 2.5], [1, 2], 0.1)).toThrow('x[1]: expected 2, got 2.5');
});

test('a NaN or an infinity fails on either side at any tolerance', () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    expect(() => expectClose('x', [bad], [1], 1e9)).toThrow('got');
    expect(() => expectClose('x', [1], [bad], 1e9)).toThrow('expected number');
    expect(() => expectClose('x', [bad], [bad], 1e9)).toThrow();
  }
});

test('arrays of different lengths fail', () => {
  expect(() => expectClose('x', [1, 2], [1], 1)).toThrow('expected 1 numbers, got 2');
});
