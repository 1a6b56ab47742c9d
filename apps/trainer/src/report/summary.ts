import { duration } from '../progress.js';
import type { RunResults } from './runResults.js';

/** One line that tells runs apart and which is better. */
export function summaryLine({ config, metrics, epochs }: RunResults): string {
  const { model, train } = config;
  const percent = (value: number | null) => (value === null ? '–' : (value * 100).toFixed(1));
  const { image, pixel } = metrics.mean;
  const steps = epochs.at(-1)?.step;
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const switches = [
    `grids ${model.decoder.grids.join('+')}`,
    ...(model.decoder.pss ? [] : ['no PSS']),
    ...(model.decoder.lec ? [] : ['no LEC']),
    ...(model.mff.noiseStd > 0 ? [] : ['no noise']),
  ];
  return [
    `image AU-ROC ${percent(image.auroc)} AP ${percent(image.ap)}`,
    `pixel AU-ROC ${percent(pixel.auroc)} AP ${percent(pixel.ap)} AU-PRO ${percent(pixel.aupro)}`,
    `${config.classes.length} ${config.classes.length === 1 ? 'class' : 'classes'}`,
    `${config.preset}, ${config.encoder.arch}, ${model.inputSize} px, ${switches.join(', ')}`,
    `${steps ?? '?'} steps of ${train.batchSize}, lr ${train.lr}, seed ${train.seed}`,
    `${config.backend}, ${duration(seconds)} of training`,
  ].join(' · ');
}
