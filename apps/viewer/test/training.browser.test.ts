// Training in the page's worker: what it learns, and that it goes on after its tab was closed.
import { afterEach, expect, test } from 'vitest';
import { EngineClient } from '../src/engine/client.js';
import type { TrainingEvent } from '../src/engine/training/types.js';
import { drawn, png, request, spotted, train } from './kit.js';

let client: EngineClient;
const fresh = (): EngineClient => (client = new EngineClient());
afterEach(async () => {
  await client.discardTraining(true);
  client.end();
});

test('a model trained on 24 pictures tells a defect, and is the file that is judged with', async () => {
  const engine = fresh();
  await engine.start('wasm');
  const events: TrainingEvent[] = [];
  expect(await engine.beginTraining(await request(24), (event) => events.push(event))).toBe(true);
  const trained = await engine.finishTraining();
  const losses = events.flatMap((event) => (event.kind === 'epoch' ? [event.record.loss] : []));
  expect(losses).toHaveLength(train.epochs);
  expect(losses.at(-1)!).toBeLessThan(0.7 * losses[0]!);
  expect(trained.pictures).toHaveLength(5);
  expect(trained.info.calibration?.['tile']).toMatchObject({ goodCount: 5, method: 'quantile' });

  const card = await engine.load(new Blob([trained.bytes]), trained.name);
  expect(card).toMatchObject({ inputSize: 64, sigma: 2, info: { classes: ['tile'] } });
  const scores = { good: [] as number[], bad: [] as number[] };
  for (let i = 100; i < 103; i++) {
    scores.good.push((await engine.judge(await png(drawn(i)))).score);
    scores.bad.push((await engine.judge(await png(spotted(i)))).score);
  }
  expect(Math.min(...scores.bad)).toBeGreaterThan(Math.max(...scores.good));
  expect((await engine.judge(await png(spotted(100)))).verdict).toBe('NG');
});

test('ended in the middle and gone on with in another worker, it gives the weights of an uninterrupted one', async () => {
  const asked = await request(20, 4);
  let engine = fresh();
  await engine.start('wasm');
  await engine.beginTraining(asked, () => undefined);
  const whole = await engine.finishTraining();
  await engine.discardTraining(false);

  // stopped after the first step of the second epoch
  const stopped = await engine.beginTraining(asked, (event) => {
    if (event.kind === 'step' && event.step === 3) void engine.stopTraining();
  });
  expect(stopped).toBe(false);
  engine.end();

  engine = fresh();
  expect(await engine.savedTraining()).toMatchObject({ name: 'tiles', epochs: 4, heldBack: 4 });
  await engine.start('wasm');
  expect(await engine.resumeTraining(() => undefined)).toBe(true);
  const resumed = await engine.finishTraining();
  expect(resumed.steps).toBe(whole.steps);
  expect(resumed.bytes).toEqual(whole.bytes);
});

test('a picture said to be good is trained on, and its score falls', async () => {
  const engine = fresh();
  await engine.start('wasm');
  await engine.beginTraining(await request(20, 6), () => undefined);
  const before = await engine.finishTraining();
  await engine.load(new Blob([before.bytes]), before.name);
  const odd = await png(spotted(100));
  const { score } = await engine.judge(odd);
  const after = await engine.addGood(odd, 'tile', 3, () => undefined);
  await engine.load(new Blob([after.bytes]), after.name);
  expect((await engine.judge(odd)).score).toBeLessThan(score);
  expect(after.info.training).toMatchObject({ addedByHand: 1 });
});
