// A training in stages in the page's worker: a model to use at once, a network that takes over only where it is better, and nothing lost.
import { laid, type RgbImage } from '@pyramid-mamba/data';
import { methodOf, presets, readModelInfo } from '@pyramid-mamba/model';
import { afterEach, expect, test } from 'vitest';
import { commands } from 'vitest/browser';
import { EngineClient } from '../src/engine/client.js';
import type { Judgement } from '../src/engine/engine.js';
import type { StagedRequest, StageSettings, TrainingEvent } from '../src/engine/training/types.js';
import { drawn, model, png, spotted, train } from './kit.js';

declare module 'vitest/browser' {
  interface BrowserCommands {
    trainQuick(pictures: Record<string, string>, args: readonly string[]): Promise<string>;
  }
}

let client: EngineClient;
const fresh = async (): Promise<EngineClient> => {
  client = new EngineClient();
  await client.start('wasm');
  return client;
};
afterEach(async () => {
  await client.discardTraining(true);
  client.end();
});

const bank = methodOf({ method: 'patchcore' }).presets['fast']!;
const STAGES: [StageSettings, StageSettings] = [
  {
    preset: 'fast',
    train: bank.train,
    model: { ...bank.model, inputSize: 64, encoder: model.encoder, map: { sigma: 2 } },
  },
  { preset: 'tiny', train: { ...presets.tiny.train, lr: train.lr }, model },
];

/** Two of each kind: what is tested is the order of the work, and the command line is compared by the usual number. */
const DRAWN = 18;

async function asked(count: number, over: Partial<StagedRequest> = {}): Promise<StagedRequest> {
  const pictures = await Promise.all(
    Array.from({ length: count }, async (_, i) => ({ id: `tile/${i}.png`, file: await png(drawn(i)) })),
  );
  return {
    name: 'tiles',
    products: [{ name: 'tile', pictures }],
    time: null,
    encoder: 'untrained',
    stages: STAGES,
    orientations: [],
    drawn: DRAWN,
    ...over,
  };
}

test('the memory bank alone is a model with thresholds, a self-test, its pictures, and a product that it recognises', async () => {
  const engine = await fresh();
  const events: TrainingEvent[] = [];
  expect(await engine.beginTraining(await asked(8), (event) => events.push(event))).toBe(true);
  const stages = events.flatMap((event) => (event.kind === 'stage' ? [event] : []));
  expect([...new Set(stages.map(({ stage }) => stage))]).toEqual(['reading', 'bank', 'bank-test']);
  expect(stages.every(({ share }) => share >= 0 && share <= 1)).toBe(true);
  expect(stages.at(-1)).toMatchObject({ share: 1, doing: 'testing itself: picture 26 of 26' });

  const trained = await engine.finishTraining();
  const { info } = trained;
  expect(trained.stage?.model).toBe('bank');
  expect(trained.pictures).toHaveLength(8);
  expect(info.calibration?.['tile']).toMatchObject({ goodCount: 8, method: 'drawn' });
  expect(info.selfTest?.['tile']!.drawn.drawn).toBeGreaterThan(12);
  expect(info.recognition).toHaveProperty('tile');
  const examples = await engine.drawnExamples();
  expect(examples).toHaveLength(12);
  for (const { rgb, width, height, area } of examples) {
    expect(rgb).toHaveLength(3 * width * height);
    expect(Math.max(width, height)).toBeLessThanOrEqual(160);
    expect(area.width * area.height).toBeGreaterThan(0);
  }

  await engine.load(new Blob([trained.bytes]), trained.name);
  expect((await engine.judge(await png(spotted(100)))).verdict).toBe('NG');
});

test('defective pictures are not learnt: they set the thresholds and test the model', async () => {
  const engine = await fresh();
  const request = await asked(8);
  const defective = [{ id: 'tile/broken.png', file: await png(spotted(101)) }];
  const products = [{ ...request.products[0]!, defective }];
  expect(await engine.beginTraining({ ...request, products }, () => undefined)).toBe(true);
  expect(await engine.savedTraining()).toMatchObject({ trainingPictures: 8 });
  const { info } = await engine.finishTraining();
  expect(info.calibration?.['tile']).toMatchObject({ goodCount: 8, defectCount: 1, method: 'f1' });
  expect(info.selfTest?.['tile']!.real).toMatchObject({ pictures: 1 });
});

test('the bank can be used while the network is trained; settings are refused meanwhile; stopped, killed and resumed, the network is compared and the bank stays', async () => {
  let engine = await fresh();
  // few patches of many, so that chosen ones are tried
  const { coreset } = bank.model as typeof bank.model & { coreset: object };
  const few = { ...STAGES[0], model: { ...STAGES[0].model, coreset: { ...coreset, candidates: 100 } } };
  const request = await asked(10, { time: 4, stages: [few as StageSettings, STAGES[1]] });
  const notes: string[] = [];
  let models = 0;
  let usable: Uint8Array | undefined;
  const refused: unknown[] = [];
  /** Of the steps that were planned: a busy machine may have done all of them before it hears that it is to stop. */
  let left = NaN;
  const whole = await engine.beginTraining(request, (event) => {
    if (event.kind === 'note') notes.push(event.text);
    if (event.kind === 'model') {
      usable = event.trained.bytes;
      models++;
    }
    if (event.kind !== 'step') return;
    const isFirst = Number.isNaN(left);
    left = event.total - event.step;
    if (isFirst) {
      void engine.beginTraining(request, () => undefined).catch((error: unknown) => refused.push(error));
      void engine.stopTraining();
    }
  });
  expect(whole).toBe(false);
  expect(String(refused[0])).toMatch(/a training is running, and its settings stay as they are/);
  const { config } = readModelInfo(usable!, 'bank');
  expect(config.method).toBe('patchcore');
  expect(notes.join('\n')).toMatch(/^patches: .* is tried\npatches: chosen ones (stay|are left out): /);
  expect(models).toBe(2);
  if (/chosen ones stay/.test(notes.join())) expect(config).toMatchObject({ coreset: { rows: 100 } });
  // as a tab that is killed
  engine.end();

  engine = await fresh();
  await expect.poll(async () => (await engine.savedTraining())?.elsewhere).toBe(false);
  expect(await engine.savedTraining()).toMatchObject({
    name: 'tiles',
    heldBack: 2,
    stages: { usable: 'bank', complete: false },
  });
  const stages = new Set<string>();
  const done = await engine.resumeTraining((event) => {
    if (event.kind === 'stage') stages.add(event.stage);
  });
  expect(done).toBe(true);
  // the bank is not made again
  expect([...stages]).toEqual([...(left > 0 ? ['network'] : []), 'network-test', 'together']);
  const trained = await engine.finishTraining();
  expect(trained.stage?.sentence).toMatch(
    /^(The memory bank stays|The network has taken|Bank and network together have taken).*: .*self-test/,
  );
  if (trained.stage?.model === 'bank') expect(trained.bytes).toEqual(usable);
  else if (trained.stage?.model === 'ensemble')
    expect(readModelInfo(trained.bytes, 'both').config.method).toBe('ensemble');
  const card = await engine.load(new Blob([trained.bytes]), trained.name);
  expect(card.info.classes).toEqual(['tile']);
  expect(await engine.savedTraining()).toMatchObject({ stages: { complete: true } });
});

test('RD4AD, the network of the preset best, improves the bank, whose score the model of both has', async () => {
  const engine = await fresh();
  const { model: rd4ad, train: steps } = methodOf({ method: 'rd4ad' }).presets['tiny']!;
  const network = {
    preset: 'tiny',
    train: steps,
    model: { ...rd4ad, inputSize: 64, encoder: model.encoder },
  };
  const request = await asked(10, { time: 2, stages: [STAGES[0], network] });
  const stages = new Set<string>();
  const done = await engine.beginTraining(request, (event) => {
    if (event.kind === 'stage') stages.add(event.stage);
  });
  expect([done, stages.has('network'), stages.has('together')]).toEqual([true, true, true]);
  const { bytes, stage } = await engine.finishTraining();
  expect(stage?.sentence).toMatch(/RD4AD: /);
  const { config } = readModelInfo(bytes, 'best');
  if (stage?.model === 'ensemble')
    expect(config).toMatchObject({
      members: [{ method: 'patchcore' }, { method: 'rd4ad' }],
      map: { combine: 'stretched-square' },
    });
  else expect(config.method).toBe(stage?.model === 'network' ? 'rd4ad' : 'patchcore');
}, 200_000);

/** A tile with a bright bar in a corner. */
function barred(i: number): RgbImage {
  const { width, height, data } = drawn(i);
  const own = Uint8Array.from(data);
  for (let y = 4; y < 12; y++)
    for (let x = 6; x < 30 + (i % 3); x++) own.fill(250, 3 * (width * y + x), 3 * (width * y + x) + 3);
  return { width, height, data: own };
}

const base64 = async (file: Blob): Promise<string> => {
  let text = '';
  for (const byte of new Uint8Array(await file.arrayBuffer())) text += String.fromCharCode(byte);
  return btoa(text);
};

/** A second model, with rotated copies, takes as long as the first again. */
const TURNED = import.meta.env['FUZZ'] === 'full';

test(`the command line makes the same model of the same pictures${TURNED ? ', and tries the same rotated copies' : ''}`, async () => {
  const pictures = await Promise.all(
    Array.from({ length: 5 }, async (_, i) => ({
      id: `tile/${i}.png`,
      // each in an orientation of its own
      file: await png(TURNED ? laid(barred(i), i) : barred(i)),
    })),
  );
  const products = [{ name: 'tile', pictures }];
  const engine = await fresh();
  const notes: string[] = [];
  await engine.beginTraining(
    { name: 'tile', products, time: null, encoder: 'embedded', inputSize: 64, seed: 3 },
    (event) => event.kind === 'note' && notes.push(event.text),
  );
  const page = await engine.finishTraining();
  const said = expect(notes.join('\n'));
  (TURNED ? said : said.not).toMatch(
    /orientations: tile \(\d+ % nearer\): .* is tried\norientations: .* copies (stay|are left out)/,
  );
  const files = await Promise.all(
    products[0]!.pictures.map(async ({ id, file }) => [id, await base64(file)] as const),
  );
  const text = await commands.trainQuick(Object.fromEntries(files), ['--input-size', '64', '--seed', '3']);
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const { info } = readModelInfo(bytes, 'the command line');
  expect(info.fingerprint).toBe(page.info.fingerprint);
  expect(info.training).toMatchObject({
    preset: page.info.training!['preset'],
    ...(TURNED && { augmentRotations: ['tile'] }),
    pictures: page.info.training!['pictures'],
    pixels: page.info.training!['pixels'],
  });
  // Node and browsers may multiply and add in one rounding or in two
  const close = (a: number, b: number) => Math.abs(a - b) <= 1e-4 * Math.abs(b);
  for (const key of ['review', 'reject'] as const)
    expect(close(page.info.calibration!['tile']![key], info.calibration!['tile']![key]), key).toBe(true);
  expect(page.info.selfTest!['tile']!.drawn.drawn).toBe(info.selfTest!['tile']!.drawn.drawn);
  const asked = await Promise.all([drawn(100), drawn(101), spotted(100), spotted(101)].map(png));
  const judged = async (model: Uint8Array<ArrayBuffer>) => {
    await engine.load(new Blob([model]), 'model');
    const all: Judgement[] = [];
    for (const file of asked) all.push(await engine.judge(file));
    return all;
  };
  const ours = await judged(page.bytes);
  for (const [i, { score, verdict, doubts, className }] of (await judged(bytes)).entries()) {
    const own = ours[i]!;
    expect(close(own.score, score)).toBe(true);
    expect([own.verdict, own.doubts, own.className]).toEqual([verdict, doubts, className]);
  }
}, 400_000);
