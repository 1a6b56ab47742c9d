import { expect, test } from 'vitest';
import { fleetLoad, gigabit, trainingStep, type FleetFacts, type TrainingFacts } from './model.ts';

const TRAINING: TrainingFacts = {
  secondsPerPicture: 0.5,
  picturesEach: 8,
  gradientBytes: 50e6,
  featureBytes: 1e6,
  link: 1e9,
  adding: 1e9,
};

test('one machine waits for nobody', () => {
  expect(trainingStep(TRAINING, 1, 'gather')).toEqual(trainingStep(TRAINING, 1, 'ring'));
  const { rate, efficiency, exchange, features, adding, memory } = trainingStep(TRAINING, 1, 'gather');
  expect([rate, efficiency, exchange, features, adding, memory]).toEqual([2, 1, 0, 0, 0, 0]);
});

test('a step of four machines, computed by hand', () => {
  const gathered = trainingStep(TRAINING, 4, 'gather');
  // 4 s; 24 pictures of 1 MB; 150 MB of the others; 200 MB added
  expect(gathered).toMatchObject({ compute: 4, features: 0.024, exchange: 0.15, adding: 0.2, memory: 200e6 });
  expect(gathered.rate).toBeCloseTo(32 / 4.374, 12);
  expect(gathered.efficiency).toBeCloseTo(4 / 4.374, 12);
  const ring = trainingStep(TRAINING, 4, 'ring');
  expect(ring.exchange).toBeCloseTo(0.075, 12);
  expect(ring.memory).toBe(50e6);
});

test('gathering grows with the machines, a ring approaches twice the gradients', () => {
  const of = (machines: number, by: 'gather' | 'ring') => trainingStep(TRAINING, machines, by).exchange;
  expect(of(64, 'gather') / of(2, 'gather')).toBeCloseTo(63, 9);
  expect(of(64, 'ring')).toBeLessThan(0.1);
  expect(of(2, 'ring')).toBe(of(2, 'gather'));
});

const FLEET: FleetFacts = {
  picturesPerDay: 864_000,
  peak: 2,
  secondsPerPicture: 0.5,
  pictureBytes: 99e3,
  resultBytes: 1e3,
  messages: 5,
  brokerMessages: 1000,
  link: gigabit(0.8),
  disk: 50e6,
  daysKept: 7,
};

test('a fleet, computed by hand: what the busiest second uses, and what is used up first', () => {
  const load = fleetLoad(FLEET);
  expect(load.rate).toBe(20);
  expect(load.cores).toBe(10);
  expect(load.link).toBeCloseTo(0.02, 12);
  expect(load.disk).toBeCloseTo(0.04, 12);
  expect(load.messages).toBeCloseTo(0.1, 12);
  expect(load.kept).toBeCloseTo(7 * 864e6, 0);
  expect([load.first, load.most]).toEqual(['messages', 8_640_000]);
  expect(fleetLoad({ ...FLEET, pictureBytes: 5e6 }).first).toBe('disk');
});
