// npm run candidates -- DATA --encoder NAME=FILE... [--time 1h] [--out DIR] [--train="OPTIONS"]: trains in stages with each encoder, evaluates the
// memory bank, the network and both together on the same test pictures, and prints the figures of all three. What a folder holds already
// is not made again, so that it can be stopped and called again.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { candidatesOf, tableOf, type Evaluated } from './table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    // `embedded` needs no file
    encoder: { type: 'string', multiple: true, default: ['embedded=embedded'] },
    time: { type: 'string', default: '1h' },
    out: { type: 'string', default: 'runs/candidates' },
    backend: { type: 'string', default: 'auto' },
    // more options of `train`, separated by spaces
    train: { type: 'string', default: '' },
  },
});
const [data] = positionals;
if (data === undefined) throw new Error('the folder of pictures is missing: npm run candidates -- DATA');
const out = resolve(values.out);
mkdirSync(out, { recursive: true });

function command(...line: string[]): void {
  console.error(`> pyramid-mamba ${line.join(' ')}`);
  const { status } = spawnSync(process.execPath, ['apps/trainer/dist/cli.js', ...line], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error(`pyramid-mamba ${line[0]} ended with the exit code ${status}`);
}

const json = <T>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as T;
const found: Evaluated[] = [];
for (const one of values.encoder) {
  const [name, file] = one.split('=') as [string, string?];
  const run = join(out, name);
  const begun = existsSync(join(run, 'config.json'));
  const settings = [
    '--encoder',
    file ?? name,
    '--time',
    values.time,
    ...values.train.split(' ').filter(Boolean),
  ];
  const backend = ['--backend', values.backend];
  command('train', ...(begun ? ['--resume'] : [data, ...settings]), '--out', run, ...backend);
  const config = json<Parameters<typeof candidatesOf>[0]>(join(run, 'config.json'));
  for (const method of candidatesOf(config)) {
    const beside = join(run, `${method}.safetensors`);
    const isUsed = !existsSync(beside);
    const results = join(out, `${name}-${method}`);
    const metrics = join(results, 'metrics.json');
    const model = isUsed ? join(run, 'model.safetensors') : beside;
    if (!existsSync(metrics))
      command('evaluate', '--model', model, '--data', data, '--out', results, ...backend);
    found.push({ encoder: name, method, isUsed, metrics: json<Evaluated['metrics']>(metrics) });
  }
}
const table = tableOf(found);
writeFileSync(join(out, 'table.md'), table);
console.log(table);
