// node tools/bench/station.mjs MODEL PICTURES [--cli apps/trainer/dist/cli.js] [--count 1000] [--clients 2] [--workers N] [--backend wasm]
// Prints how many pictures a second `serve` judges by HTTP and `predict` from files, the latency, the memory, and whether both say the same.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cli: { type: 'string', default: 'apps/trainer/dist/cli.js' },
    count: { type: 'string', default: '1000' },
    clients: { type: 'string', default: '2' },
    workers: { type: 'string' },
    backend: { type: 'string', default: 'wasm' },
  },
});
const [model, folder] = positionals;
if (model === undefined || folder === undefined)
  throw new Error('usage: station.mjs MODEL PICTURES; see its first lines');
const count = Number(values.count);
const cli = resolve(values.cli);
const work = mkdtempSync(join(tmpdir(), 'pm-station-'));
const common = [
  '--model',
  resolve(model),
  '--backend',
  values.backend,
  ...(values.workers ? ['--workers', values.workers] : []),
];
const names = readdirSync(folder)
  .filter((name) => /\.(png|jpe?g|bmp|webp|tiff?)$/i.test(name))
  .map((name) => resolve(folder, name));
const paths = Array.from({ length: count }, (_, i) => names[i % names.length]);
/** What must be the same. */
const told = ({ class: product, verdict, score, doubts, regions, thresholds }) =>
  JSON.stringify({ product, verdict, score, doubts, regions, thresholds });

/** Judges a list, and gives its lines and the seconds. */
async function predict(list) {
  const began = performance.now();
  const child = spawn(process.execPath, [cli, 'predict', '-', ...common, '--json'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.end(list.join('\n'));
  let out = '';
  for await (const part of child.stdout) out += part;
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { lines, seconds: (performance.now() - began) / 1000 };
}

try {
  // a picture is judged once in a list: copies under other names would only change the disk's cache
  const few = await predict(names.slice(0, 1));
  const once = await predict(names);
  const perPicture = (once.seconds - few.seconds) / Math.max(1, names.length - 1);
  const expected = new Map(once.lines.map((line) => [line.file, told(line)]));

  const station = spawn(
    process.execPath,
    [cli, 'serve', ...common, '--state', join(work, 'state'), '--port', '0', '--json', '--log-level', 'warn'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const url = await new Promise((done, fail) => {
    station.stdout.once('data', (line) => done(JSON.parse(line).url));
    station.once('exit', (code) => fail(new Error(`serve ended with ${code}`)));
  });
  const memory = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${station.pid}/status`, 'utf8'))?.[1]) / 1024;
  const bytes = new Map(names.map((name) => [name, readFileSync(name)]));
  const times = [];
  let different = 0;
  let next = 0;
  const client = async (limit) => {
    while (next < limit) {
      const path = paths[next++];
      const began = performance.now();
      const response = await fetch(`${url}/v1/judge`, {
        method: 'POST',
        body: bytes.get(path),
        headers: { 'content-type': 'image/png' },
      });
      const result = await response.json();
      times.push(performance.now() - began);
      if (response.status !== 200 || told(result) !== expected.get(path)) different++;
    }
  };
  const clients = (limit) => Promise.all(Array.from({ length: Number(values.clients) }, () => client(limit)));
  await clients(Math.ceil(count / 10));
  const [before, warm] = [memory(), times.length];
  const began = performance.now();
  await clients(count);
  const seconds = (performance.now() - began) / 1000;
  const after = memory();
  const sorted = times.slice(warm).sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(0);
  const served = (count - warm) / seconds;
  console.log(
    `predict   ${(1 / perPicture).toFixed(1)} pictures/s (${names.length} files, without its start)`,
  );
  console.log(
    `serve     ${served.toFixed(1)} pictures/s from ${values.clients} clients: ${(served * perPicture).toFixed(2)} of predict`,
  );
  console.log(`latency   p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  console.log(
    `memory    ${before.toFixed(0)} MiB after a tenth, ${after.toFixed(0)} MiB at the end (the station's own process)`,
  );
  console.log(`different judgements: ${different} of ${times.length}`);
  station.kill('SIGTERM');
  await new Promise((done) => station.once('exit', done));
  process.exitCode = different > 0 ? 1 : 0;
} finally {
  rmSync(work, { recursive: true, force: true });
}
