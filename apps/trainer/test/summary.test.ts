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
