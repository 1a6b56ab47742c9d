// Training in the page's worker: what it learns, and that it can be resumed after its tab was closed.
import { afterEach, expect, test } from 'vitest';
import { EngineClient } from '../src/engine/client.js';
import { homeOf } from '../src/engine/training/home.js';
import type { TrainingEvent } from '../src/engine/training/types.js';
import { drawn, png, request, spotted, train } from './kit.js';

let client: EngineClient;
const fresh = (): EngineClient => (client = new EngineClient());
afterEach(async () => {
  await client.discardTraining(true);
  client.end();
});

test('a model trained on 24 pictures detects a defect, and its file is used to judge', async () => {
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
  expect(card).toMatchObject({
    input: { width: 64, height: 64, fit: 'stretch' },
    sigma: 2,
    info: { classes: ['tile'] },
  });
  const scores = { good: [] as number[], bad: [] as number[] };
  for (let i = 100; i < 103; i++) {
    scores.good.push((await engine.judge(await png(drawn(i)))).score);
    scores.bad.push((await engine.judge(await png(spotted(i)))).score);
  }
  expect(Math.min(...scores.bad)).toBeGreaterThan(Math.max(...scores.good));
  expect((await engine.judge(await png(spotted(100)))).verdict).toBe('NG');
});

test('stopped in the middle and resumed in another worker, it gives the weights of an uninterrupted training', async () => {
  const asked = await request(12, 3);
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
  expect(await engine.savedTraining()).toMatchObject({ name: 'tiles', epochs: 3, heldBack: 2 });
  await engine.start('wasm');
  expect(await engine.resumeTraining(() => undefined)).toBe(true);
  const resumed = await engine.finishTraining();
  expect(resumed.steps).toBe(whole.steps);
  expect(resumed.bytes).toEqual(whole.bytes);
});

test('trainings of two projects do not touch each other', async () => {
  const engine = fresh();
  await engine.start('wasm');
  const [one, two] = [homeOf('one'), homeOf('two')];
  const soonStopped = (name: string) => async () =>
    engine.beginTraining({ ...(await request(6, 2)), name }, (event) => {
      if (event.kind === 'step' && event.step === 1) void engine.stopTraining();
    });
  engine.home = one;
  expect(await soonStopped('first')()).toBe(false);
  engine.home = two;
  expect(await engine.savedTraining()).toBeNull();
  expect(await soonStopped('second')()).toBe(false);
  engine.home = one;
  expect(await engine.savedTraining()).toMatchObject({ name: 'first' });
  engine.home = two;
  await engine.discardTraining(true);
  expect(await engine.savedTraining()).toBeNull();
  engine.home = one;
  expect(await engine.resumeTraining(() => undefined)).toBe(true);
  expect((await engine.finishTraining()).name).toBe('first.safetensors');
  await engine.discardTraining(true);
});

test('the saved training stays until a new one is ready; another tab neither discards nor replaces it', async () => {
  const engine = fresh();
  await engine.start('wasm');
  const asked = await request(8, 1);
  await engine.beginTraining(asked, () => undefined);
  const second = new EngineClient();
  expect(await second.savedTraining()).toMatchObject({ name: 'tiles', elsewhere: true });
  await expect(second.discardTraining(true)).rejects.toThrow(/another tab of this browser has the training/);
  await second.start('wasm');
  await expect(second.beginTraining(asked, () => undefined)).rejects.toThrow(/another tab/);
  second.end();

  // a picture that cannot be read ends the preparation of the next training, after most of it was done
  const [{ pictures }] = asked.products as [(typeof asked.products)[number]];
  const broken = pictures.map((one, i) => (i === 7 ? { ...one, file: new Blob(['no picture']) } : one));
  const next = { ...asked, name: 'next' };
  await expect(
    engine.beginTraining({ ...next, products: [{ name: 'tile', pictures: broken }] }, () => undefined),
  ).rejects.toThrow(/expected a PNG/);
  expect(await engine.savedTraining()).toMatchObject({ name: 'tiles', epoch: 1, elsewhere: false });
  expect(await engine.beginTraining(next, () => undefined)).toBe(true);
  expect(await engine.savedTraining()).toMatchObject({ name: 'next' });
});

test('a method that learns in one pass trains too; without the pictures that set its thresholds there is no model', async () => {
  const engine = fresh();
  await engine.start('wasm');
  const asked = await request(12);
  const { presetPlan } = await import('../src/engine/training/methods.js');
  const plan = presetPlan('patchcore', { inputSize: 64, effort: 'quick', epochs: null, seed: 1 });
  const model = { ...plan.model, encoder: asked.model.encoder };
  const events: TrainingEvent[] = [];
  expect(await engine.beginTraining({ ...asked, ...plan, model }, (event) => events.push(event))).toBe(true);
  const shares = events.flatMap((event) => (event.kind === 'fitting' ? [event.share] : []));
  expect(shares.at(-1)).toBeGreaterThan(0.9);
  expect(events.some(({ kind }) => kind === 'step' || kind === 'epoch')).toBe(false);
  const before = await engine.finishTraining();
  expect(before.info.training).not.toHaveProperty('lr');
  expect(before.info.calibration).toHaveProperty('tile');

  // as a browser that is short of space may: the pictures that set the thresholds are gone
  const root = await navigator.storage.getDirectory();
  for (const slot of ['training', 'training-2']) {
    const training = await root.getDirectoryHandle(slot).catch(() => undefined);
    await training?.removeEntry('held-back', { recursive: true });
  }
  await expect(engine.finishTraining()).rejects.toThrow(/cleared the held-back picture/);
});

test('the page’s own encoder gives the shape and the features, and the model file names it', async () => {
  const engine = fresh();
  await engine.start('wasm');
  const asked = await request(8);
  const { presetPlan } = await import('../src/engine/training/methods.js');
  const plan = presetPlan('patchcore', { inputSize: 64, effort: 'quick', epochs: null, seed: 1 });
  // the weights decide on the width, not the plan
  const model = { ...plan.model, encoder: asked.model.encoder };
  expect(await engine.beginTraining({ ...asked, ...plan, model, encoder: 'embedded' }, () => undefined)).toBe(
    true,
  );
  const { info } = await engine.finishTraining();
  expect(info.training).toMatchObject({
    encoder: expect.stringMatching(/^resnet18, width 64, from this page \(embedded-\d+\)$/) as string,
  });
});
