// What `submit` sends to a broker, and takes as its results.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProductHint } from '@pyramid-mamba/inspect';
import { expect, test } from 'vitest';
import type { Fleet } from '../../src/fleet/fleet.js';
import { submission, type Submitted } from '../../src/fleet/submission.js';
import { sha256Of, type Work } from '../../src/fleet/work.js';
import { temporaryFolder } from '../kit.js';

const MODEL = { name: 'line', sha256: 'b'.repeat(64) };

/** A broker that keeps results, with workers that call everything OK as the product that is asked for. */
function madeUpFleet() {
  const results: { seq: number; data: Uint8Array }[] = [];
  const judged: Work[] = [];
  const fleet = {
    resultCount: () => Promise.resolve(results.length),
    results: (_job: string, from: number) =>
      Promise.resolve({
        fetch: () => {
          const found = results.filter(({ seq }) => seq >= from);
          return Promise.resolve({
            stop: () => undefined,
            async *[Symbol.asyncIterator]() {
              if (found.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
              yield* found;
            },
          });
        },
        delete: () => Promise.resolve(true),
      }),
    putPicture: () => Promise.resolve(),
    publishWork: (work: Work) => {
      judged.push(work);
      const product = work.product ?? { given: 'recognised' };
      const result = {
        kind: 'result',
        id: work.id,
        source: 'nats',
        file: work.file,
        picture: { sha256: work.sha256, bytes: 1 },
        model: work.model,
        time: new Date(0).toISOString(),
        durationMs: 1,
        class: 'given' in product ? product.given : product.folder,
        classSource: 'given',
        score: 0.1,
        scoreOfLimit: 0.2,
        verdict: 'OK',
        doubts: [],
        thresholds: null,
        regions: [],
        width: 48,
        height: 40,
        error: null,
      };
      results.push({ seq: results.length + 1, data: Buffer.from(JSON.stringify(result)) });
      return Promise.resolve();
    },
  };
  return { fleet: fleet as unknown as Fleet, judged };
}

test('a job that is submitted again answers from its results, but not with those of another product', async () => {
  const path = join(temporaryFolder(), 'part.png');
  writeFileSync(path, 'a picture');
  const { fleet, judged } = madeUpFleet();
  const submit = async (product: ProductHint | undefined): Promise<Submitted[]> => {
    const lines: Submitted[] = [];
    const options = {
      fleet,
      job: 'shift',
      model: MODEL,
      paths: [path],
      byPath: false,
      most: 10,
      note: () => undefined,
    };
    for await (const line of submission({ ...options, productOf: () => product })) lines.push(line);
    return lines;
  };
  expect(await submit(undefined)).toMatchObject([{ class: 'recognised', verdict: 'OK' }]);
  expect(await submit(undefined)).toMatchObject([{ class: 'recognised' }]);
  expect(judged.length).toBe(1);
  expect(await submit({ given: 'nut' })).toMatchObject([{ class: 'nut' }]);
  expect(await submit({ folder: 'bolt' })).toMatchObject([{ class: 'bolt' }]);
  expect(await submit({ given: 'nut' })).toMatchObject([{ class: 'nut' }]);
  expect(judged.map(({ sha256 }) => sha256)).toEqual(Array(3).fill(sha256Of('a picture')));
});
