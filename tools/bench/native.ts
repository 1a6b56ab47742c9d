// The encoder in onnxruntime beside TensorFlow.js's on WebAssembly: the same network, the same picture, in turn.
import * as tf from '@tensorflow/tfjs-core';
import {
  copyOf,
  describeInput,
  detectorFrom,
  inputOf,
  judge,
  presets,
  useEncoderEngine,
  type Detector,
} from '@pyramid-mamba/model';
import { nativeEngine } from '@pyramid-mamba/model/node';
import { cpus } from 'node:os';
import { build, pictures } from './networks.ts';
import { milliseconds, timePaired } from './report.ts';

/** Of a score. */
const TOLERANCE = 1e-5;

/** One picture, from the input to the map, and the encoder alone: on the backend, and with its encoder in onnxruntime on one and all threads. */
export async function benchNative(
  seed: number,
  repeats: number,
  { backend }: { backend: string },
): Promise<void> {
  const counts = [...new Set([1, cpus().length])];
  const engines = await Promise.all(counts.map((threads) => nativeEngine({ threads })));
  console.log(`\nnative encoder, ${backend} beside ${engines[0]!.name}, batch 1`);
  await tf.setBackend(backend);
  for (const name of ['tiny', 'paper'] as const) {
    const { model: config } = presets[name];
    const image = pictures(1, inputOf(config).width, seed);
    const own = build(config, seed);
    const copy = await copyOf(own);
    const others = engines.map((engine) => {
      useEncoderEngine(engine);
      return detectorFrom(copy);
    });
    useEncoderEngine(undefined);
    const all: readonly Detector[] = [own, ...others];
    const scores: number[] = [];
    for (const model of all) scores.push((await judge(model, image))[0]!.score);
    const worst = Math.max(...scores.map((score) => Math.abs(score - scores[0]!) / scores[0]!));
    if (!(worst <= TOLERANCE))
      throw new Error(
        `native, ${name}: the scores must differ by at most ${TOLERANCE}, and are ${scores.join(', ')}`,
      );
    const whole = await timePaired(
      repeats,
      all.map((model) => async () => void (await judge(model, image))),
    );
    const encoders = await timePaired(
      repeats,
      all.map((model) => async () => {
        const features = model.encode(image);
        await Promise.all(features.map((level) => level.data()));
        tf.dispose(features);
      }),
    );
    console.log(
      `  ${name} (${config.encoder.arch}, ${describeInput(inputOf(config))}), scores within ${worst.toExponential(1)}`,
    );
    for (const [i, label] of [
      `encoder on ${backend}`,
      ...counts.map((count) => `encoder in onnxruntime, threads: ${count}`),
    ].entries())
      console.log(
        `    ${label}: picture ${milliseconds(whole[i]!)}, ratio ${(whole[i]!.median / whole[0]!.median).toFixed(2)}, processor ${whole[i]!.processor.toFixed(0)} ms; ` +
          `encoder ${milliseconds(encoders[i]!)}, processor ${encoders[i]!.processor.toFixed(0)} ms`,
      );
    for (const model of all) model.dispose();
    image.dispose();
  }
}
