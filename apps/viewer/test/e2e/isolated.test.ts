// Threads that share memory need headers of the page's host, or of the page's service worker.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderSynthetic } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { threadsFor } from '../../src/engine/helpers/count.js';
import { executablePath, ISOLATING, root, startSite } from './page.js';

const model = readFileSync(join(root, 'public/example/model.safetensors')).toString('base64');

interface Seen {
  readonly isolated: boolean;
  readonly cores: number;
  readonly line: string;
  readonly score: number;
  readonly map: string;
}

/** What the page's module for other pages answers on this page. Text, since vitest changes an import within a function. */
async function judgedOn(page: Page, picture: string): Promise<Seen> {
  return page.evaluate<Seen>(`(async () => {
    const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const { openInspector } = await import(new URL('inspector.js', document.baseURI).href);
    const inspector = await openInspector(new Blob([bytes('${model}')]), { backend: 'wasm' });
    const { score, map } = await inspector.judge(new Blob([bytes('${picture}')]));
    inspector.close();
    return {
      isolated: crossOriginIsolated,
      cores: navigator.hardwareConcurrency,
      line: inspector.engine.line,
      score,
      map: [...map].join(' '),
    };
  })()`);
}

const lineOf = (threads: number): RegExp =>
  threads === 1 ? /SIMD, one thread; as requested/ : new RegExp(`SIMD, ${threads} threads; as requested`);

test.skipIf(!executablePath)(
  'one picture is judged on all cores where the host sends the headers, and on a plain one from the second visit on: the same judgement',
  async () => {
    const { image } = renderSynthetic({
      className: 'bottle',
      seed: 1,
      split: 'test',
      index: 0,
      defect: 'broken_lip',
      size: 128,
    });
    const picture = Buffer.from(await encodePngRgb(image)).toString('base64');
    const plain = await startSite();
    const sending = await startSite(ISOLATING);
    try {
      const first = await plain.open();
      const one = await judgedOn(first.page, picture);
      expect(one.isolated).toBe(false);
      expect(one.line).toMatch(lineOf(1));

      // the page does so itself where vite builds for production, which it does not in a test
      await first.page.evaluate(
        "navigator.serviceWorker.register('./sw.js').then(() => navigator.serviceWorker.ready).then(() => undefined)",
      );
      await first.page.reload();
      const second = await judgedOn(first.page, picture);
      const threads = threadsFor(second.cores, 8);
      expect(second.isolated).toBe(true);
      expect(second.line).toMatch(lineOf(threads));

      const sent = await sending.open();
      const other = await judgedOn(sent.page, picture);
      expect(other.isolated).toBe(true);
      expect(other.line).toMatch(lineOf(threads));

      for (const { score, map } of [second, other]) {
        expect(score).toBe(one.score);
        expect(map).toBe(one.map);
      }
      expect([...first.faults, ...sent.faults]).toEqual([]);
    } finally {
      await plain.close();
      await sending.close();
    }
  },
  180_000,
);
