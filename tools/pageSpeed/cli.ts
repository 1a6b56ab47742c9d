// npm run page:speed -- [--backend wasm|webgpu] [--folder 300] [--isolated]: builds the page, goes through it in the system's Chromium as its user does, and
// with `--isolated` on a host whose headers let threads share memory, prints what is said of its speed as a table in Markdown: docs/benchmarks.md has one. Nothing is asserted; on a busy machine the table says so.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { executablePath, ISOLATING, startSite } from '../../apps/viewer/test/e2e/page.ts';
import { provenance } from '../bench/report.ts';
import { measured } from './story.ts';
import { loadSentence, tableOf } from './table.ts';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    folder: { type: 'string', default: '300' },
    isolated: { type: 'boolean', default: false },
  },
});
const folder = Number(values.folder);
if (!Number.isInteger(folder) || folder < 1)
  throw new Error(
    `page:speed: --folder must be a number of pictures, for instance 300, got ${values.folder}`,
  );
if (values.backend !== 'wasm' && values.backend !== 'webgpu')
  throw new Error(`page:speed: --backend must be wasm or webgpu, got ${values.backend}`);
// findChromium has said what to install
if (!executablePath) process.exit(1);

// before the page is built and pictures are drawn, which is work of this program
const before = loadavg()[0]!;
const home = mkdtempSync(join(tmpdir(), 'pm-speed-'));
try {
  const site = await startSite(values.isolated ? ISOLATING : {});
  try {
    const found = await measured(site, home, { backend: values.backend, folder }, (doing) =>
      console.error(`${new Date().toISOString().slice(11, 19)} ${doing}`),
    );
    console.log(
      `${provenance()}, Chromium ${site.browser.version()}, ${values.backend}${values.isolated ? ', several threads' : ''}.`,
    );
    console.log(`${loadSentence(before, loadavg()[0]!, cpus().length)}\n`);
    console.log(tableOf(found));
  } finally {
    await site.close();
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
