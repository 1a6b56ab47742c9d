// `train` without a method: a memory bank first, then the network, then both together; the best by self-test stays.
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModelInfo, withModelInfo } from '@pyramid-mamba/model';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { main } from '../src/main.js';
import { Run, type RunConfig } from '../src/run/run.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

/** How many of 40 clear defects a class the next tests of models find, and what those of orientations do; without any the counts are real ones, and no product is turned. */
const found = vi.hoisted(() => ({ clear: [] as number[], gains: {} as Record<string, number> }));
/** Rows of a bank of chosen patches; without, the pictures have too few patches to choose from. */
const choice = vi.hoisted(() => ({ rows: undefined as number | undefined }));

vi.mock('../src/training/bank/orientation.js', async (load) => ({
  ...(await load<typeof import('../src/training/bank/orientation.js')>()),
  orientationGains: () => Promise.resolve(found.gains),
}));

// few drawn defects, and the memory bank stays: what is tested is the order of the work
vi.mock('@pyramid-mamba/inspect', async (load) => {
  const actual = await load<typeof import('@pyramid-mamba/inspect')>();
  const testModel: typeof actual.testModel = async (model, pictures, options) => {
    const tested = await actual.testModel(model, pictures.slice(0, 12), { ...options, budget: 9 });
    const clear = found.clear.shift();
    if (clear === undefined) return tested;
    const all = Object.entries(tested.selfTest).map(([name, one]) => [
      name,
      {
        ...one,
        figure: 0.9,
        passed: true,
        clear: { drawn: 40, found: clear, placed: clear },
        ...(options.resembling?.[name]?.passed === false && { passed: false, doubt: 'drawn ones fail' }),
      },
    ]);
    return { ...tested, selfTest: Object.fromEntries(all) as typeof tested.selfTest };
  };
  const together: typeof actual.together = async (bank, network, pictures, options) => {
    const bytes = await actual.together(bank, network, pictures.slice(0, 12), { ...options, budget: 9 });
    return withModelInfo(bytes, 'both', (info) => ({
      ...info,
      selfTest: Object.fromEntries(
        Object.entries(info.selfTest!).map(([name, one]) => [name, { ...one, figure: 0 }]),
      ),
    }));
  };
  const withChosenPatches: typeof actual.withChosenPatches = (model, pictures) => {
    const { coreset } = model as typeof model & { coreset: object };
    const fewer = { ...model, coreset: { ...coreset, candidates: choice.rows } } as typeof model;
    return actual.withChosenPatches(choice.rows === undefined ? model : fewer, pictures);
  };
  return { ...actual, testModel, together, withChosenPatches };
});

const home = temporaryFolder();
const data = join(home, 'data');
const whole = join(home, 'whole');
const SETTINGS = `--encoder ${home}/encoder --cache ${home}/cache --backend wasm`;
const MODELS = ['model.safetensors', 'pyramid-mamba.safetensors', 'ensemble.safetensors'];

async function run(line: string) {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
}

const resume = (folder: string) => run(`train --out ${folder} --resume --cache ${home}/cache`);
const configOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as RunConfig;
const bytesOf = (folder: string, name: string) => readFileSync(join(folder, name));
const methodIn = (path: string) => readModelInfo(readFileSync(path), path).config.method;

/** A copy of the whole run, from which its files `without` are missing, as they are in a run that was killed before it wrote them. */
function killed(name: string, without: readonly string[]): string {
  const folder = join(home, name);
  cpSync(whole, folder, { recursive: true });
  for (const file of without) rmSync(join(folder, file), { recursive: true, force: true });
  return folder;
}

function expectSame(folder: string, names = MODELS): void {
  for (const name of names) expect(bytesOf(folder, name).equals(bytesOf(whole, name)), name).toBe(true);
}

/** Gives the self-test in a model file another figure, and lets it pass; of 40 clear defects a class it finds so many (a slow machine's few steps may find none). */
function giveFigure(path: string, figure: number, found = 40): void {
  const bytes = withModelInfo(
    readFileSync(path),
    path,
    ({ training: { memoryBank, ...training } = {}, ...info }) => ({
      ...info,
      // what was compared by the figures of before
      training: { ...training, ...(memoryBank === undefined ? {} : { memoryBank: { tile: 0.1 } }) },
      selfTest: Object.fromEntries(
        Object.entries(info.selfTest!).map(([name, one]) => [
          name,
          {
            ...one,
            figure,
            passed: true,
            clear: { ...one.clear, drawn: 40, found },
          },
        ]),
      ),
    }),
  );
  writeFileSync(path, bytes);
}

let first: Awaited<ReturnType<typeof run>>;
beforeAll(async () => {
  await tinyDataset(data);
  tinyEncoder(join(home, 'encoder'));
  first = await run(`train ${data} --out ${whole} --input-size 64 --time 1s ${SETTINGS}`);
});

test('the first lines say what will happen, the last ones what was reached and what comes next', () => {
  expect(first.err).toBe('');
  expect(first.code).toBe(0);
  const lines = first.out.split('\n');
  expect(lines[1]).toMatch(
    /^plan: first a memory bank of 8 good pictures, .* then Pyramid-Mamba for 1 s; it, or both together, takes the bank's place only if it tests better$/,
  );
  expect(first.out).toMatch(
    /\nmodel: \S+model\.safetensors can be used now: `pyramid-mamba predict PICTURES --model \S+`/,
  );
  expect(first.out.match(/Self-test of tile/g)).toHaveLength(3);
  expect(first.out).toMatch(/\nplanned: \d+ steps, about /);
  expect(first.out).toMatch(
    /\nmodel: \S+ stays the memory bank: Pyramid-Mamba: .*; Ensemble: .*; the other models are \S+pyramid-mamba\.safetensors and \S+ensemble\.safetensors\n/,
  );
  expect(first.out).toMatch(/\nnext: .*`pyramid-mamba predict PICTURES --model \S+` judges new pictures\n$/);
  expect(first.out).not.toMatch(/epoch|loss/);
  // nine drawn defects show little
  expect(/not to be trusted/.test(first.out)).toBe(
    /gets? no OK from this model\. What helps: /.test(first.out),
  );
});

test('the run records both stages and the planned steps, and reads as a run of the model in use', async () => {
  const config = configOf(whole);
  expect(config).toMatchObject({
    preset: 'fast',
    heldBack: [],
    trainingPictures: 8,
    model: { method: 'patchcore' },
  });
  expect(config.stages).toMatchObject({ seconds: 1, holdBack: null });
  const [bank, network] = config.stages!.settings;
  expect(bank).toMatchObject({ preset: 'fast', trainingPictures: 8, model: { method: 'patchcore' } });
  expect(network).toMatchObject({ preset: 'tiny', trainingPictures: 4 });
  expect(network!.heldBack).toHaveLength(4);
  expect(network!.train.steps).toBeGreaterThan(0);
  expect(methodIn(join(whole, 'model.safetensors'))).toBe('patchcore');
  const { info } = readModelInfo(bytesOf(whole, 'pyramid-mamba.safetensors'), 'beside');
  expect(info.training).toMatchObject({
    steps: network!.train.steps,
  });
  const both = readModelInfo(bytesOf(whole, 'ensemble.safetensors'), 'beside');
  expect(both.config).toMatchObject({
    method: 'ensemble',
    members: [{ method: 'patchcore' }, { method: 'pyramid-mamba' }],
  });
  expect(Object.keys(both.info.selfTest!)).toEqual(['tile', 'wood']);
  expect(both.info.training).toMatchObject({
    steps: network!.train.steps,
    // the bank has learnt from all of them
    pictures: expect.toSatisfy((list: string[]) => list.length === 8) as string[],
    memoryBank: { tile: expect.any(Number) as number, wood: expect.any(Number) as number },
  });
  // evaluation sets thresholds in the model file
  const copy = killed('evaluated', []);
  const evaluated = await run(`evaluate ${copy} --backend wasm`);
  expect(evaluated.err).toBe('');
  expect(evaluated.code).toBe(0);
});

test('a repeat from config.json gives the same models', async () => {
  const folder = join(home, 'repeated');
  const { code, err, out } = await run(
    `train --config ${whole}/config.json --out ${folder} --cache ${home}/cache`,
  );
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).not.toMatch(/planned/);
  expectSame(folder);
  expect(configOf(folder)).toEqual(configOf(whole));
});

describe('a resumed run ends with the same models, killed', () => {
  test.each([
    [
      'between the stages',
      ['pyramid-mamba.safetensors', 'ensemble.safetensors', 'checkpoint', 'train.jsonl'],
    ],
    ['before bank and network were one model', ['ensemble.safetensors']],
    ['at its end', []],
  ])('%s', async (name, without) => {
    const folder = killed(name.replaceAll(' ', '-'), without);
    const { code, err } = await resume(folder);
    expect(err).toBe('');
    expect(code).toBe(0);
    expectSame(folder);
    expect(configOf(folder)).toEqual(configOf(whole));
  });

  test('in the first stage, with a damaged model', async () => {
    const folder = killed('damaged', ['pyramid-mamba.safetensors', 'ensemble.safetensors']);
    writeFileSync(join(folder, 'model.safetensors'), bytesOf(whole, 'model.safetensors').subarray(0, 1000));
    expect((await resume(folder)).code).toBe(0);
    expectSame(folder);
  });
});

describe('a memory bank of chosen patches', () => {
  /** The whole run, of tiles in any orientation, killed between the stages by a program that tries such banks next; what the drawn one finds and those do. */
  function before(name: string, drawn: number, ...chosen: number[]): string {
    const later = ['pyramid-mamba.safetensors', 'ensemble.safetensors', 'checkpoint', 'train.jsonl'];
    const folder = killed(name, later);
    const { stages, ...config } = configOf(folder);
    const augmentRotations = ['tile'];
    const turned = stages!.settings.map((one) => ({ ...one, train: { ...one.train, augmentRotations } }));
    const open = { ...stages, orientations: 'chosen', patches: 'open', settings: turned };
    const train = { ...config.train, augmentRotations };
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, train, stages: open }));
    giveFigure(join(folder, 'model.safetensors'), 0.9, drawn);
    Object.assign(found, { clear: chosen });
    Object.assign(choice, { rows: 50 });
    return folder;
  }
  const modelIn = (folder: string, name: string) =>
    readModelInfo(bytesOf(folder, name), folder).config as unknown as { coreset: object; members: object[] };

  test('takes the place of that of drawn ones where it tests no worse, first without copies; a resume gives the same', async () => {
    const folder = before('chosen', 32, 30);
    const { code, out, err } = await resume(folder);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /\npatches: .* without rotated and mirrored copies, is tried\n(.*\n)*patches: chosen ones stay: 60 of 80 clear drawn defects are found, 64 before\n/,
    );
    expect(out).toMatch(
      /^plan: .*; then one of chosen patches, where it tests no worse; then Pyramid-Mamba for 1 s;/m,
    );
    const coreset = { rows: 50, projection: 128 };
    const { stages, model, train } = configOf(folder);
    expect(stages).toMatchObject({
      orientations: 'chosen',
      patches: 'chosen',
      settings: [{ model: { coreset } }, {}],
    });
    expect(stages!.settings.map((one) => one.train.augmentRotations)).toEqual([undefined, ['tile']]);
    expect(model).toMatchObject({ coreset });
    expect(train).not.toHaveProperty('augmentRotations');
    expect(modelIn(folder, 'model.safetensors')).toMatchObject({ coreset });
    expect(modelIn(folder, 'ensemble.safetensors').members[0]).toMatchObject({ coreset });

    const models = MODELS.map((name) => bytesOf(folder, name));
    rmSync(join(folder, 'ensemble.safetensors'));
    const again = await resume(folder);
    expect([again.code, again.err]).toEqual([0, '']);
    expect(again.out).not.toMatch(/patches:/);
    for (const [i, name] of MODELS.entries())
      expect(bytesOf(folder, name).equals(models[i]!), name).toBe(true);
  });

  test('says no OK of a product that the drawn ones fail, nor does any model that it is part of', async () => {
    const folder = before('doubted', 32, 30);
    const model = join(folder, 'model.safetensors');
    const failing = withModelInfo(readFileSync(model), model, (info) => ({
      ...info,
      selfTest: { ...info.selfTest, tile: { ...info.selfTest!['tile']!, passed: false } },
    }));
    writeFileSync(model, failing);
    expect((await resume(folder)).code).toBe(0);
    const doubtIn = (name: string) =>
      readModelInfo(bytesOf(folder, name), folder).info.selfTest!['tile']!.doubt;
    expect(MODELS.map(doubtIn)).toEqual(['drawn ones fail', undefined, 'drawn ones fail']);
  });

  test('is left out where it finds fewer than chance may cost it, with and without copies', async () => {
    const folder = before('drawn', 36, 20, 30);
    const model = bytesOf(folder, 'model.safetensors');
    const { code, out } = await resume(folder);
    expect(code).toBe(0);
    expect(out.match(/^patches: chosen ones .*$/gm)).toEqual([
      'patches: chosen ones are left out: 40 of 80 clear drawn defects are found, 72 before',
      'patches: chosen ones are left out: 60 of 80 clear drawn defects are found, 72 before',
    ]);
    expect(configOf(folder).stages!.patches).toBe('chosen');
    expect(configOf(folder).train.augmentRotations).toEqual(['tile']);
    expect(bytesOf(folder, 'model.safetensors').equals(model)).toBe(true);
    Object.assign(choice, { rows: undefined });
  });
});

describe('a network that tests better', () => {
  const better = join(home, 'better');

  test('takes over the model file with its settings; the memory bank is kept beside it', async () => {
    cpSync(whole, better, { recursive: true });
    giveFigure(join(better, 'model.safetensors'), 0.1);
    giveFigure(join(better, 'pyramid-mamba.safetensors'), 0.9);
    giveFigure(join(better, 'ensemble.safetensors'), 0.5);
    const before = killed('taking', []);
    cpSync(better, before, { recursive: true });
    const { code, out, err } = await resume(better);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toMatch(
      /model\.safetensors is Pyramid-Mamba now: Pyramid-Mamba: better, 0\.900 against 0\.100 .*; Ensemble: the other one is not better, 0\.500 against 0\.900 .*; the memory bank is \S+patchcore\.safetensors, the third model \S+ensemble\.safetensors/,
    );
    expect(methodIn(join(better, 'model.safetensors'))).not.toBe('patchcore');
    expect(methodIn(join(better, 'patchcore.safetensors'))).toBe('patchcore');
    expect(existsSync(join(better, 'pyramid-mamba.safetensors'))).toBe(false);
    const config = configOf(better);
    expect(config).toMatchObject({ preset: 'tiny', heldBack: config.stages!.settings[1]!.heldBack });

    // killed when all new files were complete, before the first was in place
    const ready = join(before, '.taking-over.ready');
    mkdirSync(ready);
    for (const name of ['model.safetensors', 'patchcore.safetensors', 'config.json'])
      cpSync(join(better, name), join(ready, name));
    expect((await resume(before)).code).toBe(0);
    for (const name of ['model.safetensors', 'patchcore.safetensors', 'config.json'])
      expect(bytesOf(before, name).equals(bytesOf(better, name)), name).toBe(true);
    expect(existsSync(ready)).toBe(false);
    expect(existsSync(join(before, 'pyramid-mamba.safetensors'))).toBe(false);
  });

  test('is not trained or moved again by another resume', async () => {
    const model = bytesOf(better, 'model.safetensors');
    const { code, out } = await resume(better);
    expect(code).toBe(0);
    expect(out).toMatch(/training is complete: Pyramid-Mamba has taken over/);
    expect(bytesOf(better, 'model.safetensors').equals(model)).toBe(true);
    renameSync(join(better, 'patchcore.safetensors'), join(better, 'elsewhere'));
    expect((await resume(better)).code).toBe(0);
    expect(bytesOf(better, 'model.safetensors').equals(model)).toBe(true);
  });

  test('gives way to both together where these test better still', async () => {
    const folder = killed('together', []);
    giveFigure(join(folder, 'model.safetensors'), 0.1);
    giveFigure(join(folder, 'pyramid-mamba.safetensors'), 0.9);
    giveFigure(join(folder, 'ensemble.safetensors'), 0.95);
    const { code, out, err } = await resume(folder);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toMatch(
      /model\.safetensors is Ensemble now: Pyramid-Mamba: better, 0\.900 .*; Ensemble: better, 0\.950 against 0\.900 .*; the memory bank is \S+patchcore\.safetensors, the third model \S+pyramid-mamba\.safetensors/,
    );
    expect(methodIn(join(folder, 'model.safetensors'))).toBe('ensemble');
    expect(existsSync(join(folder, 'ensemble.safetensors'))).toBe(false);
    const config = configOf(folder);
    expect(config).toMatchObject({
      preset: 'ensemble',
      trainingPictures: 8,
      heldBack: [],
      model: { method: 'ensemble' },
      train: { steps: config.stages!.settings[1]!.train.steps },
    });
    // it judges and is evaluated as any model
    const [evaluated, again] = [await run(`evaluate ${folder} --backend wasm`), await resume(folder)];
    expect([evaluated.err, evaluated.code, again.code]).toEqual(['', 0, 0]);
    expect(again.out).toMatch(/training is complete: Ensemble has taken over/);
    const judged = await run(`predict ${data} --model ${folder} --backend wasm --json`);
    expect(judged.code).toBe(0);
    expect(judged.out).toMatch(/"verdict":/);
  });
});

test('--quick stops after the memory bank', async () => {
  const folder = join(home, 'quick');
  const { code, out } = await run(`train ${data} --out ${folder} --input-size 64 --quick ${SETTINGS}`);
  expect(code).toBe(0);
  expect(out).not.toMatch(/Pyramid-Mamba/);
  expect(out.match(/^Self-test of tile/gm)).toHaveLength(1);
  expect(out.match(/^Self-test of wood/gm)).toHaveLength(1);
  expect(existsSync(join(folder, 'pyramid-mamba.safetensors'))).toBe(false);
  expect(bytesOf(folder, 'model.safetensors').equals(bytesOf(whole, 'model.safetensors'))).toBe(true);
  expect(new Run(folder).exists()).toBe(true);
});

describe('a product that lies in any orientation', () => {
  const turned = join(home, 'turned');
  const line = `--input-size 64 --quick ${SETTINGS}`;

  test('gets rotated and mirrored copies where these test better; the run records it', async () => {
    Object.assign(found, { gains: { tile: 0.3, wood: 0.01 }, clear: [25, 30] });
    const { code, out, err } = await run(`train ${data} --out ${turned} ${line}`);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/\norientations: tile \(30 % nearer\): .* a memory bank with such copies is tried\n/);
    expect(out).toMatch(
      /\norientations: rotated and mirrored copies stay: 60 of 80 clear drawn defects are found, 50 before\n/,
    );
    const config = configOf(turned);
    expect(config.train.augmentRotations).toEqual(['tile']);
    expect(config.stages).toMatchObject({
      orientations: 'chosen',
      settings: [{ train: { augmentRotations: ['tile'] }, model: { coreset: { candidates: 16_384 } } }],
    });
    const { info } = readModelInfo(bytesOf(turned, 'model.safetensors'), 'turned');
    expect(info.training).toMatchObject({ augmentRotations: ['tile'] });
  });

  test('is not looked for again by a resume, nor by a repeat, which give the same model', async () => {
    Object.assign(found, { gains: { wood: 1 }, clear: [30] });
    expect((await resume(turned)).code).toBe(0);
    const again = join(home, 'turned-again');
    const { code } = await run(`train --config ${turned}/config.json --out ${again} --cache ${home}/cache`);
    expect(code).toBe(0);
    expect(found.clear).toEqual([]);
    expect(configOf(again)).toEqual(configOf(turned));
    expect(bytesOf(again, 'model.safetensors').equals(bytesOf(turned, 'model.safetensors'))).toBe(true);
  });

  test('is shown as taken where copies do not test better, or where the user says which products are turned', async () => {
    Object.assign(found, { gains: { tile: 0.3 }, clear: [30, 32] });
    const folder = join(home, 'as-taken');
    const { out } = await run(`train ${data} --out ${folder} ${line}`);
    expect(out).toMatch(
      /copies are left out: 64 of 80 clear drawn defects are found, 60 before, which may be chance\n/,
    );
    expect(configOf(folder).stages!.orientations).toBe('chosen');
    expect(configOf(folder).train.augmentRotations).toBe(undefined);
    const { info } = readModelInfo(bytesOf(folder, 'model.safetensors'), 'as taken');
    expect(info.training).not.toHaveProperty('augmentRotations');

    Object.assign(found, { clear: [] });
    const said = join(home, 'said');
    const given = await run(`train ${data} --out ${said} --augment-rotations wood ${line}`);
    expect(given.out).not.toMatch(/orientations:/);
    expect(configOf(said).stages).not.toHaveProperty('orientations');
    Object.assign(found, { gains: {} });
  });
});

test('a run of one method alone has no stages', async () => {
  const folder = join(home, 'single');
  const line = `train --data ${data} --out ${folder} --input-size 64 --method patchcore ${SETTINGS}`;
  expect((await run(line)).code).toBe(0);
  expect(configOf(folder).stages).toBe(undefined);
});

describe('what does not fit together is refused', () => {
  test.each([
    [
      `${data} --time 1m --epochs 3`,
      /--time: belongs to a training that begins with a memory bank, but --epochs trains one method alone/,
    ],
    [`${data} --quick --preset tiny`, /--quick: belongs to .* but --preset trains one method alone/],
    [`${data} --quick --time 1m`, /'--quick' cannot be used with option '--time/],
    [`${data} --time 10`, /Expected a time with its unit, such as 90s, 30m or 1h/],
    [`${data} --data ${home}/other`, /two folders of pictures/],
    [
      `${data} --hold-back 0`,
      /--hold-back: the network is compared with the memory bank on held-out pictures/,
    ],
    [`--out ${whole} --resume --time 2m`, /--resume: the run was begun with --time 1s, .*; omit --time 120s/],
    [`--out ${whole} --resume --quick`, /--resume: the run was begun with --time 1s/],
    [
      `--out ${whole} --resume --epochs 3`,
      /--resume: the run was begun with a memory bank, and --epochs trains one method alone/,
    ],
    [
      `--out ${whole} --resume --seed 3`,
      /--resume: .* was trained with other settings, and these differ: .*seed: 1 -> 3/,
    ],
    [
      `--config ${whole}/config.json --method patchcore`,
      /stages: belongs to .* but --method trains one method alone/,
    ],
    ['--resume', /--resume: --out is missing/],
    [`${data} --overwrite`, /--overwrite: --out is missing/],
    ['', /the folder of pictures is missing; pass it/],
  ])('%s', async (options, sentence) => {
    const { code, err } = await run(`train ${options}`.trim());
    expect(err).toMatch(sentence);
    expect(code).toBe(2);
  });
});
