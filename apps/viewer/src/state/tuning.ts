import { calibrate, ownValue } from '@pyramid-mamba/metrics';
import { computed, signal } from '@preact/signals';
import type { Calibration, Item, OpenRun } from '../run/types.js';
import { run, thresholds } from './opened.js';

const chosen = signal<string | null>(null);

/** The class whose thresholds are tuned. */
export const tuned = computed(() => {
  const classes = run.value?.classes ?? [];
  return chosen.value !== null && classes.includes(chosen.value) ? chosen.value : (classes[0] ?? null);
});

export function tune(className: string): void {
  chosen.value = className;
}

export type Level = 'review' | 'reject';

/** A calibration with one threshold changed by the user; the other one follows, so that review never exceeds reject. */
export function moved(before: Calibration, which: Level, value: number): Calibration {
  return which === 'review'
    ? { ...before, method: 'manual', review: value, reject: Math.max(value, before.reject) }
    : { ...before, method: 'manual', reject: value, review: Math.min(value, before.review) };
}

export function setThresholds(className: string, calibration: Calibration): void {
  thresholds.value = { ...thresholds.value, [className]: calibration };
}

/** Resets a class's thresholds to the opened ones. */
export function resetThresholds(className: string): void {
  const opened = run.value?.calibration ?? {};
  const { [className]: _, ...others } = thresholds.value;
  thresholds.value = Object.hasOwn(opened, className)
    ? { ...others, [className]: opened[className]! }
    : others;
}

/**
 * The suggested thresholds of a class, as set by `evaluate`: with defects those of the best F1, else quantiles of the good
 * pictures. undefined without a good picture.
 */
export function suggested(
  { scale }: Pick<OpenRun, 'scale'>,
  className: string,
  items: readonly Item[],
): Calibration | undefined {
  const scoresOf = (wanted: 0 | 1) => items.filter(({ label }) => label === wanted).map(({ score }) => score);
  const good = scoresOf(0);
  if (good.length === 0) return undefined;
  const { scoreRange, ...found } = calibrate(good, { defectScores: scoresOf(1) });
  const [low, high] = scoreRange;
  return { ...found, scoreRange: [low, high], background: ownValue(scale.low, className) ?? low };
}

/** Whether a class's thresholds differ from the opened ones. */
export function isChanged(className: string): boolean {
  const [now, opened] = [ownValue(thresholds.value, className), ownValue(run.value?.calibration, className)];
  return now?.review !== opened?.review || now?.reject !== opened?.reject;
}
