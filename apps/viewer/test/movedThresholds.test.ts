// Thresholds that a person moves after many pictures were judged: every place of the page says the same of each of them.
import { BLANK, conclude, distrustOf, HARDLY, NO_PRODUCT } from '@pyramid-mamba/inspect';
import type { Verdict } from '@pyramid-mamba/metrics';
import type { ModelInfo } from '@pyramid-mamba/model';
import type { OpenProject } from '@pyramid-mamba/projects';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Browser } from '../../../packages/projects/test/kit.js';
import { looseFiles } from '../src/folders/readFolder.js';
import { route, routeOf } from '../src/state/address/route.js';
import { SETTLED } from '../src/state/live/again.js';
import { judgeFiles, moved } from '../src/state/live/live.js';
import { tally, verdictsCsv } from '../src/state/live/record.js';
import { current, KEPT, shots } from '../src/state/live/shots.js';
import { model, run, thresholds } from '../src/state/opened.js';
import { takePictures } from '../src/state/opening.js';
import { enter, project } from '../src/state/project/open.js';
import { followResults } from '../src/state/project/results.js';
import { keepVerdicts } from '../src/state/project/verdicts.js';
import { followProjectContent, newProject } from '../src/state/project/work.js';
import { setThresholds } from '../src/state/tuning.js';
import { reportCsv, rowsOf, sentencesOf } from '../src/views/report/facts.js';
import { calibration, engine, judgement, type Answer } from './fakeEngine.js';

vi.mock('../src/engine/client.js', () => import('./fakeEngine.js'));
const disk = new Browser();
vi.mock('../src/state/project/store.js', () => ({
  startStore: async () => (await disk.tab()).store,
}));
vi.hoisted(() => {
  class ImageBitmap {
    close() {}
  }
  const browser = {
    ImageBitmap,
    createImageBitmap: () => Promise.resolve(new ImageBitmap()),
    location: { hash: '', search: '', href: 'http://localhost/' },
    addEventListener: () => undefined,
    localStorage: { getItem: () => null, setItem: () => undefined },
    navigator: { hardwareConcurrency: 2 },
  };
  for (const [name, value] of Object.entries(browser)) vi.stubGlobal(name, value);
});

/** All that it drew scores 0.5: thresholds above that find nothing. */
const scores = {
  good: [0.01, 0.01, 0.01, 0.01],
  drawn: Array.from({ length: 9 }, () => ({
    kind: 'scratch',
    size: 0.09,
    contrast: 4,
    score: 0.5,
    onIt: true,
  })),
  side: 64,
};
const info = vi.hoisted(() => ({ now: undefined as unknown }));
vi.mock('../src/run/openable.js', () => ({
  openableModel: () => ({ info: info.now }),
  traitsOf: () => ({ input: { width: 8, height: 8 }, config: {}, sigma: 1, largestScore: 1 }),
}));
const { retested } = await import('@pyramid-mamba/inspect');
const own = retested(
  { tile: { figure: 1, drawing: 1, examples: [], scores } } as unknown as NonNullable<ModelInfo['selfTest']>,
  { tile: calibration },
);
const selfTested = {
  classes: ['tile', 'wood'],
  preprocessing: { inputSize: 8, resize: 'bilinear-antialias', normalize: 'imagenet' },
  // no thresholds of wood
  calibration: { tile: calibration },
  selfTest: { ...own, wood: own['tile']! },
} satisfies ModelInfo;
info.now = selfTested;

/** More than the list of judged pictures holds. */
const COUNT = KEPT + 30;
const DOUBTS = [[], [], [BLANK], ['the picture looks like wood'], [HARDLY], [NO_PRODUCT]];
const nameOf = (i: number) => `${String(i).padStart(3, '0')}.png`;
/** Of each file: as the inspector judges it by the given thresholds. */
const judgedBy: Answer = ({ name = '', thresholds: by }, opening) => {
  const i = Number.parseInt(name, 10);
  const className = i % 7 === 0 ? 'wood' : 'tile';
  const distrust = distrustOf(selfTested, className, by?.[className]);
  const doubts = [...DOUBTS[i % DOUBTS.length]!, ...(distrust === undefined ? [] : [distrust])];
  const measured = { ...judgement(opening), className, score: ((i * 37) % COUNT) / COUNT, doubts };
  const file = className === 'tile' ? calibration : null;
  return Promise.resolve({ ...measured, ...conclude(measured, file, by?.[className]), largestScore: 1 });
};

/** A file that begins like a PNG of 8 by 8 pixels; its name tells it from others. */
function picture(name: string): File {
  const head = new Uint8Array(24);
  head.set([0x89, ...new TextEncoder().encode('PNG')]);
  head.set(new TextEncoder().encode('IHDR'), 12);
  head.set([0, 0, 0, 8, 0, 0, 0, 8], 16);
  return new File([head, name], name, { type: 'image/png' });
}

/** File, product, verdict, score, review, reject and remark of each line of a table. */
function linesOf(table: string): string[] {
  const [head, ...lines] = table.replace('\ufeff', '').trim().split('\r\n');
  const wanted = ['file', 'product', 'verdict', 'score', 'review', 'reject', 'remark'].map((name) =>
    head!.split(',').indexOf(name),
  );
  return lines.map((line) => {
    // of these texts only remarks have commas, and are quoted
    const cells = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      (cell) => cell[1] ?? cell[2],
    );
    return wanted.map((at) => cells[at]).join('|');
  });
}
const verdictsIn = (lines: readonly string[]) => lines.map((line) => line.split('|')[2] as Verdict);
const count = (lines: readonly string[], verdict: Verdict) =>
  verdictsIn(lines).filter((one) => one === verdict).length;

beforeAll(() => {
  followProjectContent();
  followResults();
  keepVerdicts();
});
beforeEach(() => {
  engine.answer = judgedBy;
});
afterEach(() => {
  model.value = null;
  enter(null);
});

async function begin(): Promise<OpenProject> {
  const id = (await newProject('Parts'))!;
  route.value = routeOf(`#${id}/judge/now`);
  const open = project.value!;
  const about = { method: 'memory bank', products: ['tile', 'wood'], learnt: [], heldBack: [], selfTest: [] };
  await open.addModel({ file: new Blob(['m']), name: 'm', from: 'trained', ...about });
  await expect.poll(() => model.value?.name).toBe('m');
  return open;
}

test('moved thresholds decide every judged picture anew: counts, tables and report agree, and no doubt becomes OK', async () => {
  await begin();
  await takePictures(looseFiles(Array.from({ length: COUNT }, (_, i) => picture(nameOf(i)))));
  await expect.poll(() => run.value?.items.length).toBe(COUNT);
  expect(shots.value).toHaveLength(KEPT);
  const first = linesOf(verdictsCsv());
  const regions = () =>
    verdictsCsv()
      .split('\r\n')
      .slice(1, -1)
      .map((line) => /,(\d*),[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*$/.exec(line)![1]);
  const where = regions();
  expect(where.filter((one) => one === '')).toHaveLength(Math.ceil(COUNT / 7));

  for (const [review, reject] of [
    [0.3, 0.6],
    [0.05, 0.06],
    // finds nothing of what the self-test drew
    [0.7, 0.9],
    [0.4, 0.45],
  ] as const) {
    setThresholds('tile', { ...calibration, review, reject });
    // the file has none of wood
    setThresholds('wood', { ...calibration, review, reject: 1 });
    const lines = linesOf(verdictsCsv());
    const { OK, REVIEW, NG, UNKNOWN, ...others } = tally.value;
    expect(others).toEqual({ none: 0, failed: 0, older: 0 });
    expect({ OK, REVIEW, NG, UNKNOWN }).toEqual({
      OK: count(lines, 'OK'),
      REVIEW: count(lines, 'REVIEW'),
      NG: count(lines, 'NG'),
      UNKNOWN: count(lines, 'UNKNOWN'),
    });
    const rows = rowsOf(run.value!);
    expect(linesOf(reportCsv(rows)).sort()).toEqual(lines);
    expect(new Map(shots.value.map(({ name, judgement: { verdict } }) => [name, verdict]))).toEqual(
      new Map(verdictsIn(lines).flatMap((one, i) => (i < COUNT - KEPT ? [] : [[nameOf(i), one] as const]))),
    );
    // as if each had been judged by these thresholds in the first place
    for (const [i, verdict] of verdictsIn(lines).entries()) {
      const again = await judgedBy({ name: nameOf(i), thresholds: moved.value }, 1);
      expect([nameOf(i), verdict]).toEqual([nameOf(i), again.verdict]);
      if (DOUBTS[i % DOUBTS.length]!.length > 0) expect([nameOf(i), verdict]).not.toContain('OK');
    }
    expect(OK > 0).toBe(review <= 0.5);
    expect(sentencesOf(run.value!, rows).join(' ').includes('not to be trusted')).toBe(review > 0.5);
    expect(current.value!.judgement.verdict).toBe(verdictsIn(lines).at(-1));
    // where it is anomalous by these thresholds is not known any more: their maps are gone
    expect(
      regions()
        .slice(0, COUNT - KEPT)
        .join(''),
    ).toBe('');
  }
  thresholds.value = { tile: calibration };
  expect(linesOf(verdictsCsv())).toEqual(first);
  expect(regions()).toEqual(where);
});

test('a verdict that the project keeps does not let the next picture be judged twice', async () => {
  await begin();
  const asked: string[] = [];
  let give: () => void = () => undefined;
  engine.answer = async (options, opening) => {
    asked.push(options.name!);
    if (options.name === nameOf(2)) await new Promise<void>((done) => (give = done));
    return judgedBy(options, opening);
  };
  const judged = takePictures(looseFiles([1, 2].map((i) => picture(nameOf(i)))));
  await expect.poll(() => asked.length).toBe(2);
  // the first one is among the results, with thresholds that are the same as before
  await expect.poll(() => run.value?.items.length).toBe(1);
  give();
  await judged;
  expect(asked).toEqual([nameOf(1), nameOf(2)]);
});

test('what another model judges is not decided by the limits of the one before, whose thresholds still settle', async () => {
  await begin();
  setThresholds('tile', { ...calibration, review: 0.3, reject: 0.6 });
  thresholds.value = { tile: calibration };
  const strict = { ...calibration, review: 0.01, reject: 0.02 };
  const next = { ...selfTested, calibration: { tile: strict } };
  model.value = { name: 'next', bytes: new Uint8Array(), info: next, of: null };
  engine.answer = (_, opening) => {
    const measured = judgement(opening);
    return Promise.resolve({ ...measured, ...conclude(measured, strict, undefined) });
  };
  await judgeFiles([picture(nameOf(1))]);
  expect(shots.value.map(({ judgement: { verdict } }) => verdict)).toEqual(['NG']);
  await new Promise((done) => setTimeout(done, 2 * SETTLED));
  expect(shots.value.map(({ judgement: { verdict } }) => verdict)).toEqual(['NG']);
  expect(tally.value).toMatchObject({ OK: 0, NG: 1 });
});
