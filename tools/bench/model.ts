import { wasmThreads } from '@pyramid-mamba/ssm-kernels/wasm/threads';
import * as tf from '@tensorflow/tfjs-core';
import {
  describeInput,
  judge,
  encoderWeightsFrom,
  inputOf,
  Optimizer,
  presets,
  PyramidMamba,
  seededTraining,
  trainStep,
  type ModelConfig,
} from '@pyramid-mamba/model';
import { countKernels, describeCalls } from './kernelCalls.ts';
import { build, pictures, RandomEncoder } from './networks.ts';
import { milliseconds, timeAsync } from './report.ts';

/** One map and the loss of one training step of a narrow network of the preset's shape. */
async function probe(
  backend: string,
  config: ModelConfig,
  seed: number,
): Promise<{ map: Float32Array; loss: number }> {
  await tf.setBackend(backend);
  const narrow = { ...config, inputSize: 64, encoder: { ...config.encoder, width: 8 } };
  await tf.setBackend('cpu');
  const weights = encoderWeightsFrom(new RandomEncoder(narrow.encoder), narrow.encoder, 'random weights');
  const images = pictures(2, 64, seed);
  const data = images.dataSync();
  images.dispose();
  await tf.setBackend(backend);
  const model = PyramidMamba.create(narrow, weights, { seed, random: 2 });
  const optimizer = new Optimizer(model.trainable(), presets.official.train);
  const x = tf.tensor4d(data, [2, 64, 64, 3]);
  const maps = (await judge(model, x)).map(({ map }) => map);
  const features = model.encode(x);
  const { loss } = await trainStep(
    model,
    optimizer,
    features,
    seededTraining(narrow, { seed, random: 2 }, 0),
    1e-4,
    5,
  );
  tf.dispose([x, features]);
  optimizer.dispose();
  model.dispose();
  return { map: maps[0]!, loss };
}

/** Throws if a narrow network of the preset's shape differs from the reference. */
export async function checkModel(
  backend: string,
  name: string,
  config: ModelConfig,
  seed: number,
): Promise<string> {
  const want = await probe('cpu', config, seed);
  const got = await probe(backend, config, seed);
  const largest = want.map.reduce((m, v) => Math.max(m, v), 0);
  const error = want.map.reduce((m, v, i) => Math.max(m, Math.abs(v - got.map[i]!)), 0) / largest;
  const lossError = Math.abs(got.loss - want.loss) / want.loss;
  if (!(error < 1e-3 && lossError < 1e-3))
    throw new Error(
      `${name}: ${backend} differs from the reference, map by ${error}, loss by ${lossError} (relative)`,
    );
  return `checked, map within ${error.toExponential(1)}, loss within ${lossError.toExponential(1)}`;
}

/**
 * Whole inference (picture to map) and whole training step (features given) of two presets, and how many kernels the step
 * calls. The training batch is `batch`; default 16 on a GPU, less on a CPU.
 */
export async function benchModel(
  seed: number,
  repeats: number,
  { backend, batch: asked }: { backend: string; batch: number | undefined },
): Promise<void> {
  console.log(`\nwhole network, ${backend}${backend === 'wasm' ? `, threads: ${wasmThreads()}` : ''}`);
  for (const [name, usual] of [
    ['tiny', 8],
    ['paper', 1],
  ] as const) {
    const trainBatch = asked ?? (backend === 'webgpu' || backend === 'cuda' ? 16 : usual);
    const { model: config, train } = presets[name];
    const checked = await checkModel(backend, name, config, seed);
    await tf.setBackend(backend);
    const model = build(config, seed);
    const image = pictures(1, inputOf(config).width, seed);
    const batch = pictures(trainBatch, inputOf(config).width, seed + 1);
    const inference = await timeAsync(repeats, async () => void (await judge(model, image)));
    const features = model.encode(batch);
    const optimizer = new Optimizer(model.trainable(), train);
    let number = 0;
    const work = async (): Promise<void> => {
      const context = seededTraining(config, { seed, random: 2 }, number++);
      await trainStep(model, optimizer, features, context, 1e-4, train.lossWeight);
    };
    const step = await timeAsync(Math.max(3, Math.floor(repeats / 4)), work);
    const calls = describeCalls(await countKernels(work));
    const memory = (process.memoryUsage().rss / 2 ** 30).toFixed(2);
    console.log(
      `  ${name} (${config.encoder.arch}, ${describeInput(inputOf(config))}): inference, batch 1, ${milliseconds(inference)}; ` +
        `training step, batch ${trainBatch}, ${milliseconds(step)} = ${((1000 * trainBatch) / step.median).toFixed(2)} images/s; ` +
        `${calls}; process memory ${memory} GiB; ${checked}`,
    );
    tf.dispose([image, batch, features]);
    optimizer.dispose();
    model.dispose();
  }
}
