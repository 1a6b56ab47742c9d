// The results of an evaluation are replaced atomically, and belong to the evaluated model.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readModelInfo, withModelInfo, type Calibration } from '@pyramid-mamba/model';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freshReport } from '../src/commands/view.js';
import { main } from '../src/main.js';
import { REPORT, RESULTS, Run } from '../src/run/run.js';
import { Exchange, finish, isUnfinished } from '@pyramid-mamba/runs/node';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

const home = temporaryFolder();
const [data, run, encoder] = [join(home, 'data'), join(home, 'run'), join(home, 'encoder.safetensors')];
const TRAIN = `train --data ${data} --encoder ${encoder} --cache ${join(home, 'cache')} --backend wasm --workers 1 --input-size 32 --grids 1 --batch-size 4 --epochs 1`;

async function call(line: string) {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { code, out: io.stdout, err: io.stderr };
}

beforeAll(async () => {
  await tinyDataset(data);
  tinyEncoder(encoder);
  expect((await call(`${TRAIN} --out ${run}`)).code).toBe(0);
  expect((await call(`evaluate ${run}`)).code).toBe(0);
});

const model = join(run, 'model.safetensors');
const read = (name: string) => readFileSync(join(run, name), 'utf8');
const calibrationOf = (name: string) =>
  readModelInfo(new Uint8Array(readFileSync(model)), model).info.calibration?.[name];

function setByHand(name: string, over: Partial<Calibration>): void {
  const bytes = new Uint8Array(readFileSync(model));
  const next = withModelInfo(bytes, model, (info) => {
    const old = info.calibration![name]!;
    return { ...info, calibration: { ...info.calibration, [name]: { ...old, method: 'manual', ...over } } };
  });
  writeFileSync(model, next);
}

test('report refuses results of a model that was trained on since', async () => {
  const out = join(home, 'trained-on');
  for (const line of [`${TRAIN} --out ${out} --max-steps 1`, `evaluate ${out}`, `report ${out}`])
    expect((await call(line)).code).toBe(0);
  expect((await call(`${TRAIN} --out ${out} --resume`)).code).toBe(0);
  const { code, err } = await call(`report ${out}`);
  expect(code).toBe(2);
  expect(err).toMatch(/the results are of another model .*run `pyramid-mamba evaluate .*trained-on` again/);
  expect((await call(`evaluate ${out}`)).code).toBe(0);
  expect((await call(`report ${out}`)).code).toBe(0);
});

describe('evaluate', () => {
  test('keeps and uses thresholds set by hand, and reports that; an option replaces them', async () => {
    const found = calibrationOf('tile')!;
    setByHand('tile', { review: 0, reject: 0.001 });
    const kept = await call(`evaluate ${run}`);
    expect([kept.code, kept.err]).toEqual([0, '']);
    expect(kept.out).toMatch(
      /note: the thresholds of tile were set by hand and are unchanged.*--replace-thresholds/,
    );
    expect(calibrationOf('tile')).toMatchObject({ method: 'manual', review: 0, reject: 0.001 });
    expect(calibrationOf('wood')!.method).toBe('f1');
    const lines = read('scores.jsonl').trimEnd().split('\n');
    const scores = lines.map((line) => JSON.parse(line) as { class: string; verdict: string });
    expect(new Set(scores.filter((one) => one.class === 'tile').map(({ verdict }) => verdict))).toEqual(
      new Set(['NG']),
    );
    expect(JSON.parse(read('metrics.json'))).toMatchObject({ thresholds: { tile: { reject: 0.001 } } });
    expect((await call(`evaluate ${run} --replace-thresholds`)).out).not.toMatch(/set by a person/);
    expect(calibrationOf('tile')).toEqual(found);
  });

  test('keeps thresholds set by hand during the evaluation', async () => {
    const measuring = call(`evaluate ${run}`);
    while (!readdirSync(run).some((name) => name.startsWith('.results.'))) await wait(1);
    setByHand('wood', { reject: 0.6 });
    expect((await measuring).code).toBe(0);
    expect(calibrationOf('wood')).toMatchObject({ method: 'manual', reject: 0.6 });
    await call(`evaluate ${run} --replace-thresholds`);
  });

  test('does not overwrite a model that replaced the old one, and discards results of the old one', async () => {
    const before = read('metrics.json');
    const other = join(home, 'other');
    expect((await call(`${TRAIN} --out ${other} --seed 7`)).code).toBe(0);
    const own = readFileSync(model);
    const replacing = readFileSync(join(other, 'model.safetensors'));
    const measuring = call(`evaluate ${run}`);
    while (!readdirSync(run).some((name) => name.startsWith('.results.'))) await wait(1);
    writeFileSync(model, replacing);
    const { code, err } = await measuring;
    expect(code).toBe(2);
    expect(err).toMatch(/^error: .*model\.safetensors was replaced by another model during the evaluation/);
    expect(readFileSync(model).equals(replacing)).toBe(true);
    expect(read('metrics.json')).toBe(before);
    expect(readdirSync(run).filter((name) => name.startsWith('.'))).toEqual([]);
    writeFileSync(model, own);
  });
});

describe('report', () => {
  test('rejects mixed results of two evaluations, reads those of versions without an evaluation id', async () => {
    const copy = join(home, 'copy');
    cpSync(run, copy, { recursive: true });
    const scores = readFileSync(join(copy, 'scores.jsonl'), 'utf8');
    writeFileSync(join(copy, 'scores.jsonl'), scores.replace(/"score":0\.\d/, '"score":0.9'));
    const { code, err } = await call(`report ${copy}`);
    expect(code).toBe(2);
    expect(err).toMatch(
      /scores\.jsonl is from another evaluation than metrics\.json; run `pyramid-mamba evaluate/,
    );
    const { evaluated, ...old } = JSON.parse(read('metrics.json')) as Record<string, unknown>;
    expect(evaluated).toMatchObject({
      model: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      data: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    });
    writeFileSync(join(copy, 'metrics.json'), JSON.stringify(old));
    expect((await call(`report ${copy}`)).code).toBe(0);
  });

  test('view makes a report that is missing or of an earlier evaluation, and no other; a busy run gives a note', async () => {
    const viewed = new Run(join(home, 'viewed'));
    cpSync(run, viewed.folder, { recursive: true });
    rmSync(viewed.report, { recursive: true, force: true });
    const page = join(viewed.report, 'report.html');
    const stale = () =>
      writeFileSync(page, readFileSync(page, 'utf8').replace(/(evaluation" content=")./, '$1x'));
    const fresh = async () => {
      const io = recordingIo();
      return [await freshReport(viewed, io), io.stderr];
    };
    expect(await fresh()).toEqual([true, '']);
    const marked = `${readFileSync(page, 'utf8')}<!-- the same -->`;
    writeFileSync(page, marked);
    expect(await fresh()).toEqual([true, '']);
    expect(readFileSync(page, 'utf8')).toBe(marked);
    stale();
    await viewed.writing('train', async () => {
      expect(await fresh()).toEqual([
        false,
        expect.stringMatching(/^note: no report of the present results: .* is in use by `train`/),
      ]);
    });
    expect(await fresh()).toEqual([true, '']);
    expect(readFileSync(page, 'utf8')).not.toBe(marked);
    const metrics = readFileSync(viewed.metrics, 'utf8');
    writeFileSync(viewed.metrics, `${metrics} `);
    const before = readFileSync(page, 'utf8');
    expect(await fresh()).toEqual([true, '']);
    expect(readFileSync(page, 'utf8')).not.toBe(before);
  });

  test('finishes moving results into place that a killed evaluation declared complete', async () => {
    const copy = join(home, 'unfinished');
    cpSync(run, copy, { recursive: true });
    // the state after a kill between the old heat maps and the new ones
    mkdirSync(join(copy, '.results.ready'));
    for (const name of ['maps', 'metrics.json', 'scores.jsonl'])
      cpSync(join(copy, name), join(copy, '.results.ready', name), { recursive: true });
    rmSync(join(copy, 'maps'), { recursive: true });
    writeFileSync(join(copy, 'scores.jsonl'), '');
    expect((await call(`report ${copy}`)).code).toBe(0);
    expect(existsSync(join(copy, '.results.ready'))).toBe(false);
    expect(readFileSync(join(copy, 'scores.jsonl'), 'utf8')).toBe(read('scores.jsonl'));
    expect(readdirSync(join(copy, 'maps'))).toEqual(readdirSync(join(run, 'maps')));
  });
});

describe('an exchange', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    mkdirSync(join(folder, 'maps'));
    writeFileSync(join(folder, 'maps', 'old'), '');
    writeFileSync(join(folder, 'a.json'), 'old');
    writeFileSync(join(folder, 'kept'), 'old');
  });
  const fill = (exchange: Exchange) => {
    mkdirSync(exchange.at('maps'), { recursive: true });
    writeFileSync(exchange.at('maps', 'new'), '');
    writeFileSync(exchange.at('a.json'), 'new');
  };
  const state = () => [readdirSync(join(folder, 'maps')), readFileSync(join(folder, 'a.json'), 'utf8')];

  test('replaces all its files and nothing else, or nothing', async () => {
    const dropped = new Exchange(folder, REPORT);
    fill(dropped);
    await dropped.drop();
    expect(state()).toEqual([['old'], 'old']);
    const exchange = new Exchange(folder, RESULTS);
    fill(exchange);
    await exchange.commit();
    await exchange.drop();
    expect(state()).toEqual([['new'], 'new']);
    expect(readdirSync(folder).sort()).toEqual(['a.json', 'kept', 'maps']);
  });

  test('that cannot finish reports it, and finishes the next time', async () => {
    // a file cannot replace a folder that is not empty
    mkdirSync(join(folder, 'b.json', 'full'), { recursive: true });
    const exchange = new Exchange(folder, RESULTS);
    fill(exchange);
    writeFileSync(exchange.at('b.json'), 'new');
    await expect(exchange.commit()).rejects.toThrow(
      /the new results are complete but cannot all be moved into place: .*to continue$/,
    );
    expect(isUnfinished(folder, RESULTS)).toBe(true);
    await exchange.drop();
    rmSync(join(folder, 'b.json'), { recursive: true });
    await finish(folder, RESULTS);
    expect(state()).toEqual([['new'], 'new']);
    expect(isUnfinished(folder, RESULTS)).toBe(false);
  });
});
