import type { Sample } from '@pyramid-mamba/data';
import type { Fit } from '@pyramid-mamba/inspect';
import { expect, test } from 'vitest';
import { leftOutNotes, settingOnly } from '../src/evaluation/setting.js';

const seen = (
  id: string,
  { className = 'nut', label = 0 as 0 | 1, lost = false, blank = false, fit = 'yes' as Fit } = {},
) => ({ sample: { id, className, label } as Sample, lost, blank, fit });
const idsOf = (all: readonly ReturnType<typeof seen>[]) =>
  settingOnly(all.map((one) => ({ seen: one }))).map(({ seen: { sample } }) => sample.id);

test('good pictures that are never OK set no thresholds, and notes name them; defective ones do', () => {
  const all = [
    seen('a'),
    seen('gone', { lost: true }),
    seen('dark', { blank: true }),
    seen('bolt', { fit: 'no' }),
    seen('new light', { fit: 'hardly' }),
    seen('broken', { label: 1, fit: 'no' }),
    seen('away', { label: 1, lost: true }),
  ];
  expect(idsOf(all)).toEqual(['a', 'new light', 'broken']);
  expect(leftOutNotes(all)).toEqual([
    expect.stringMatching(/^note: the part was not found, .* in 1 of 5 good pictures of nut \(first gone\)/),
    expect.stringMatching(/^note: the good picture dark is blank, .* sets no thresholds/),
    expect.stringMatching(/^note: the good picture bolt looks like no product of this model, so it sets no/),
  ]);
});

test('where all good pictures of a product are so, they set its thresholds: it looks so', () => {
  const all = [
    seen('a', { blank: true }),
    seen('b', { fit: 'no' }),
    seen('gone', { lost: true }),
    seen('c', { className: 'bolt' }),
  ];
  expect(idsOf(all)).toEqual(['a', 'b', 'c']);
  expect(leftOutNotes(all)).toHaveLength(1);
});
