// npm run first-hour:study -- DATA [--products a,b] [--seeds 1,2,3] [--train="OPTIONS"] [--out DIR]: what a new user gets. For each product and seed
// thirty good pictures are drawn, `train` is called with them and no other option, and `predict` judges the defective test pictures, the good ones and
// twenty more good ones. Prints a table; what DIR holds already is not made again, so that it can be stopped and called again.
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom, shuffle } from '@pyramid-mamba/data';
import { sentenceOf } from '@pyramid-mamba/inspect';
import { methodOf, readModelInfo } from '@pyramid-mamba/model';
import { tableOf, type Counts, type FirstHour } from './table.ts';

const LEARNT = 30;
const UNSEEN = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    products: { type: 'string', default: 'bottle,hazelnut,tire' },
    seeds: { type: 'string', default: '1,2,3' },
    // options of `train`, separated by spaces
    train: { type: 'string', default: '' },
    out: { type: 'string', default: 'runs/first-hour' },
  },
});
const [data] = positionals;
if (data === undefined)
  throw new Error('the folder of pictures is missing: npm run first-hour:study -- DATA');

/** Runs a command; resolves to its output and the seconds until each of its lines. */
async function command(...line: string[]): Promise<{ text: string; at: (pattern: RegExp) => number }> {
  console.error(`> pyramid-mamba ${line.slice(0, 6).join(' ')}`);
  const begun = performance.now();
  const child = spawn(process.execPath, ['apps/trainer/dist/cli.js', ...line], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const seen: { text: string; seconds: number }[] = [];
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    seen.push({ text, seconds: (performance.now() - begun) / 1000 });
  });
  const status = await new Promise((done) => child.on('close', done));
  const text = seen.map((one) => one.text).join('');
  if (status !== 0) throw new Error(`pyramid-mamba ${line[0]} ended with ${String(status)}:\n${text}`);
  return { text, at: (pattern) => seen.find((one) => pattern.test(one.text))?.seconds ?? NaN };
}

/** Copies pictures into a folder under names that tell where they come from. */
function gather(into: string, paths: readonly string[]): string {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  for (const path of paths) copyFileSync(path, join(into, path.split(/[\\/]/).slice(-3).join('-')));
  return into;
}

const picturesIn = (folder: string): string[] =>
  readdirSync(folder)
    .toSorted()
    .map((name) => join(folder, name));

async function verdicts(folder: string, run: string): Promise<Counts> {
  const { text } = await command('predict', folder, '--model', run, '--json');
  const counts: Record<string, number> = {};
  for (const line of text.trim().split('\n')) {
    const { verdict } = JSON.parse(line) as { verdict?: string | null };
    counts[verdict ?? 'none'] = (counts[verdict ?? 'none'] ?? 0) + 1;
  }
  return counts;
}

async function firstHour(product: string, seed: number, folder: string): Promise<FirstHour> {
  mkdirSync(folder, { recursive: true });
  const at = join(resolve(data!), product);
  const good = shuffle(picturesIn(join(at, 'train/good')), seededRandom('first hour', seed, product));
  const train = join(folder, 'pictures');
  gather(join(train, product, 'train/good'), good.slice(0, LEARNT));
  const tests = readdirSync(join(at, 'test')).filter((name) => name !== 'good');
  const defective = gather(
    join(folder, 'defective'),
    tests.flatMap((name) => picturesIn(join(at, 'test', name))),
  );
  const unseen = [...picturesIn(join(at, 'test/good')), ...good.slice(LEARNT, LEARNT + UNSEEN)];
  const others = gather(join(folder, 'good'), unseen);
  const run = join(folder, 'run');
  rmSync(run, { recursive: true, force: true });
  const begun = performance.now();
  const trained = await command('train', train, ...values.train.split(' ').filter(Boolean), '--out', run);
  const whole = (performance.now() - begun) / 1000;
  const model = join(run, 'model.safetensors');
  const { config, info } = readModelInfo(readFileSync(model), model);
  return {
    product,
    seed,
    first: trained.at(/can be used now/),
    whole,
    method: methodOf(config).name,
    passed: info.selfTest?.[product]?.passed ?? false,
    sentence: sentenceOf(info.selfTest ?? {}),
    defective: await verdicts(defective, run),
    good: await verdicts(others, run),
  };
}

const found: FirstHour[] = [];
for (const product of values.products.split(','))
  for (const seed of values.seeds.split(',').map(Number)) {
    const folder = resolve(values.out, `${product}-${seed}`);
    const kept = join(folder, 'found.json');
    if (!existsSync(kept)) writeFileSync(kept, JSON.stringify(await firstHour(product, seed, folder)));
    found.push(JSON.parse(readFileSync(kept, 'utf8')) as FirstHour);
  }
console.log(tableOf(found));
for (const { product, seed, sentence } of found) console.log(`${product}, ${seed}: ${sentence}`);
