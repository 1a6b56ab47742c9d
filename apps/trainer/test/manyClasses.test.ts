// What the command line prints and reports of a model of many classes.
import {
  byName,
  type ClassMetrics,
  meanOverClasses,
  type Calibration,
  type JudgedPicture,
} from '@pyramid-mamba/metrics';
import { metricsReport, type ScoreLine } from '@pyramid-mamba/runs';
import { expect, test } from 'vitest';
import { metricsTable } from '../src/evaluation/metricsTable.js';
import { outcomeLines } from '../src/evaluation/outcomeLines.js';
import type { Prediction } from '../src/predict/predict.js';
import { ProductCounts } from '../src/predict/rows.js';
import { reportPage, shownClasses } from '../src/report/page.js';
import type { RunResults } from '../src/report/runResults.js';
import { resultRows } from '../src/report/tables.js';
import { classLines } from '../src/text/manyClasses.js';

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `p${i}`);
const thresholds = { review: 1, reject: 2, method: 'quantile', goodCount: 4, defectCount: 0 } as const;
const calibration: Calibration & { background: number; scoreRange: [number, number] } = {
  ...thresholds,
  scoreRange: [0, 1],
  background: 0,
};

function report(classes: readonly string[]) {
  const perClass = byName<ClassMetrics>();
  for (const [i, name] of classes.entries()) {
    const value = { value: 1 - i / (2 * classes.length) };
    perClass[name] = {
      image: { auroc: value, ap: value, f1max: value },
      pixel: { auroc: value, ap: value, f1max: value, aupro: value },
    };
  }
  return metricsReport('paper', perClass, meanOverClasses(perClass));
}

test('a few classes have a line each, many the first ones and where the others are', () => {
  expect(classLines(names(24), 'elsewhere')).toEqual(names(24));
  const told = classLines(names(1000), 'elsewhere');
  expect(told).toHaveLength(25);
  expect(told.at(-1)).toBe('… and 976 more classes: elsewhere');
});

test('the table of figures has the worst of many classes, the mean of all, and says where the others are', () => {
  const lines = metricsTable(report(names(100))).split('\n');
  expect(lines[2]).toMatch(/^p99 +0\.505/);
  expect(lines[25]).toMatch(/^p76 /);
  expect(lines[26]).toMatch(/^mean +0\.75/);
  expect(lines[27]).toBe('- 76 more classes, with higher figures: metrics.json');
  expect(metricsTable(report(names(3))).split('\n')).toHaveLength(6);
});

test('verdicts on many classes: those that warn, and all together', () => {
  const classes = names(60);
  const judged = new Map(
    classes.map((name, i): [string, JudgedPicture[]] => [
      name,
      [
        { label: 0, verdict: 'OK' },
        { label: 1, verdict: i % 2 === 0 ? 'OK' : 'NG' },
      ],
    ]),
  );
  const all = Object.fromEntries(classes.map((name) => [name, calibration]));
  const lines = outcomeLines(classes, judged, all);
  expect(lines).toHaveLength(26);
  expect(lines[0]).toMatch(/^warning: verdicts on p0: 0 of 1 defective pictures caught, 1 judged OK/);
  expect(lines[1]).toMatch(/^warning: verdicts on p2:/);
  expect(lines[24]).toMatch(/^… and 6 more classes: .*metrics\.json.*scores\.jsonl/);
  expect(lines[25]).toMatch(
    /^warning: verdicts on 60 classes: 30 of 60 defective pictures caught, 30 judged OK/,
  );
  // of a few classes each has both of its lines
  expect(outcomeLines(names(2), judged, all).map((line) => line.split(':')[0])).toEqual([
    'thresholds of p0',
    'warning',
    'thresholds of p1',
    'verdicts on p1',
  ]);
});

test('counts of predictions name the products with the most pictures that are not OK', () => {
  const counts = new ProductCounts();
  for (const [i, name] of names(200).entries())
    for (let n = 0; n < 3; n++)
      counts.add({
        file: `${name}/${n}`,
        class: name,
        classSource: 'nearest',
        verdict: i >= 190 && n > 0 ? 'NG' : 'OK',
      } as Prediction);
  const lines = counts.table()!.split('\n');
  expect(lines).toHaveLength(2 + 24 + 1);
  expect(lines[2]).toMatch(/^p190 +1 +2$/);
  expect(lines.slice(2, 12).every((line) => line.endsWith(' 2'))).toBe(true);
  expect(lines.at(-1)).toMatch(/^… and 176 more products/);
});

test('the page of many classes shows those with the worst pictures, and is not larger for the others', () => {
  const results = (count: number): RunResults => {
    const classes = names(count);
    const scores = classes.flatMap((name, i): ScoreLine[] => [
      {
        file: `${name}/good`,
        class: name,
        label: 0,
        defect: 'good',
        score: 0.5,
        verdict: 'OK',
        map: `${name}/0.png`,
      },
      {
        file: `${name}/bad`,
        class: name,
        label: 1,
        defect: 'bad',
        score: i % 30 === 7 ? 0.4 : 3,
        verdict: i % 30 === 7 ? 'OK' : 'NG',
        map: `${name}/1.png`,
      },
    ]);
    return {
      config: {
        classes,
        trainingPictures: 4 * count,
        model: { method: 'patchcore' },
        train: { seed: 1 },
        versions: {},
      },
      metrics: {
        ...report(classes),
        thresholds: Object.fromEntries(classes.map((name) => [name, calibration])),
      },
      scores,
      curves: {},
      epochs: [],
    } as unknown as RunResults;
  };
  const page = (count: number) => {
    const found = results(count);
    const rows = resultRows(found.metrics, false);
    return reportPage(found, {
      summary: '',
      rows,
      evaluation: '',
      made: '',
      hashes: {},
      pictures: new Map(),
      drawn: [],
    });
  };
  const many = results(300);
  expect(shownClasses(many)).toHaveLength(24);
  // the misses
  expect(shownClasses(many).slice(0, 10)).toEqual(
    expect.arrayContaining(['p7', 'p37', 'p67', 'p97', 'p127', 'p157', 'p187', 'p217', 'p247', 'p277']),
  );
  const [text, few] = [page(300), page(24)];
  const charts = (html: string) => html.split('<svg').length - 1;
  expect(charts(text)).toBe(charts(few));
  expect(text).toMatch(/show the 24 classes with the worst pictures/);
  expect(text).toMatch(/<th scope="row">mean/);
  expect(few).not.toMatch(/classes with the worst pictures/);
});
