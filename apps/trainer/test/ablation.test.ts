import { expect, test } from 'vitest';
import { ABLATIONS, VARIANTS, variantsOf, withParts } from '../src/ablation/ablation.js';
import { presetSettings, requireSound, withTree } from '../src/settings/settings.js';

test('every row of every table is a variant, whose key is its name', () => {
  for (const { rows } of ABLATIONS)
    for (const { variant } of rows) expect(VARIANTS[variant]?.key).toBe(variant);
});

test('the parts of other methods change what they are called by, and nothing else', () => {
  const usual = presetSettings('tiny');
  const of = (key: string) => withParts(usual, VARIANTS[key]!);
  expect(of('full')).toEqual(usual);
  expect(of('dropout')).toEqual({
    ...usual,
    model: { ...usual.model, mff: { ...usual.model.mff, noiseStd: 0, dropout: 0.2 } },
  });
  expect(of('mined').train).toEqual({
    ...usual.train,
    hardMining: { share: 0.9, factor: 0.1, rampSteps: 20 },
  });
  expect(of('cosine').train.hardMining).toEqual({ share: 0.9, factor: 1, rampSteps: 20 });
  expect(of('centred').model).toEqual({ ...usual.model, centre: 'picture' });
  expect(of('stable').train).toEqual({ ...usual.train, optimizer: 'stableadamw', amsgrad: true });
  const all = of('parts');
  expect([all.model, all.train.hardMining, all.train.optimizer]).toEqual([
    of('dropout').model,
    of('mined').train.hardMining,
    'stableadamw',
  ]);
  const parts = ABLATIONS.filter(({ key }) => key === 'parts');
  for (const variant of variantsOf(parts)) {
    const { model, train } = withParts(usual, variant);
    expect(() => requireSound(model)).not.toThrow();
    // what is measured here, `train --set` and a configuration file take
    expect(withTree(usual, { model: { ...model }, train: { ...train } }, 'c')).toMatchObject({
      model,
      train,
    });
  }
});
