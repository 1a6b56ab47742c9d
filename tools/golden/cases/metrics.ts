import { evaluateClass, meanOverClasses, type ClassMetrics, type Metric } from '@pyramid-mamba/metrics';
import type { Check } from '../check.ts';
import type { GoldenCase } from '../directory.ts';
import type { Runner } from '../caseRunner.ts';

/** The reference's name, and the path to ours. */
const FIGURES: readonly [string, 'paper' | 'exact', (m: ClassMetrics) => Metric][] = [
  ['mAUROC_sp_max', 'paper', (m) => m.image.auroc],
  ['mAP_sp_max', 'paper', (m) => m.image.ap],
  ['mF1_max_sp_max', 'paper', (m) => m.image.f1max],
  ['mAUROC_px', 'paper', (m) => m.pixel.auroc],
  ['mAP_px', 'paper', (m) => m.pixel.ap],
  ['mF1_max_px', 'paper', (m) => m.pixel.f1max],
  ['mAUPRO_px', 'paper', (m) => m.pixel.aupro],
  ['F1max_px_exact', 'exact', (m) => m.pixel.f1max],
  ['AUPRO_exact_all_thresholds', 'exact', (m) => m.pixel.aupro],
];

/** All metrics of both protocols, per class and mean. */
export const metrics: Runner = (golden, check) => {
  const maps = golden.tensors.get('in.anomaly_maps')!;
  const masks = golden.tensors.get('in.masks')!;
  const [count, height, width] = maps.shape as [number, number, number];
  const ids = golden.tensors.get('in.class_ids')?.data as ArrayLike<number> | undefined;
  const pictures = Array.from({ length: count }, (_, i) => i);
  const slice = <T extends Float32Array | Uint8Array>(data: T, i: number): T =>
    data.slice(i * height * width, (i + 1) * height * width) as T;
  const evaluate = (chosen: number[], protocol: 'paper' | 'exact'): ClassMetrics =>
    evaluateClass(
      {
        maps: chosen.map((i) => slice(maps.data as Float32Array, i)),
        masks: chosen.map((i) => slice(masks.data as Uint8Array, i)),
        width,
        height,
      },
      { protocol },
    );
  const hasPositive = (chosen: number[]): boolean =>
    chosen.some((i) => slice(masks.data as Uint8Array, i).some((x) => x > 0));
  if (!ids) {
    compare(
      check,
      '',
      golden.expected,
      (protocol) => evaluate(pictures, protocol),
      hasPositive(pictures),
      golden,
    );
    return;
  }
  const names = [...new Set(Array.from(ids))].sort((a, b) => a - b);
  const perClass = (protocol: 'paper' | 'exact'): Record<string, ClassMetrics> =>
    Object.fromEntries(
      names.map((id) => [
        `class${id}`,
        evaluate(
          pictures.filter((i) => ids[i] === id),
          protocol,
        ),
      ]),
    );
  const all = { paper: perClass('paper'), exact: perClass('exact') };
  for (const id of names) {
    const expected = golden.expected[`class${id}`] as Record<string, unknown>;
    compare(check, `class${id}.`, expected, (p) => all[p][`class${id}`]!, true, golden);
  }
  const mean = golden.expected['mean_over_classes'] as Record<string, unknown>;
  compare(check, 'mean.', mean, (p) => meanOverClasses(all[p]), true, golden);
};

function compare(
  check: Check,
  prefix: string,
  expected: Readonly<Record<string, unknown>>,
  ours: (protocol: 'paper' | 'exact') => ClassMetrics,
  positives: boolean,
  { tolerance }: GoldenCase,
): void {
  const results = { paper: ours('paper'), exact: ours('exact') };
  for (const [name, protocol, pick] of FIGURES) {
    const want = expected[name];
    const got = pick(results[protocol]);
    const label = prefix + name;
    if (want === undefined) continue;
    // The reference raises, or returns NaN, or by convention 0 if nothing is anomalous: ours is then undefined.
    const undefinedThere = typeof want === 'string' || (!positives && Number(want) === 0);
    if (undefinedThere) {
      if (got.value === null) check.value(`${label} undefined`, 0, 0, tolerance);
      else check.fail(label, `${got.value} but the reference is undefined (${String(want)})`);
    } else if (got.value === null)
      check.fail(label, `undefined (${got.reason}) but the reference has ${String(want)}`);
    else check.value(label, got.value, want as number, tolerance);
  }
}
