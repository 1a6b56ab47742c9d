import * as tf from '@tensorflow/tfjs-core';
import { inputOf, judge, Optimizer, presets, seededTraining, trainStep } from '@pyramid-mamba/model';
import { timeKernels, type KernelTime } from './kernelTimes.ts';
import { build, pictures } from './networks.ts';

/** Rows of a table; the kernels after them share the last one. */
const ROWS = 14;

/**
 * Processor time of each kernel in a training step of `tiny` from cached features and in an inference of `paper`, as Markdown
 * tables. For wasm and cpu, which compute within the call.
 */
export async function benchProfile(
  seed: number,
  repeats: number,
  { backend, batch: asked }: { backend: string; batch: number | undefined },
): Promise<void> {
  await tf.setBackend(backend);
  const batch = asked ?? 8;
  const tiny = presets.tiny;
  const model = build(tiny.model, seed);
  const features = tf.tidy(() => model.encode(pictures(batch, inputOf(tiny.model).width, seed)));
  const optimizer = new Optimizer(model.trainable(), tiny.train);
  let number = 0;
  await profile(`tiny, training step, batch ${batch}`, repeats, () =>
    trainStep(
      model,
      optimizer,
      features,
      seededTraining(tiny.model, { seed, random: 2 }, number++),
      1e-4,
      tiny.train.lossWeight,
    ),
  );
  tf.dispose(features);
  optimizer.dispose();
  model.dispose();
  const paper = build(presets.paper.model, seed);
  const image = pictures(1, inputOf(presets.paper.model).width, seed);
  await profile('paper, inference, batch 1', repeats, () => judge(paper, image));
  image.dispose();
  paper.dispose();
}

/** The kernels of the median run, by total processor time; two runs come first, in which V8 compiles. */
async function profile(title: string, repeats: number, work: () => Promise<unknown>): Promise<void> {
  await work();
  await work();
  const runs: { kernels: KernelTime[]; total: number }[] = [];
  for (let i = 0; i < Math.max(3, Math.floor(repeats / 5)); i++) runs.push(await timeKernels(work));
  runs.sort((a, b) => a.total - b.total);
  const { kernels, total } = runs[Math.floor(runs.length / 2)]!;
  console.log(
    `\n${title}: ${total.toFixed(0)} ms of processor time [${runs[0]!.total.toFixed(0)}..${runs.at(-1)!.total.toFixed(0)}]\n`,
  );
  console.log('| kernel | time | share | calls | MiB read and written |\n| --- | --- | --- | --- | --- |');
  const rest = kernels.slice(ROWS);
  const sum = (of: (kernel: KernelTime) => number): number =>
    rest.reduce((all, kernel) => all + of(kernel), 0);
  const others: KernelTime = {
    name: `${rest.length} others`,
    calls: sum(({ calls }) => calls),
    milliseconds: sum(({ milliseconds }) => milliseconds),
    bytes: sum(({ bytes }) => bytes),
  };
  for (const { name, milliseconds, calls, bytes } of [...kernels.slice(0, ROWS), others])
    console.log(
      `| ${name} | ${milliseconds.toFixed(1)} ms | ${((100 * milliseconds) / total).toFixed(1)} % | ${calls} | ${(bytes / 2 ** 20).toFixed(0)} |`,
    );
}
