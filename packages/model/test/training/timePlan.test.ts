import { expect, test } from 'vitest';
import { learningRate, trainingPlan } from '../../src/index.js';
import { plannedSteps, StepTimer } from '../../src/training/timePlan.js';
import { trainConfig } from '../kit.js';

/** The timer after steps that end at these seconds. */
function timed(within: number, ends: readonly number[]) {
  let time = 0;
  const timer = new StepTimer(within, () => time);
  for (time of ends) timer.mark();
  return timer;
}

test('the first step is a warm-up: it is measured only where there is no other', () => {
  expect(timed(600, [9, 11, 13, 15]).perStep).toBe(2);
  expect(timed(600, [9]).perStep).toBe(9);
});

test('measuring ends after a few steps and seconds, and never takes half of the time', () => {
  expect(timed(600, []).isEnough).toBe(false);
  expect(timed(600, [5, 9, 14]).isEnough).toBe(false);
  expect(timed(600, [5, 9, 14, 18]).isEnough).toBe(true);
  // fast steps are measured for longer
  expect(timed(600, [1, 2, 3, 4]).isEnough).toBe(false);
  expect(timed(20, [0.5, 1, 1.5, 2]).isEnough).toBe(true);
  expect(timed(20, [11]).isEnough).toBe(true);
});

test('as many steps are planned as fit, and never so few that those done had another learning rate', () => {
  expect(plannedSteps({ done: 4, left: 580, perStep: 8, dropAt: 0.75 })).toBe(76);
  const few = plannedSteps({ done: 4, left: 0.1, perStep: 8, dropAt: 0.75 });
  expect(few).toBe(6);
  const train = { ...trainConfig(), steps: few, dropAt: 0.75 };
  expect([0, 1, 2, 3].map((step) => learningRate(train, step, 3))).toEqual(Array(4).fill(train.lr));
  expect(plannedSteps({ done: 4, left: -3, perStep: 8, dropAt: 1 })).toBe(4);
  expect(plannedSteps({ done: 1, left: 1, perStep: 0, dropAt: 1 })).toBe(1001);
});

test('a training whose length is in steps ends within an epoch, its learning rate falls at the share of the steps', () => {
  const train = { ...trainConfig(), epochs: 1, batchSize: 2, steps: 40, dropAt: 0.75 };
  expect(trainingPlan(train, 200)).toEqual({ perEpoch: 100, total: 40, epochs: 1 });
  expect(trainingPlan(train, 20)).toEqual({ perEpoch: 10, total: 40, epochs: 4 });
  expect(trainingPlan(train, 20, 12)).toEqual({ perEpoch: 10, total: 12, epochs: 2 });
  expect(learningRate(train, 29, 100)).toBe(train.lr);
  expect(learningRate(train, 30, 100)).toBeCloseTo(train.lr / 10, 15);
});
