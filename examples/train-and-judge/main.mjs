// Trains on good pictures of a drawn product, sets thresholds, writes a model file and judges other pictures with it.
import { writeFileSync } from 'node:fs';
import { normalizeImageNet, syntheticDataset, trainingOrder } from '@pyramid-mamba/data';
import { heldBackThresholds, Inspector } from '@pyramid-mamba/inspect';
import { thinned } from '@pyramid-mamba/metrics';
import {
  encoderSeed,
  imageTensor,
  judge,
  Optimizer,
  presets,
  PyramidMamba,
  saveModel,
  seededEncoderWeights,
  stepContext,
  trainStep,
} from '@pyramid-mamba/model';
import { registerWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

const PRODUCT = 'tile';
const STEPS = Number(process.argv[2] ?? 60);
const FILE = process.argv[3] ?? 'model.safetensors';

await tf.setBackend('wasm');
await registerWasmKernels();

// a small network for small pictures
const { model: standard, train } = presets.tiny;
const config = {
  ...standard,
  inputSize: 128,
  encoder: { arch: 'resnet18', width: 16 },
  decoder: { ...standard.decoder, depths: [2, 2, 2, 2] },
};
const size = config.inputSize;
const model = PyramidMamba.create(
  config,
  await seededEncoderWeights(config.encoder, encoderSeed(train)),
  train,
);
const optimizer = new Optimizer(model.trainable(), train);

const dataset = syntheticDataset({
  classes: [PRODUCT],
  trainPerClass: 24,
  testGoodPerClass: 2,
  testPerDefect: 1,
});
const imagesOf = async (samples) => {
  const loaded = await Promise.all(samples.map((sample) => sample.load(size)));
  return imageTensor(
    loaded.map(({ image }) => normalizeImageNet(image)),
    size,
  );
};

// the last pictures are held back: they set the thresholds
const [good, heldBack] = [dataset.train.slice(0, 16), dataset.train.slice(16)];
// the encoder is frozen: its features are computed once
const pictures = await imagesOf(good);
const features = model.encode(pictures);
pictures.dispose();
const batchesOf = trainingOrder(good.length, 8, train.seed);
for (let step = 0, epoch = 0; step < STEPS; epoch++) {
  for (const indices of batchesOf(epoch).slice(0, STEPS - step)) {
    const batch = features.map((level) => tf.gather(level, indices));
    const { loss } = await trainStep(
      model,
      optimizer,
      batch,
      stepContext(train, step),
      train.lr,
      train.lossWeight,
    );
    tf.dispose(batch);
    if (step % 10 === 0) console.log(`step ${step}: loss ${loss.toFixed(3)}`);
    step++;
  }
}
tf.dispose(features);

const images = await imagesOf(heldBack);
const judged = await judge(model, images);
images.dispose();
const { calibration, without } = heldBackThresholds(
  judged.map(({ score, map }) => ({ className: PRODUCT, label: 0, score, thinned: thinned(map) })),
);
if (without.length > 0) console.log('the model has not learnt the product: train for more steps');

const bytes = await saveModel(model, {
  classes: [PRODUCT],
  preprocessing: { inputSize: size, resize: 'bilinear-antialias', normalize: 'imagenet' },
  calibration,
});
writeFileSync(FILE, bytes);
optimizer.dispose();
model.dispose();
console.log(`${FILE}: ${(bytes.length / 1e6).toFixed(1)} MB`);

// another program would start here: the file and a picture give a judgement
const inspector = Inspector.open(bytes, FILE, {
  product: 'name the product',
  invalid: 'try another backend',
  notLearnt: 'train for more steps',
});
for (const sample of dataset.test) {
  const { image } = await sample.load(size);
  const { verdict, score, regions } = await inspector.judgeOne({ image });
  console.log(`${sample.defect}: ${verdict} (score ${score.toFixed(3)}, ${regions.length} regions)`);
}
inspector.dispose();
