// npm run serve:bench -- [--model MODEL --pictures FOLDER] [--count 1000] [--size 128] [--clients 2] [--workers N] [--backend wasm] [--cli FILE]: pictures
// a second of `serve` by HTTP and of `predict` on the same pictures, latency, processor time and memory; and whether both say the same.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { provenance } from '../report.ts';
import { percentile, table } from './figures.ts';
import { madeModel, madePictures, picturesOf } from './made.ts';
import { predicted } from './predicted.ts';
import { served } from './served.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    pictures: { type: 'string' },
    count: { type: 'string', default: '1000' },
    size: { type: 'string', default: '128' },
    clients: { type: 'string', default: '2' },
    workers: { type: 'string' },
    backend: { type: 'string', default: 'wasm' },
    cli: { type: 'string', default: 'apps/trainer/dist/cli.js' },
  },
});
const cli = resolve(values.cli);
const [count, clients, size] = [values.count, values.clients, values.size].map((text) => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`serve:bench: expected a number of at least 1, found "${text}".`);
  process.exit(2);
}) as [number, number, number];

// of the tree that was built
const where = provenance();
const load = (): string => loadavg()[0]!.toFixed(1);
const work = mkdtempSync(join(tmpdir(), 'pyramid-mamba-station-'));
try {
  const model = values.model === undefined ? madeModel(cli, work, size) : resolve(values.model);
  const folder =
    values.pictures === undefined ? madePictures(cli, work, size, count) : resolve(values.pictures);
  const pictures = picturesOf(folder).slice(0, count);
  if (pictures.length < 20)
    throw new Error(`${folder} has ${pictures.length} pictures, expected at least 20`);
  const options = ['--model', model, '--backend', values.backend];
  if (values.workers !== undefined) options.push('--workers', values.workers);

  // one half before the station and one after it, so that the load of the machine affects both
  const middle = Math.ceil(pictures.length / 2);
  const loads = [load()];
  const before = await predicted(cli, options, pictures.slice(0, middle));
  loads.push(load());
  const station = await served(cli, options, { pictures, clients, state: join(work, 'state') });
  loads.push(load());
  const after = await predicted(cli, options, pictures.slice(middle));
  loads.push(load());

  const expected = new Map([...before.judgements, ...after.judgements]);
  const different = pictures.filter((path) => station.judgements.get(path) !== expected.get(path));
  const rate = before.rate > 0 && after.rate > 0 ? 2 / (1 / before.rate + 1 / after.rate) : NaN;
  console.log(`${where}, load ${loads.join(', ')}`);
  console.log(
    `${pictures.length} pictures, ${clients} clients, ${values.model === undefined ? `a memory bank at ${size}×${size}` : model}\n`,
  );
  console.log(
    table(
      ['', 'pictures/s', 'processor ms a picture', 'memory, MiB, at most'],
      [
        { name: 'predict, first half', ...before },
        { name: 'predict, second half', ...after },
        { name: 'serve', ...station },
      ].map(({ name, rate: perSecond, processorMs, memory }) => [
        name,
        perSecond.toFixed(1),
        processorMs.toFixed(1),
        memory.toFixed(0),
      ]),
    ),
  );
  const { times, memoryAfterTenth, memoryAtEnd } = station;
  console.log(`\nserve of predict: ${(station.rate / rate).toFixed(2)} of its pictures a second`);
  console.log(
    `latency: p50 ${percentile(times, 0.5).toFixed(0)} ms, p99 ${percentile(times, 0.99).toFixed(0)} ms`,
  );
  console.log(
    `memory of serve: ${memoryAfterTenth.toFixed(0)} MiB after a tenth, ${memoryAtEnd.toFixed(0)} MiB at the end`,
  );
  console.log(`different judgements: ${different.length} of ${pictures.length}`);
  if (different.length > 0) process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
