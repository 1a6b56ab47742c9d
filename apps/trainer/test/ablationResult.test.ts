import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ABLATIONS } from '../src/ablation/ablation.js';
import { ablationResult, ablationTable, classBars, classTable, runOf } from '../src/ablation/result.js';
import { temporaryFolder } from './kit.js';

const figures = (value: number, aupro: number | null = value) => ({
  image: { auroc: value, ap: value, f1max: value },
  pixel: { auroc: value, ap: value, f1max: value, aupro },
});

/** Evaluations of figure 4's variants with two seeds: what a variant reaches rises by .1, a seed adds .02. */
function evaluated(): string {
  const out = temporaryFolder();
  for (const [rank, variant] of ['no-pyramid', 'full', 'grids-4'].entries()) {
    for (const seed of [1, 2]) {
      const { folder, metrics } = runOf(out, variant, seed);
      const value = 0.5 + 0.1 * rank + 0.02 * seed;
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        metrics,
        JSON.stringify({
          protocol: 'paper',
          mean: figures(value),
          classes: { tile: figures(value - 0.1), 'a <wood> & more': figures(value + 0.1, null) },
        }),
      );
    }
  }
  return out;
}

const fig4 = ABLATIONS.find(({ key }) => key === 'fig4')!;

test('figures are means and standard deviations over the seeds, in percent, for the mean and each class', async () => {
  const found = await ablationResult(fig4, [1, 2], evaluated());
  expect(found.rows.map(({ label }) => label)).toEqual(['grids 1', 'grids 1, 2', 'grids 1, 2, 4']);
  const std = Math.SQRT2;
  expect(found.rows[1]!.mean[0]).toEqual({
    mean: expect.closeTo(63) as unknown,
    std: expect.closeTo(std) as unknown,
  });
  expect(found.rows[2]!.classes['tile']![6]).toEqual({
    mean: expect.closeTo(63) as unknown,
    std: expect.closeTo(std) as unknown,
  });
  expect(found.rows[2]!.classes['a <wood> & more']![6]).toBe(null);
  expect(ablationTable(found)).toMatch(/grids 1, 2, 4( +73\.0 ± 1\.4){7}/);
});

test('a run whose numbers are invalid is left out of the means, and said below them', async () => {
  const out = evaluated();
  // an evaluation of an earlier model must not count
  const found = await ablationResult(fig4, [1, 2], out, new Map([['full-seed2', 'not finite']]));
  expect(found.rows.map(({ without }) => without.length)).toEqual([0, 1, 0]);
  expect(found.rows[1]!.mean[0]).toEqual({ mean: expect.closeTo(62) as unknown, std: 0 });
  expect(ablationTable(found)).toMatch(
    /\ngrids 1, 2 has no figures of seed 2 \(not finite\): its means are of seed 1\.$/,
  );
  const none = await ablationResult(fig4, [1], out, new Map([['full-seed1', 'not finite']]));
  expect(none.rows[1]!.mean.every((one) => one === null)).toBe(true);
  expect(ablationTable(none)).toContain('it has no means');
});

test("figure 4's numbers stand a class a line, its bars in a file of their own", async () => {
  const found = await ablationResult(fig4, [1, 2], evaluated());
  const lines = classTable(found, 'AU-PRO').split('\n');
  expect(lines[0]).toBe('Figure 4: pyramid levels, AU-PRO of each class');
  expect(lines[3]).toMatch(/^tile +43\.0 ± 1\.4 +53\.0 ± 1\.4 +63\.0 ± 1\.4$/);
  expect(lines[4]).toMatch(/^a <wood> & more( +–){3}$/);
  const picture = classBars(found);
  expect(picture).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  for (const text of [
    'pixel AU-ROC, percent',
    'AU-PRO, percent',
    'grids 1, 2, 4',
    'a &lt;wood&gt; &amp; more',
  ])
    expect(picture).toContain(text);
  // one whisker per bar with a value: 4 figures, 2 classes, 3 variants, minus the three missing ones
  expect(picture.match(/stroke="#222"/g)).toHaveLength(21);
  writeFileSync(join(temporaryFolder(), 'fig4.svg'), picture);
});
