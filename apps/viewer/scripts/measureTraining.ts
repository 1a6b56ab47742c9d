// npx pnpm --filter @pyramid-mamba/viewer measure:training [--pictures n] [--judged n], kernels built: seconds from 24 good pictures to the
// first model on WebAssembly, embedded encoder included, and seconds of a verdict, by the page's engine in the system's Chromium.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renderSynthetic } from '@pyramid-mamba/data';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';
import { executablePath, root } from '../test/e2e/page.js';

const { values } = parseArgs({
  options: { pictures: { type: 'string', default: '24' }, judged: { type: 'string', default: '20' } },
});
if (!executablePath) process.exit(1);

/** Seconds of processor time of all processes of the browser, and of their children, by /proc; NaN where there is none. */
function processorSeconds(pid: number): number {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean);
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    const own = (Number(fields[11]) + Number(fields[12])) / 100;
    return children.reduce((sum, child) => sum + (processorSeconds(Number(child)) || 0), own);
  } catch {
    return NaN;
  }
}

const pictureOf = async (split: 'train' | 'test', index: number, defect: string): Promise<string> => {
  const { image } = renderSynthetic({ className: 'bottle', seed: 1, split, index, defect, size: 256 });
  return Buffer.from(await encodePngRgb(image)).toString('base64');
};
const good: string[] = [];
for (let i = 0; i < Number(values.pictures); i++) good.push(await pictureOf('train', i, 'good'));
const judged: string[] = [];
for (let i = 0; i < Number(values.judged); i++)
  judged.push(await pictureOf('test', i, i % 2 === 0 ? 'good' : 'crack'));

const cache = mkdtempSync(join(tmpdir(), 'pm-measure-'));
const server = await createServer({
  root,
  cacheDir: cache,
  logLevel: 'error',
  // a file that changes meanwhile would reload the page
  server: { port: 0, hmr: false, watch: null },
  // found while it measures, they would reload the page
  optimizeDeps: {
    entries: ['scripts/measureTraining.html', 'src/engine/serve.ts', 'src/engine/helpers/serve.ts'],
    include: ['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu'],
  },
});
await server.listen();
const launched = await chromium.launchServer({ executablePath, args: ['--no-sandbox'] });
const browser = await chromium.connect(launched.wsEndpoint());
const pid = launched.process().pid!;
try {
  const page = await browser.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(message.text());
  });
  await page.goto(new URL('scripts/measureTraining.html', server.resolvedUrls!.local[0]).href);
  // the server has compiled all modules once, and the browser has started
  await page.waitForFunction('window.measure !== undefined', undefined, { timeout: 120_000 });
  const load = loadavg()[0]!;
  const before = processorSeconds(pid);
  const found = (await page.evaluate(
    `window.measure(${JSON.stringify(good)}, ${JSON.stringify(judged)})`,
  )) as Measured;
  const processor = processorSeconds(pid) - before;
  const rest = [...found.verdicts].sort((a, b) => a - b);
  const at = (share: number) => rest[Math.min(rest.length - 1, Math.floor(share * rest.length))]!;
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  console.log(
    `${cpus()[0]?.model.trim()} × ${cpus().length}, load ${load.toFixed(1)}, Chromium ${browser.version()}`,
  );
  console.log(found.status);
  console.log(
    `${good.length} pictures of 256×256, from the drop to a model that can be used: ${seconds(found.usable)} s, to the end ${seconds(found.whole)} s; ` +
      Object.entries(found.stages)
        .map(([name, ms]) => `${name} ${seconds(ms)} s`)
        .join(', '),
  );
  console.log(`the self-test: ${found.sentence}`);
  console.log(
    `${rest.length} verdicts, one after the other: median ${at(0.5).toFixed(0)} ms, 95th percentile ${at(0.95).toFixed(0)} ms`,
  );
  console.log(
    `the same on all cores (${found.width}): ${seconds(found.pooled)} s instead of ${seconds(rest.reduce((a, b) => a + b, 0))} s, ` +
      `${found.same ? 'the same judgements' : 'OTHER JUDGEMENTS'}`,
  );
  console.log(`processor time of the browser in all: ${processor.toFixed(0)} s`);
} finally {
  await browser.close();
  await launched.close();
  await server.close();
  rmSync(cache, { recursive: true, force: true });
}

/** What the page measures, in ms. */
interface Measured {
  status: string;
  /** Milliseconds to the first model that judges, and to the last one. */
  usable: number;
  whole: number;
  stages: Record<string, number>;
  sentence: string;
  verdicts: number[];
  width: number;
  pooled: number;
  same: boolean;
}
