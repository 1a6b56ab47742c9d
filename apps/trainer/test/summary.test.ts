import { allMethods, isPyramidMamba } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { summaryLine, type Summarized } from '../src/report/summary.js';

const presets = allMethods()
  .filter(({ learns }) => learns !== 'members')
  .flatMap(({ title, presets }) =>
    Object.entries(presets).map(([preset, { model, train }]) => ({ title, preset, model, train })),
  );

test.each(presets)(
  'a run of $title, $preset, is summed up in one line',
  ({ title, preset, model, train }) => {
    const config = {
      preset,
      model,
      train,
      classes: ['tile'],
      trainingPictures: 30,
      backend: 'wasm',
      encoder: { arch: model.encoder.arch },
    };
    // the line reads these of a run's configuration
    const line = summaryLine({ config, epochs: [], steps: 20 } as unknown as Summarized);
    expect(line).toContain(`${preset}, ${model.encoder.arch}, `);
    expect(line).toContain(isPyramidMamba(model) ? 'grids 1+2' : title);
    expect(line).not.toContain('undefined');
  },
);

test.each([
  [[], 6, undefined],
  [[{ step: 4, seconds: 70 }], 4, 'wasm, 1m10s of training'],
  [[{ step: 4, seconds: 70 }], 6, 'wasm, more than 1m10s of training'],
] as const)('of the epochs %j and %i steps the time that is known is told', (epochs, steps, words) => {
  const { model, train } = presets[0]!;
  const config = { preset: 'tiny', model, train, classes: ['tile'], backend: 'wasm', encoder: { arch: 'x' } };
  const line = summaryLine({ config, epochs, steps } as unknown as Summarized);
  if (words === undefined) expect(line).not.toContain('of training');
  else expect(line).toContain(words);
});
