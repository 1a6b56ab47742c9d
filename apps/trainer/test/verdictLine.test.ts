import type { JudgedPicture } from '@pyramid-mamba/metrics';
import { expect, test } from 'vitest';
import { verdictLine } from '../src/evaluation/verdictLine.js';

const pictures = (label: 0 | 1, verdict: JudgedPicture['verdict'], count: number): JudgedPicture[] =>
  Array.from({ length: count }, () => ({ label, verdict }));

test.each([
  [8, 0, '8 UNKNOWN (no product of the model), all defective'],
  [1, 0, '1 UNKNOWN (no product of the model), defective'],
  [0, 2, '2 UNKNOWN (no product of the model), all good'],
  [0, 1, '1 UNKNOWN (no product of the model), good'],
  [3, 2, '5 UNKNOWN (no product of the model), 3 of them defective'],
])('%i defective and %i good pictures of no product are told apart', (defective, good, words) => {
  const all = [
    ...pictures(1, 'NG', 2),
    ...pictures(0, 'OK', 2),
    ...pictures(1, 'UNKNOWN', defective),
    ...pictures(0, 'UNKNOWN', good),
  ];
  expect(verdictLine('tile', all)).toContain(words);
});
