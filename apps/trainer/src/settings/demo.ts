import type { SyntheticOptions } from '@pyramid-mamba/data';
import { stageSettings, type Stage } from './stages.js';

/** The name of the demo's settings in `config.json`: the command replaces no other run. */
export const DEMO = 'demo';

/** The demo for users: the whole embedded data set, a minute or two on two cores. */
export const FULL: SyntheticOptions = { testPerDefect: 3 };
/** For automated checks: runs every part on little. */
export const FAST: SyntheticOptions = {
  classes: ['bottle', 'tile'],
  trainPerClass: 8,
  testGoodPerClass: 2,
  testPerDefect: 1,
};

/** The pixels of the demo's pictures, which a model judges whole. */
export const SIDE = 128;

/** The first stage of `train`, on pictures of 128 pixels, for which the map is smoothed less. */
export function demoStage(): Stage {
  const [{ settings }] = stageSettings({ inputSize: SIDE });
  return { preset: DEMO, settings: { ...settings, model: { ...settings.model, map: { sigma: 3 } } } };
}
