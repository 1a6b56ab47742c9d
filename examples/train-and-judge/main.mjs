// Learns good pictures of a drawn product, sets thresholds, writes a model file and judges other pictures with it.
import { writeFileSync } from 'node:fs';
import { normalizeImageNet, syntheticDataset } from '@pyramid-mamba/data';
import { heldBackThresholds, Inspector } from '@pyramid-mamba/inspect';
import { thinned } from '@pyramid-mamba/metrics';
import {
  encoderSeed,
  imageTensor,
  judge,
  methodOf,
  preprocessingOf,
  saveModel,
  seededEncoderWeights,
} from '@pyramid-mamba/model';
import { useBackend } from '@pyramid-mamba/ssm-kernels/backend';
import * as tf from '@tensorflow/tfjs-core';

const PRODUCT = 'tile';
const file = process.argv[2] ?? 'model.safetensors';

await useBackend('wasm');

// a memory bank of patch features needs no gradient steps; small pictures and a narrow encoder make it quick
const method = methodOf({ method: 'patchcore' });
const { model: preset, train } = Object.values(method.presets)[0];
const config = { ...preset, inputSize: 128, encoder: { arch: 'resnet18', width: 32 } };
const size = config.inputSize;
const detector = method.create(config, await seededEncoderWeights(config.encoder, encoderSeed(train)), train);

const { train: good, test } = syntheticDataset({
  classes: [PRODUCT],
  trainPerClass: 24,
  testGoodPerClass: 2,
  testPerDefect: 1,
});
const imagesOf = async (samples) => {
  const loaded = await Promise.all(samples.map((sample) => sample.load(size)));
  const pixels = loaded.map(({ image }) => normalizeImageNet(image));
  return imageTensor(pixels, size);
};

// the last pictures are held back: they set the thresholds
const [learnt, heldBack] = [good.slice(0, 16), good.slice(16)];
const source = {
  count: learnt.length,
  async batch(indices) {
    const images = await imagesOf(indices.map((index) => learnt[index]));
    const features = detector.encode(images);
    images.dispose();
    return features;
  },
};
await detector.fit(source, { seed: train });
console.log(`learnt ${learnt.length} pictures of ${PRODUCT}`);

const images = await imagesOf(heldBack);
const judged = await judge(detector, images);
tf.dispose(images);
const { calibration } = heldBackThresholds(
  judged.map(({ score, map }) => ({ className: PRODUCT, label: 0, score, thinned: thinned(map) })),
  method.largestScore(config),
);

const bytes = await saveModel(detector, {
  classes: [PRODUCT],
  preprocessing: preprocessingOf(config),
  calibration,
});
writeFileSync(file, bytes);
detector.dispose();
console.log(`wrote ${file}, ${(bytes.length / 1e6).toFixed(1)} MB`);

// another program would start here: the file and a picture give a judgement
const inspector = Inspector.open(bytes, file, {
  product: 'name the product',
  invalid: 'try another backend',
  notLearnt: 'take more pictures',
});
for (const sample of test) {
  const { image } = await sample.load(size);
  const { verdict, score, regions } = await inspector.judgeOne({ image });
  console.log(`${sample.defect}: ${verdict} (score ${score.toFixed(3)}, ${regions.length} regions)`);
}
inspector.dispose();
