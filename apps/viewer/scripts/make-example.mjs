// Creates public/example/, the page's initial run: trains and evaluates a small model on the embedded data set with the trainer's
// command line, in minutes, and copies the files that the viewer reads. Run it from anywhere: node apps/viewer/scripts/make-example.mjs [FOLDER],
// where FOLDER keeps the run itself, so that it can be evaluated again without training.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const trainer = fileURLToPath(new URL('../../trainer', import.meta.url));
const target = fileURLToPath(new URL('../public/example', import.meta.url));
const work = process.argv[2] ? resolve(process.argv[2]) : mkdtempSync(join(tmpdir(), 'pm-example-'));
const [data, run] = [join(work, 'synthetic'), join(work, 'run')];

/** Runs a command of the trainer from its sources. */
function pyramidMamba(line) {
  const node =
    '--import ../../tools/loaders/tfjs-esm-hook.mjs --import tsx --conditions=@pyramid-mamba/source src/cli.ts';
  const { status } = spawnSync(process.execPath, `${node} ${line}`.split(' '), {
    cwd: trainer,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`pyramid-mamba ${line}: exit code ${status}`);
}

// small enough to be part of the page: less than a megabyte of weights
const settings = [
  'model.encoder.width=8',
  'model.mff.bottlenecks=1',
  'model.mff.bottleneckWidth=16',
  'model.decoder.depths=[2,2,2,2]',
  'model.decoder.dState=8',
  'model.map.sigma=3',
  'train.lr=4e-3',
];

if (!existsSync(join(data, 'bottle'))) {
  pyramidMamba(`data synth ${data} --classes bottle,tile,wood --train 40 --good 6 --per-defect 2 --size 128`);
}
if (!existsSync(join(run, 'model.safetensors'))) {
  const changes = settings.map((one) => `--set ${one}`).join(' ');
  pyramidMamba(
    `train --data ${data} --out ${run} --overwrite --cache ${join(work, 'cache')} --input-size 128 --epochs 24 --backend wasm ${changes}`,
  );
}
pyramidMamba(`evaluate ${run} --backend wasm`);

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const name of [
  'viewer',
  'model.safetensors',
  'metrics.json',
  'curves.json',
  'train.jsonl',
  'scores.jsonl',
]) {
  cpSync(join(run, name), join(target, name), { recursive: true });
}
// do not publish the local paths of the pictures
const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'));
writeFileSync(join(target, 'config.json'), `${JSON.stringify({ ...config, data: 'synthetic' }, null, 2)}\n`);
if (!process.argv[2]) rmSync(work, { recursive: true, force: true });
