import { inputOf, isPyramidMamba, methodOf, shortInput, type DetectorConfig } from '@pyramid-mamba/model';
import { plural } from '../text/plural.js';
import { duration } from '@pyramid-mamba/runs';
import type { RunResults } from './runResults.js';

/** The inputs of a summary; no metrics, or none of a class, if the run was not evaluated yet. */
export type Summarized = Pick<RunResults, 'config' | 'epochs' | 'steps'> & {
  metrics?: Pick<RunResults['metrics'], 'mean' | 'classes'>;
};

function figures({ image, pixel }: RunResults['metrics']['mean']): string[] {
  const groups: [string, [string, number | null][]][] = [
    [
      'image',
      [
        ['AU-ROC', image.auroc],
        ['AP', image.ap],
      ],
    ],
    [
      'pixel',
      [
        ['AU-ROC', pixel.auroc],
        ['AP', pixel.ap],
        ['AU-PRO', pixel.aupro],
      ],
    ],
  ];
  const said = groups.flatMap(([level, all]) => {
    const defined = all.flatMap(([name, value]) =>
      value === null ? [] : [`${name} ${(value * 100).toFixed(1)}`],
    );
    return defined.length > 0 ? [`${level} ${defined.join(' ')}`] : [];
  });
  return said.length > 0 ? said : ['no figures: no defective pictures to measure on'];
}

/** What sets a network apart from others of its preset: Pyramid-Mamba's switches, the title of another method. */
function networkWords(model: DetectorConfig): string[] {
  if (!isPyramidMamba(model)) return [methodOf(model).title];
  const { decoder, mff } = model;
  return [
    `grids ${decoder.grids.join('+')}`,
    ...(decoder.scanOrder === undefined ? [] : [decoder.scanOrder]),
    ...(decoder.directions === undefined ? [] : [`${decoder.directions} directions`]),
    ...(decoder.pss ? [] : ['no PSS']),
    ...(decoder.lec ? [] : ['no LEC']),
    ...(mff.noiseStd > 0 ? [] : ['no noise']),
  ];
}

/** The time of training. It is recorded with each complete epoch, so of steps after the last one it is not known. */
function timeWords(epochs: Summarized['epochs'], steps: Summarized['steps']): string[] {
  const last = epochs.at(-1);
  if (!last) return [];
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const more = (steps ?? last.step) > last.step ? 'more than ' : '';
  return [`${more}${duration(seconds)} of training`];
}

/** One line that identifies a run and its quality. */
export function summaryLine({ config, metrics, epochs, steps }: Summarized): string {
  const { model, train } = config;
  const last = epochs.at(-1);
  const tested = Object.keys(metrics?.classes ?? {}).length;
  return [
    ...(metrics && tested > 0 ? figures(metrics.mean) : ['not evaluated']),
    plural(tested > 0 ? tested : config.classes.length, 'class', 'classes'),
    `${config.preset}, ${config.encoder.arch}, ${shortInput(inputOf(model))}, ${networkWords(model).join(', ')}`,
    methodOf(model).learns === 'bank'
      ? `${plural(config.trainingPictures, 'training picture')}, seed ${train.seed}`
      : `${steps ?? last?.step ?? '?'} steps of ${train.batchSize}, lr ${train.lr}, seed ${train.seed}`,
    // a bank's fit is no epoch, and its time is not recorded
    methodOf(model).learns === 'bank'
      ? config.backend
      : [config.backend, ...timeWords(epochs, steps)].join(', '),
  ].join(' · ');
}
