// What models of one real product say of pictures of the others: `npm run recognition`. Prints, per model and product, the shares of the verdicts.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fitRgb, normalizedPicture, type RgbImage } from '@pyramid-mamba/data';
import { decodeRgb } from '@pyramid-mamba/data/node';
import { calibrate, Inspector } from '@pyramid-mamba/inspect';
import { VERDICTS } from '@pyramid-mamba/metrics';
import {
  encoderWeightsFrom,
  imageTensor,
  inferEncoder,
  inputOf,
  methodOf,
  readSafetensors,
  TrainingSession,
  type DetectorConfig,
} from '@pyramid-mamba/model';
import { registerWasmKernels, replaceWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

const PRODUCTS = ['bottle', 'hazelnut', 'tire'];
/** Pictures of a kind that are judged: of a product's good ones, and of its defective ones together. */
const MOST_JUDGED = 30;
/** Good training pictures after the trained ones, which set the thresholds. */
const HELD_BACK = 10;
const NEXT = { product: '', invalid: '', notLearnt: '' };

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data/mvtec256' },
    encoder: { type: 'string', default: '../shared/weights/encoder_trial.safetensors' },
    pictures: { type: 'string', default: '30' },
    size: { type: 'string', default: '256' },
    seed: { type: 'string', default: '1' },
  },
});
const [data, encoderFile] = [resolve(values.data), resolve(values.encoder)];
const [count, size, seed] = [Number(values.pictures), Number(values.size), Number(values.seed)];
const missing = [encoderFile, ...PRODUCTS.map((name) => join(data, name, 'train', 'good'))].find(
  (path) => !existsSync(path),
);
if (missing !== undefined) {
  console.log(
    `${missing} does not exist, so there is nothing to measure; pass --data with a folder of ${PRODUCTS.join(', ')} in MVTec AD's layout and --encoder with a ResNet's weights`,
  );
  process.exit(0);
}

await registerWasmKernels();
await replaceWasmKernels();
await tf.setBackend('wasm');

/** The pictures of a folder, evenly chosen where there are more than `most`, from `offset` on. */
async function picturesOf(folder: string, most: number, offset = 0): Promise<RgbImage[]> {
  const files = readdirSync(folder).sort();
  const chosen = Array.from({ length: Math.min(most, files.length) }, (_, i) =>
    Math.floor((i * files.length) / Math.min(most, files.length)),
  );
  const places = chosen.map((place) => (place + offset) % files.length);
  return Promise.all(
    places.map((place) => decodeRgb(readFileSync(join(folder, files[place]!)), files[place]!)),
  );
}

interface Product {
  readonly name: string;
  readonly train: readonly RgbImage[];
  readonly heldBack: readonly RgbImage[];
  readonly good: readonly RgbImage[];
  readonly defective: readonly RgbImage[];
}

async function productOf(name: string): Promise<Product> {
  const at = (...path: string[]) => join(data, name, ...path);
  // neighbours of the trained pictures in the folder's order are held back
  const known = await picturesOf(at('train', 'good'), count + HELD_BACK, seed);
  const heldBack = known.filter((_, i) => i % Math.floor(known.length / HELD_BACK) === 0).slice(0, HELD_BACK);
  const kinds = readdirSync(at('test')).filter((kind) => kind !== 'good');
  const each = Math.ceil(MOST_JUDGED / kinds.length);
  const defective = await Promise.all(kinds.map((kind) => picturesOf(at('test', kind), each)));
  return {
    name,
    train: known.filter((picture) => !heldBack.includes(picture)),
    heldBack,
    good: await picturesOf(at('test', 'good'), MOST_JUDGED),
    defective: defective.flat(),
  };
}

/** A model file of a memory bank. */
async function modelOf({ name, train, heldBack }: Product): Promise<Uint8Array> {
  const { tensors } = readSafetensors(readFileSync(encoderFile), encoderFile);
  const encoder = inferEncoder(tensors, encoderFile);
  const preset = methodOf({ method: 'patchcore' }).presets['patchcore']!;
  const config = { ...preset.model, encoder, inputSize: size } as DetectorConfig;
  const session = new TrainingSession({
    config,
    encoder: encoderWeightsFrom(tensors, encoder, encoderFile),
    train: { ...preset.train, seed },
    checkpoints: { where: 'memory', read: () => Promise.resolve(undefined), write: () => Promise.resolve() },
  });
  const input = inputOf(session.detector.config);
  const fitted = train.map((image) => fitRgb(image, input));
  const batches = {
    count: fitted.length,
    batch: (indices: readonly number[]) => {
      const images = imageTensor(
        indices.map((i) => normalizedPicture(fitted[i]!)),
        input,
      );
      const features = session.detector.encode(images);
      images.dispose();
      return Promise.resolve(features);
    },
  };
  try {
    await session.learn({ batches, order: () => [], hear: () => undefined });
    const { bytes } = await session.finish({
      classes: [name],
      batches,
      classOf: fitted.map(() => name),
      thresholds: async (model) => {
        const unseen = heldBack.map((image) => ({
          className: name,
          label: 0 as const,
          load: () => Promise.resolve(fitRgb(image, input)),
        }));
        return (await calibrate(model, unseen, { next: NEXT, batch: 4, onPicture: () => undefined }))
          .calibration;
      },
      fingerprint: '',
      preset: 'patchcore',
      about: {},
    });
    return bytes;
  } finally {
    session.dispose();
  }
}

const share = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(0)} %`;

/** A row of the table: the verdicts on pictures. */
async function row(inspector: Inspector, what: string, pictures: readonly RgbImage[]): Promise<string> {
  const counts = new Map<string, number>();
  for (const image of pictures) {
    const [found] = await inspector.judge([{ image }]);
    const verdict = found instanceof Error ? 'none' : (found!.verdict ?? 'none');
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  }
  const cells = VERDICTS.map((verdict) => share(counts.get(verdict) ?? 0, pictures.length));
  return `| ${inspector.info.classes.join(', ')} | ${what} | ${pictures.length} | ${cells.join(' | ')} |`;
}

const products: Product[] = [];
for (const name of PRODUCTS) products.push(await productOf(name));
console.log(
  `${count} good training pictures each, ${size} px, patchcore, ${encoderFile.split('/').at(-1)}, seed ${seed}\n`,
);
console.log(`| model of | pictures | number | ${VERDICTS.join(' | ')} |`);
console.log(`| --- | --- | ---: | ${VERDICTS.map(() => '---:').join(' | ')} |`);
for (const product of products) {
  const inspector = Inspector.open(await modelOf(product), product.name, NEXT);
  try {
    console.log(await row(inspector, `own good, not trained on`, product.good));
    console.log(await row(inspector, `own defective`, product.defective));
    for (const other of products)
      if (other !== product)
        console.log(await row(inspector, other.name, [...other.good, ...other.defective]));
  } finally {
    inspector.dispose();
  }
}
