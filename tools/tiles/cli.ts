// npm run tiles:study -- DATA [--product hazelnut] [--rows 3] [--columns 4] [--train 8] [--tests 10] [--sizes 8,16,32] [--contrast 3] [--bank 8192] [--seed 1] [--only with|without] [--map FILE.png]:
// makes large pictures of real ones, draws small defects on them, and prints what a memory bank finds with and without tiles. DATA has MVTec AD's folders, its
// pictures 256×256. docs/tiles.md has the table.
import '@tensorflow/tfjs-backend-wasm';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { fitRgb, normalizedPicture, resizeRgb, type RgbImage, type Sample } from '@pyramid-mamba/data';
import { encodePngRgb, openFolder } from '@pyramid-mamba/data/node';
import { measure, tilesCost, trainingParts } from '@pyramid-mamba/inspect';
import { auroc } from '@pyramid-mamba/metrics';
import {
  encoderWeightsFrom,
  imageTensor,
  inputOf,
  methodOf,
  readSafetensors,
  tileOf,
  tileRects,
  tileUnit,
  type BankDetector,
  type DetectorConfig,
} from '@pyramid-mamba/model';
import { registerWasmKernels, replaceWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { mosaicOf, withDefect, type DefectivePicture } from './mosaic.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    product: { type: 'string', default: 'hazelnut' },
    rows: { type: 'string', default: '3' },
    columns: { type: 'string', default: '4' },
    train: { type: 'string', default: '8' },
    tests: { type: 'string', default: '10' },
    sizes: { type: 'string', default: '8,16,32' },
    contrast: { type: 'string', default: '3' },
    bank: { type: 'string', default: '8192' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    map: { type: 'string' },
  },
});
const [data] = positionals;
if (data === undefined) throw new Error('tiles:study: pass the folder of the pictures');
const [rows, columns, train, tests, contrast, candidates] = (
  ['rows', 'columns', 'train', 'tests', 'contrast', 'bank'] as const
).map((key) => Number(values[key])) as [number, number, number, number, number, number];
const sizes = values.sizes.split(',').map(Number);
const { seed } = values;
/** Normal pixels that are counted: one of so many. */
const EVERY = 97;
const SEED = { seed: 1, random: 2 } as const;
const NEXT = { invalid: 'try another backend' };

await registerWasmKernels();
await replaceWasmKernels();
await tf.setBackend('wasm');

const { dataset } = await openFolder(data);
const loaded = async (samples: readonly Sample[]): Promise<RgbImage[]> => {
  const own = samples.filter(({ className, label }) => className === values.product && label === 0);
  return Promise.all(own.map(async (sample) => (await sample.load(256)).image));
};
// training and test pictures share no small picture
const all = await loaded([...dataset.train, ...dataset.test]);
const [forTraining, forTests] = [all.filter((_, i) => i % 2 === 0), all.filter((_, i) => i % 2 === 1)];
const good = (n: number): RgbImage => mosaicOf(forTests, rows, columns, `${seed}/good/${n}`);
const defective = (n: number, size: number): DefectivePicture =>
  withDefect(mosaicOf(forTests, rows, columns, `${seed}/bad/${n}`), size, contrast, `${seed}/${size}/${n}`);
const [height, width] = [256 * rows, 256 * columns];
console.log(
  `${values.product}: pictures of ${height}×${width} (height × width), mosaics of ${forTraining.length} and ${forTests.length} good pictures; ${train} to learn from, ` +
    `${tests} good, ${tests} with a defect of each size; contrast ${contrast}, seed ${seed}`,
);

// the embedded encoder
const folder = new URL('../../packages/encoder-weights/weights/', import.meta.url);
const [file] = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
const encoder = { family: 'resnet', arch: 'resnet18', width: 64 } as const;
const { tensors } = readSafetensors(readFileSync(new URL(file!, folder)), file!);
const weights = encoderWeightsFrom(tensors, encoder, file!);
const fast = methodOf({ method: 'patchcore' }).presets['fast']!.model as DetectorConfig & { coreset: object };
const bank = { ...fast, encoder, coreset: { ...fast.coreset, candidates } };
const { inputSize: _, ...open } = bank;
const plans: Readonly<Record<string, DetectorConfig>> = {
  without: bank,
  with: { ...open, input: [height, width], tiles: { size: [256, 256], overlap: 64 } },
};

for (const [name, config] of Object.entries(plans)) {
  if (values.only !== undefined && values.only !== name) continue;
  const model = methodOf(config).create(config, weights, SEED) as BankDetector;
  const begun = performance.now();
  const parts = trainingParts(
    Array.from({ length: train }, (_, n) => sampleOf(n)),
    [],
    config,
  );
  const tile = tileOf(config);
  await model.fit(
    {
      count: parts.samples.length,
      async batch(indices) {
        const some = await Promise.all(indices.map((i) => parts.samples[i]!.load(tile)));
        const images = imageTensor(
          some.map(({ image }) => normalizedPicture(image)),
          tile,
        );
        const features = model.encode(images);
        images.dispose();
        return features;
      },
    },
    { seed: SEED },
  );
  const fitted = performance.now();
  const judge = async (image: RgbImage) => (await measure(model, [fitRgb(image, inputOf(config))], NEXT))[0]!;
  const normal: number[] = [];
  const goodScores: number[] = [];
  for (let n = 0; n < tests; n++) {
    const { score, map } = await judge(good(n));
    goodScores.push(score);
    for (let i = 0; i < map.length; i += EVERY) normal.push(map[i]!);
  }
  console.log(
    `${name} tiles: ${tileRects(config, tileUnit(config)).length} a picture; fitted in ${((fitted - begun) / 1000).toFixed(0)} s, ` +
      `judged in ${((performance.now() - fitted) / 1000 / tests).toFixed(2)} s a picture (estimate ${(await tilesCost(model))?.seconds.toFixed(2) ?? 'none'}), load ${loadavg()[0]!.toFixed(1)}, ` +
      `peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
  );
  for (const size of sizes) {
    const scores: number[] = [];
    const onDefect: number[] = [];
    let placed = 0;
    for (let n = 0; n < tests; n++) {
      const made = defective(n, size);
      const judged = await judge(made.image);
      scores.push(judged.score);
      const { at, inside } = pixelsOf(judged, made);
      onDefect.push(...at);
      placed += Number(inside);
      if (values.map !== undefined && n === 0 && size === sizes[0])
        writeFileSync(`${name}-${values.map}`, await picture(judged));
    }
    const image = auroc([...goodScores, ...scores], labels(goodScores.length, scores.length));
    const pixel = auroc([...normal, ...onDefect], labels(normal.length, onDefect.length));
    console.log(
      `  ${size} px: image AU-ROC ${figure(image.value)}, pixel AU-ROC ${figure(pixel.value)}, largest value on the defect in ${placed} of ${tests}`,
    );
  }
  model.dispose();
}

function sampleOf(n: number): Sample {
  return {
    id: `mosaic ${n}`,
    className: values.product,
    label: 0,
    defect: 'good',
    load: (input) => {
      const image = mosaicOf(forTraining, rows, columns, `${seed}/train/${n}`);
      const fitted = typeof input === 'number' ? resizeRgb(image, input, input) : fitRgb(image, input);
      const mask = {
        width: fitted.width,
        height: fitted.height,
        data: new Uint8Array(fitted.width * fitted.height),
      };
      return Promise.resolve({ image: fitted, mask });
    },
    hash: () => Promise.resolve(`mosaic ${n}`),
  };
}

type Judged = Awaited<ReturnType<typeof measure>>[number];

/** The map's values at the defect's pixels, in coordinates of the large picture, and whether its largest value lies within 16 pixels of one. */
function pixelsOf({ map, width: w, height: h }: Judged, { mask, part }: DefectivePicture) {
  const at: number[] = [];
  let peak = 0;
  for (let i = 1; i < map.length; i++) if (map[i]! > map[peak]!) peak = i;
  // a pixel of a small map is many of the picture
  const [u, v] = [((peak % w) + 0.5) * (width / w), (Math.floor(peak / w) + 0.5) * (height / h)];
  const reach = 16 + width / w / 2;
  let inside = false;
  for (let y = 0; y < part.height; y++)
    for (let x = 0; x < part.width; x++) {
      if (mask.data[y * part.width + x] === 0) continue;
      const [px, py] = [part.left + x + 0.5, part.top + y + 0.5];
      at.push(map[Math.floor((py * h) / height) * w + Math.floor((px * w) / width)]!);
      inside ||= (px - u) ** 2 + (py - v) ** 2 <= reach ** 2;
    }
  return { at, inside };
}

function labels(normal: number, anomalous: number): number[] {
  return Array.from({ length: normal + anomalous }, (_, i) => Number(i >= normal));
}

function figure(value: number | null): string {
  return value === null ? 'none' : value.toFixed(3);
}

/** The map in grey, its largest value white. */
function picture({ map, width: w, height: h }: Judged): Promise<Uint8Array> {
  const most = map.reduce((a, b) => Math.max(a, b), 0);
  const grey = Uint8Array.from({ length: 3 * map.length }, (_, i) => (255 * map[Math.floor(i / 3)]!) / most);
  return encodePngRgb({ width: w, height: h, data: grey });
}
