import { judgedPart } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { areaMask, inPolygon, type Polygon } from '../src/index.js';

const left: Polygon = [
  [0, 0],
  [0.5, 0],
  [0.5, 1],
  [0, 1],
];

test('a point is in a polygon by the even-odd rule, and two corners contain nothing', () => {
  const bowTie: Polygon = [
    [0, 0],
    [1, 1],
    [1, 0],
    [0, 1],
  ];
  expect(inPolygon(bowTie, 0.1, 0.5)).toBe(true);
  expect(inPolygon(bowTie, 0.5, 0.1)).toBe(false);
  expect(inPolygon(left.slice(0, 2), 0.25, 0)).toBe(false);
});

test('no areas include everything, included ones only themselves, excluded ones the rest', () => {
  expect(areaMask({ use: [], ignore: [] }, { width: 4, height: 4 })).toBeUndefined();
  expect([...areaMask({ use: [left], ignore: [] }, { width: 2, height: 2 })!]).toEqual([1, 0, 1, 0]);
  expect([...areaMask({ use: [], ignore: [left] }, { width: 2, height: 2 })!]).toEqual([0, 1, 0, 1]);
  expect([...areaMask({ use: [left], ignore: [left] }, { width: 2, height: 2 })!]).toEqual([0, 0, 0, 0]);
});

test('a masked map is 0 outside and its score is the maximum inside', () => {
  const map = Float32Array.of(0.25, 0.75, 0.5, 1);
  expect(judgedPart(map, Uint8Array.of(1, 0, 1, 0))).toEqual({
    map: Float32Array.of(0.25, 0, 0.5, 0),
    score: 0.5,
  });
  expect(() => judgedPart(map, new Uint8Array(4))).toThrow(/leave nothing/);
});
