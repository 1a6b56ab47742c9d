import { computed } from '@preact/signals';
import { picturesOf } from '@pyramid-mamba/projects';
import { tally, judgedOf } from './live/record.js';
import { model, run, thresholds } from './opened.js';
import { phase } from './training.js';
import { needsOf } from './project/needs.js';
import { content } from './project/open.js';
import { isChanged } from './tuning.js';
import type { Step } from './address/route.js';

/** Where a step stands. */
export interface StepState {
  readonly done: boolean;
  /** What is there or missing, in a few words. */
  readonly words: string;
}

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

function collecting(): StepState {
  const now = content.value;
  if (now) {
    const [good, defective] = [picturesOf(now, 'good').length, picturesOf(now, 'defective').length];
    const words = [`${good} good`, ...(defective > 0 ? [`${defective} defective`] : [])].join(', ');
    return { done: needsOf(now).enough, words };
  }
  const count = run.value?.items.length ?? 0;
  return count > 0 ? { done: true, words: plural(count, 'picture') } : { done: false, words: 'none' };
}

function judging(): StepState {
  const here = judgedOf(tally.value);
  const before = run.value?.items.length ?? 0;
  if (here > 0) return { done: true, words: `${here} judged` };
  return before > 0 ? { done: true, words: `${before} judged` } : { done: false, words: 'none judged' };
}

function adjusting(): StepState {
  const names = Object.keys(thresholds.value);
  if (names.some(isChanged)) return { done: true, words: 'changed, not saved' };
  const set = Object.keys(model.value?.info.calibration ?? {}).length + names.length > 0;
  return set ? { done: true, words: 'thresholds set' } : { done: false, words: 'no thresholds' };
}

function training(): StepState {
  if (!['idle', 'stopped', 'done'].includes(phase.value)) return { done: false, words: 'training …' };
  if (phase.value === 'stopped') return { done: false, words: 'stopped' };
  return run.value || model.value ? { done: true, words: 'trained' } : { done: false, words: 'no model' };
}

/** What each step has and lacks, at a glance. */
export const stepStates = computed<Record<Step, StepState>>(() => {
  const judge = judging();
  return {
    pictures: collecting(),
    train: training(),
    judge,
    adjust: adjusting(),
    report: judge.done ? { done: true, words: 'ready' } : { done: false, words: 'after judging' },
  };
});
