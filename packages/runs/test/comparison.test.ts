import { expect, test } from 'vitest';
import { comparedTitle, readComparison, RunError } from '../src/index.js';

const row = (over: object = {}) => ({
  key: 'patchcore-embedded',
  method: 'patchcore',
  title: 'PatchCore',
  preset: 'fast',
  encoder: 'embedded',
  input: '256×256',
  backend: 'wasm',
  mean: [{ mean: 98.2, std: 0.4 }, null],
  classes: { tile: [{ mean: 98.2, std: 0.4 }, null] },
  without: [],
  steps: [null],
  seconds: { mean: 12.5, std: 1 },
  peakBytes: null,
  peakIsBound: false,
  picture: { mean: 20, std: 2 },
  learnt: null,
  encoderNumbers: null,
  runs: [],
  ...over,
});
const whole = (over: object = {}) => ({
  format: 'pyramid-mamba comparison 1',
  data: 'photos',
  classes: ['tile'],
  seeds: [1, 2],
  figures: ['image AU-ROC', 'AU-PRO'],
  notes: ['a note'],
  rows: [row(), row({ key: 'rd4ad-embedded', method: 'rd4ad', title: 'RD4AD' })],
  published: [],
  pictures: [{ file: 'tile/1.png', class: 'tile', label: 1, defect: 'crack', standings: [1, 0.5] }],
  pairs: [{ a: 0, b: 1, wins: 1, losses: 0, ties: 0, aBest: ['tile/1.png'], bBest: [] }],
  ...over,
});
const read = (value: unknown) => readComparison(JSON.stringify(value), 'compare.json');

test('a comparison is read as far as it is looked at', () => {
  const found = read(whole());
  expect(found.rows.map((one) => comparedTitle(one, found.rows))).toEqual(['PatchCore', 'RD4AD']);
  expect(found.pairs[0]).toMatchObject({ a: 0, b: 1, wins: 1 });
});

test('a row without figures is read, and a file of a version that did not know such rows', () => {
  const standings = [1, null];
  const one = read(whole({ pictures: [{ ...whole().pictures[0], standings }], pairs: [] }));
  expect(one.pictures[0]!.standings).toEqual(standings);
  const { without: _, ...old } = row();
  expect(read(whole({ rows: [old, old] })).rows[0]!.without).toEqual([]);
});

test('rows are named by what they differ in', () => {
  const lacks = { without: [{ seed: 3, why: 'not finite' }] };
  const rows = [row(), row({ preset: 'paper' }), { ...row({ encoder: 'resnet18' }), ...lacks }];
  expect(rows.map((one) => comparedTitle(one, rows))).toEqual([
    'PatchCore fast embedded',
    'PatchCore paper embedded',
    'PatchCore resnet18 (without seed 3)',
  ]);
});

test.each<readonly [string, unknown, RegExp]>([
  ['that is something else', { format: 'other' }, /compare\.json.*expected the comparison/s],
  ['without rows', whole({ rows: [] }), /rows/],
  ['whose row has too few figures', whole({ rows: [row({ mean: [null] }), row()] }), /2 figures/],
  ['whose row lacks a class', whole({ classes: ['tile', 'nut'] }), /lacks a class/],
  [
    'whose picture has too few standings',
    whole({ pictures: [{ ...whole().pictures[0], standings: [1] }] }),
    /2 standings/,
  ],
  [
    'whose pair names a row too many',
    whole({ pairs: [{ a: 0, b: 2, wins: 0, losses: 0, ties: 1 }] }),
    /a row that is not there/,
  ],
  [
    'with a standing above 1',
    whole({ pictures: [{ ...whole().pictures[0], standings: [2, 0] }] }),
    /standings/,
  ],
])('a file %s is refused in a sentence', (_, value, reason) => {
  expect(() => read(value)).toThrow(RunError);
  expect(() => read(value)).toThrow(reason);
});

test('text that is no JSON is refused in a sentence', () => {
  expect(() => readComparison('{', 'compare.json')).toThrow(RunError);
});
