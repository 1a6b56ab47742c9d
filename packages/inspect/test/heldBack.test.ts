import { readSafetensors, withModelInfo } from '@pyramid-mamba/model';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { heldBackThresholds, notLearnt } from '../src/index.js';

const scored = (className: string, ...scores: number[]) =>
  scores.map((score) => ({ className, label: 0 as const, score, thinned: Float32Array.of(score) }));
const example = fileURLToPath(
  new URL('../../../apps/viewer/public/example/model.safetensors', import.meta.url),
);

test('a class whose good pictures score as high as any defect has no thresholds, and a training with it can be saved', () => {
  // extrapolated beyond the outlier, its review threshold is above the largest possible score
  const pictures = [...scored('wood', 0.05, 0.05, 0.06, 0.66), ...scored('tile', 0.05, 0.06, 0.07, 0.08)];
  const { calibration, without } = heldBackThresholds(pictures, 2 / 3);
  expect(Object.keys(calibration)).toEqual(['tile']);
  expect(notLearnt(without, { notLearnt: 'train for more epochs' })).toMatch(
    /^no thresholds for wood, so no verdicts.*train for more epochs/,
  );
  const saved = withModelInfo(readFileSync(example), 'm', (info) => ({ ...info, calibration }));
  expect(readSafetensors(saved, 'm').metadata['info']).toMatch(/"tile"/);
});

test('thresholds of which only the reject threshold is beyond every score are kept', () => {
  const { calibration, without } = heldBackThresholds(scored('tile', 0.1, 0.1, 0.12, 0.35), 2 / 3);
  expect(calibration['tile']!.review).toBeLessThan(0.66);
  expect(calibration['tile']!.reject).toBeGreaterThan(0.67);
  expect(without).toEqual([]);
});
