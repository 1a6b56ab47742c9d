import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Absent } from '../../packages/ssm-kernels/src/kernels/table.js';
import { BACKENDS, OPS, opsTable, withTable } from './table.ts';

test("the README's table of ops is current; `npm run kernels:table` writes it", () => {
  const readme = readFileSync(new URL('../../packages/ssm-kernels/README.md', import.meta.url), 'utf8');
  expect(withTable(readme)).toBe(readme);
});

test('every kernel of every backend belongs to an op of the table', () => {
  const named = new Set(Object.values(OPS).flatMap(({ forward, gradient }) => [forward, ...gradient]));
  for (const [backend, table] of Object.entries(BACKENDS))
    expect(new Set(Object.keys(table)), backend).toEqual(named);
});

test('a deliberately absent kernel is a cell with its reason', () => {
  const absent = new Absent('it needs shared memory');
  const rows = opsTable({ cpu: { ...BACKENDS['cpu']!, linearGradX: absent, pyramidScan: absent } }).split(
    '\n',
  );
  expect(rows).toContain('| `linear` | value; gradient no: it needs shared memory |');
  expect(rows).toContain('| `pyramidScan` | no: it needs shared memory |');
  expect(rows).toContain('| `adamStepAll` | value |');
});

test('a README without the marks is an error that names them', () => {
  expect(() => withTable('# ops')).toThrow('<!-- ops: written by `npm run kernels:table` -->');
});
