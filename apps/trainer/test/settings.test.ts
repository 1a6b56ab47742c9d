import { expect, test } from 'vitest';
import { presetSettings, withEnoughSteps } from '../src/settings/settings.js';

test('small data sets get more epochs, large ones the preset', () => {
  const settings = presetSettings('tiny');
  expect(withEnoughSteps(settings, 24).train.epochs).toBe(150);
  expect(withEnoughSteps(settings, 469).train.epochs).toBe(settings.train.epochs);
});
