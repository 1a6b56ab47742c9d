// Good pictures that a model finds unlike the others.
import type { Judged, Picture, Project } from '@pyramid-mamba/projects';
import { expect, test, vi } from 'vitest';

vi.hoisted(() => {
  vi.stubGlobal('location', { hash: '', search: '', href: 'http://localhost/' });
  vi.stubGlobal('addEventListener', () => undefined);
});
const { outliersOf } = await import('../src/state/outliers.js');
const { LEFT_OUT } = await import('../src/state/project/leftOut.js');

interface One {
  readonly score: number | null;
  readonly product?: string;
  readonly kind?: Picture['kind'];
  readonly remark?: string;
  readonly model?: string;
  readonly deleted?: string | null;
  readonly label?: Judged['label'];
}

/** All pictures are learnt by the model `now`; each was judged left out of it, unless its remark says otherwise. */
function project(list: readonly One[]): Project {
  const ids = list.map((_, i) => `p${i}`);
  const pictures = list.map(({ kind = 'good', deleted = null }, i) => ({ id: ids[i]!, kind, deleted }));
  const judged = list.map(
    ({ score, product = 'tile', remark = LEFT_OUT, model = 'now', label = null }, i) => ({
      id: ids[i]!,
      score,
      product,
      remark,
      model,
      label,
    }),
  );
  return {
    pictures: new Map(pictures.map((one) => [one.id, one])),
    judged: new Map(judged.map((one) => [one.id, one])),
    models: new Map([['now', { id: 'now', learnt: ids }]]),
    model: 'now',
  } as unknown as Project;
}
const usual: readonly One[] = [0.9, 0.95, 1, 1, 1.05, 1.1].map((score) => ({ score }));
const found = (...more: One[]) => [...outliersOf(project([...usual, ...more]))];

test('a good picture whose score lies far above the others is pointed at, with the multiple of the typical score', () => {
  expect(found()).toEqual([]);
  expect(found({ score: 1.25 })).toEqual([]);
  const [one, ...others] = found({ score: 2.5 });
  expect(others).toEqual([]);
  expect(one![0]).toBe('p6');
  expect(one![1]).toBeCloseTo(2.5);
  // some of them do not hide each other
  expect(found({ score: 2.5 }, { score: 3 }).map(([id]) => id)).toEqual(['p6', 'p7']);
});

test.each<readonly [string, One]>([
  ['is defective', { score: 2.5, kind: 'defective' }],
  ['was deleted', { score: 2.5, deleted: '2026-01-01T00:00:00.000Z' }],
  ['was judged by an earlier model', { score: 2.5, model: 'before' }],
  ['was judged by the model that has learnt it', { score: 2.5, remark: '' }],
  ['could not be judged', { score: null }],
  ['a person called good since', { score: 2.5, label: { is: 'good', regions: [], at: '' } }],
  ['is alone of its product', { score: 2.5, product: 'cap' }],
])('a picture that %s is not', (_, one) => {
  expect(found(one)).toEqual([]);
});

test('a picture that the model was not trained on counts as it was judged', () => {
  const all = project([...usual, { score: 2.5, remark: '' }]);
  const now = all.models.get('now')!;
  const held = { ...all, models: new Map([['now', { ...now, learnt: now.learnt.slice(0, -1) }]]) };
  expect([...outliersOf(held).keys()]).toEqual(['p6']);
});

test('of too few pictures, of equal scores, and without a model nothing is said', () => {
  expect([...outliersOf(project([...usual.slice(0, 4), { score: 9 }]))]).toEqual([]);
  const equal = Array.from({ length: 8 }, () => ({ score: 1 }));
  expect([...outliersOf(project([...equal, { score: 1.1 }]))]).toEqual([]);
  expect([...outliersOf({ ...project([...usual, { score: 9 }]), model: null })]).toEqual([]);
});
