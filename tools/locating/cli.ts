// npm run locating:study -- DATA [--product bottle] [--train 30] [--good 12] [--defective 18] [--drawn 36] [--share 0.75] [--shift 0.1] [--turn 15] [--seed 1]
// [--only without,shift,turn]: what a memory bank finds in moved pictures with and without locating. DATA has MVTec AD's folders, its pictures 256×256. Thresholds are those
// of the self-test. docs/locating.md has the table.
import '@tensorflow/tfjs-backend-wasm';
import { readFileSync, readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { normalizedPicture, type Sample } from '@pyramid-mamba/data';
import { openFolder } from '@pyramid-mamba/data/node';
import {
  Inspector,
  locate,
  locatedSamples,
  REACH,
  referenceOf,
  testModel,
  testPictures,
} from '@pyramid-mamba/inspect';
import { auroc, ExactEvaluation } from '@pyramid-mamba/metrics';
import {
  classPrototypes,
  encoderWeightsFrom,
  imageTensor,
  inputOf,
  methodOf,
  preprocessingOf,
  readSafetensors,
  type BankDetector,
  type DetectorConfig,
  type Features,
  type Locating,
  type ModelInfo,
} from '@pyramid-mamba/model';
import { registerWasmKernels, replaceWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { fartherAway, movedBy, type Moves, type Scene } from './scenes.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    product: { type: 'string', default: 'bottle' },
    train: { type: 'string', default: '30' },
    good: { type: 'string', default: '12' },
    defective: { type: 'string', default: '18' },
    drawn: { type: 'string', default: '36' },
    share: { type: 'string', default: '0.75' },
    shift: { type: 'string', default: '0.1' },
    turn: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: 'without,shift,turn' },
  },
});
const [data] = positionals;
if (data === undefined) throw new Error('locating:study: pass the folder of the pictures');
const { product, seed } = values;
const [train, good, defective, budget, share, shift, turn] = (
  ['train', 'good', 'defective', 'drawn', 'share', 'shift', 'turn'] as const
).map((key) => Number(values[key])) as [number, number, number, number, number, number, number];
const INPUT = 256;
const SEED = { seed: 1, random: 2 } as const;
const NEXT = { invalid: 'try another backend', product: 'name it', notLearnt: 'train' };

await registerWasmKernels();
await replaceWasmKernels();
await tf.setBackend('wasm');

/** So many of a list, evenly chosen. */
const evenly = <T>(list: readonly T[], count: number): T[] =>
  Array.from(
    { length: Math.min(count, list.length) },
    (_, i) => list[Math.floor((i * list.length) / count)]!,
  );
const { dataset } = await openFolder(data);
const own = (samples: readonly Sample[], label: 0 | 1) =>
  samples.filter((one) => one.className === product && one.label === label);
const asFarAway = (sample: Sample): Sample => ({
  ...sample,
  load: async (input) => fartherAway(await sample.load(input), share),
});
const forTraining = evenly(own(dataset.train, 0), train).map(asFarAway);
const tests = [...evenly(own(dataset.test, 0), good), ...evenly(own(dataset.test, 1), defective)].map(
  asFarAway,
);
const MOVES: Readonly<Record<string, Moves>> = {
  'as taken': { shift: 0, turn: 0 },
  shifted: { shift, turn: 0 },
  'shifted and turned': { shift, turn },
};
console.log(
  `${product}: ${forTraining.length} good pictures to learn from, ${tests.length} to judge (${good} good), at ${share} of their size; shifted by up to ${100 * shift} %, ` +
    `turned by up to ${turn}°; ${budget} drawn defects, seed ${seed}`,
);
const moved: Record<string, Scene[]> = {};
for (const [name, by] of Object.entries(MOVES))
  moved[name] = await Promise.all(
    tests.map(async (sample, i) => movedBy(await sample.load(INPUT), by, `${seed}/${i}`)),
  );

// the embedded encoder
const folder = new URL('../../packages/encoder-weights/weights/', import.meta.url);
const [file] = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
const encoder = { family: 'resnet', arch: 'resnet18', width: 64 } as const;
const { tensors } = readSafetensors(readFileSync(new URL(file!, folder)), file!);
const weights = encoderWeightsFrom(tensors, encoder, file!);
const config = { ...methodOf({ method: 'patchcore' }).presets['fast']!.model, encoder } as DetectorConfig;

console.log(
  '| pictures | locating | image AU-ROC | pixel AP | AU-PRO | good OK / REVIEW / NG / UNKNOWN | defective OK / REVIEW / NG / UNKNOWN | not found |',
);
console.log('| --- | --- | ---: | ---: | ---: | --- | --- | ---: |');
for (const by of values.only.split(',')) {
  const began = process.cpuUsage();
  const locating = by === 'without' ? undefined : await locatingBy(by as Locating['by']);
  const inspector = await trained(locating);
  const [used, load] = [process.cpuUsage(began).user / 1e6, loadavg()[0]!];
  for (const [name, scenes] of Object.entries(moved)) console.log(await row(name, by, scenes, inspector));
  if (locating) {
    const before = process.cpuUsage();
    for (const { image } of moved['shifted and turned']!) locate(image, locating, product);
    const each = process.cpuUsage(before).user / 1e3 / tests.length;
    console.log(
      `(${by}: found from an agreement of ${locating.references[product]!.least.toFixed(2)} on; finding a part takes ${each.toFixed(0)} ms of a core)`,
    );
  }
  console.log(`(${by}: learnt and tested in ${used.toFixed(0)} s of a core, load ${load.toFixed(0)})`);
  inspector.dispose();
}

async function locatingBy(by: Locating['by']): Promise<Locating> {
  const pictures = await Promise.all(forTraining.map(async (one) => (await one.load(INPUT)).image));
  return {
    by,
    reach: REACH,
    references: { [product]: referenceOf(product, pictures, 1, { by, reach: REACH }) },
  };
}

/** A bank of the training pictures, with thresholds of its self-test, as `train --quick` makes it. */
async function trained(locating: Locating | undefined): Promise<Inspector> {
  const samples = locatedSamples(forTraining, locating);
  const model = methodOf(config).create(config, weights, SEED) as BankDetector;
  const batch = async (indices: readonly number[]): Promise<Features> => {
    const loaded = await Promise.all(indices.map((i) => samples[i]!.load(INPUT)));
    const images = imageTensor(
      loaded.map(({ image }) => normalizedPicture(image)),
      inputOf(config),
    );
    const features = model.encode(images);
    images.dispose();
    return features;
  };
  await model.fit({ count: samples.length, batch }, { seed: SEED });
  const pictures = testPictures(model, {
    train: samples,
    ways: samples.map((_, i) => [i]),
    held: [],
    seed: 1,
  });
  const { calibration, selfTest } = await testModel(model, pictures, { next: NEXT, seed: 1, budget });
  const known = await classPrototypes(
    [product],
    samples.map(() => product),
    batch,
    (features) => model.encoder.prototype(features),
  );
  const info: ModelInfo = {
    classes: [product],
    preprocessing: preprocessingOf(config),
    calibration,
    selfTest,
    ...known,
    ...(locating && { locating }),
  };
  return new Inspector(model, info, NEXT);
}

async function row(
  name: string,
  by: string,
  scenes: readonly Scene[],
  inspector: Inspector,
): Promise<string> {
  const counts = [new Map<string, number>(), new Map<string, number>()] as const;
  const scores: number[] = [];
  const maps: { map: Float32Array; mask: Uint8Array | undefined; width: number; height: number }[] = [];
  let lost = 0;
  for (const [i, { image, mask }] of scenes.entries()) {
    const found = await inspector.judgeOne({ image });
    const { label } = tests[i]!;
    const verdict = found.verdict ?? 'none';
    counts[label].set(verdict, (counts[label].get(verdict) ?? 0) + 1);
    scores.push(found.score);
    lost += Number(found.located?.found === false);
    maps.push({
      map: found.map,
      mask: label === 1 ? Uint8Array.from(mask.data) : undefined,
      ...found.size,
    });
  }
  const evaluation = new ExactEvaluation({ curvePoints: 8 });
  do for (const one of maps) evaluation.add(one);
  while (evaluation.endPass());
  const { pixel } = evaluation.result().metrics.paper;
  const image = auroc(
    scores,
    tests.map(({ label }) => label),
  );
  const figures = [image, pixel.ap, pixel.aupro].map(({ value }) => value?.toFixed(3) ?? 'none');
  const verdicts = counts.map((own) =>
    ['OK', 'REVIEW', 'NG', 'UNKNOWN'].map((one) => own.get(one) ?? 0).join(' / '),
  );
  return `| ${[name, by, ...figures, ...verdicts, by === 'without' ? '' : lost].join(' | ')} |`;
}
