/**
 * Values of the authors' evaluation code (scikit-learn, scikit-image), absolute tolerance 1e-6. Where that code raises or
 * returns NaN, and where it returns a conventional 0 because no sample is anomalous, our result is null.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  evaluateClass,
  meanOverClasses,
  type ClassMetrics,
  type MeanMetrics,
  type Metric,
} from '../src/index.js';
import { expectValue } from './expectMetric.js';
import { readTensors } from './safetensors.js';

const folder = new URL('../../../../shared/golden/', import.meta.url);
const present = existsSync(new URL('manifest.json', folder));
if (!present) console.warn(`metrics: golden cases NOT checked, ${folder.href}manifest.json does not exist`);

type Values = Record<string, number | string>;
interface Case {
  readonly case: string;
  readonly file: string;
  readonly expected_values: Values | Record<string, Values>;
}
const cases: Case[] = present
  ? (JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as { cases: Case[] }).cases.filter(
      (c) => c.case.startsWith('metrics_'),
    )
  : [];

type Either = ClassMetrics | MeanMetrics;
const FIGURES: Record<string, (paper: Either, exact: Either) => Metric> = {
  mAUROC_sp_max: (paper) => paper.image.auroc,
  mAP_sp_max: (paper) => paper.image.ap,
  mF1_max_sp_max: (paper) => paper.image.f1max,
  mAUROC_px: (paper) => paper.pixel.auroc,
  mAP_px: (paper) => paper.pixel.ap,
  mF1_max_px: (paper) => paper.pixel.f1max,
  mAUPRO_px: (paper) => paper.pixel.aupro,
  AUPRO_exact_all_thresholds: (_, exact) => exact.pixel.aupro,
  F1max_px_exact: (_, exact) => exact.pixel.f1max,
};

function compare(name: string, want: Values, paper: Either, exact: Either, noAnomaly: boolean): void {
  for (const [key, pick] of Object.entries(FIGURES)) {
    const expected = want[key];
    const got = pick(paper, exact);
    expect(expected, `${name}: the manifest has ${key}`).toBeDefined();
    if (typeof expected === 'number' && !(noAnomaly && expected === 0)) {
      expectValue(`${name} ${key}`, got, expected, 1e-6);
    } else {
      expect(got, `${name} ${key}: the reference says ${expected}`).toMatchObject({ value: null });
      expect(got, `${name} ${key}`).toHaveProperty('reason', expect.stringMatching(/\w{3,}/));
    }
  }
}

describe.skipIf(!present)('the golden cases of the authors’ code', () => {
  test('the manifest holds at least the ten known metric cases', () => {
    expect(cases.length).toBeGreaterThanOrEqual(10);
  });

  for (const kind of [Float32Array, Float64Array]) {
    test.each(cases)(
      `$case is reproduced from ${kind.name} maps`,
      ({ case: name, file, expected_values }) => {
        const tensors = readTensors(new URL(file, folder));
        const { shape, data } = tensors.get('in.anomaly_maps')!;
        const masks = tensors.get('in.masks')!.data as Uint8Array;
        const [images, height, width] = shape as [number, number, number];
        const classIds = tensors.get('in.class_ids')?.data ?? new Int32Array(images);
        const pixels = height * width;
        const evaluate = (id: number, protocol: 'paper' | 'exact'): ClassMetrics => {
          const chosen = Array.from(classIds.keys()).filter((i) => classIds[i] === id);
          const of = <T>(slice: (from: number, to: number) => T): T[] =>
            chosen.map((i) => slice(i * pixels, (i + 1) * pixels));
          const maps = of((from, to) => kind.from(data.subarray(from, to)));
          return evaluateClass(
            { maps, masks: of((a, b) => masks.subarray(a, b)), width, height },
            { protocol },
          );
        };
        const noAnomaly = masks.every((value) => value === 0);
        if (!tensors.has('in.class_ids')) {
          compare(name, expected_values as Values, evaluate(0, 'paper'), evaluate(0, 'exact'), noAnomaly);
          return;
        }
        const paper: Record<string, ClassMetrics> = {};
        const exact: Record<string, ClassMetrics> = {};
        for (const id of new Set(classIds)) {
          const want = (expected_values as Record<string, Values>)[`class${id}`]!;
          paper[`class${id}`] = evaluate(id, 'paper');
          exact[`class${id}`] = evaluate(id, 'exact');
          compare(`${name} class${id}`, want, paper[`class${id}`]!, exact[`class${id}`]!, false);
        }
        const mean = (expected_values as Record<string, Values>).mean_over_classes!;
        compare(`${name} mean`, mean, meanOverClasses(paper), meanOverClasses(exact), false);
      },
    );
  }
});
