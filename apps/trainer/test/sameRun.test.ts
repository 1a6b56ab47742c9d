import { expect, test } from 'vitest';
import { requireSameRun, type RunConfig } from '../src/run/run.js';
import { presetSettings } from '../src/settings/settings.js';

function config(random: { random?: 1 | 2 }): Omit<RunConfig, 'format'> {
  const { model, train } = presetSettings('tiny');
  const { random: _, ...rest } = train;
  return {
    preset: 'tiny',
    data: '/a',
    classes: ['x'],
    trainingPictures: 3,
    dataFingerprint: 'f',
    heldBack: [],
    encoder: { file: null, arch: 'resnet18', width: 64, fingerprint: 'e' },
    backend: 'wasm',
    workers: 2,
    model,
    train: { ...rest, ...random },
    versions: {},
  };
}

test('a run without a random stream version equals version 1 and differs from version 2', () => {
  expect(() => requireSameRun('run', config({}), config({ random: 1 }))).not.toThrow();
  expect(() => requireSameRun('run', config({ random: 2 }), config({ random: 2 }))).not.toThrow();
  expect(() => requireSameRun('run', config({}), config({ random: 2 }))).toThrow(
    /the training settings \(random: 1 -> 2\)/,
  );
});
