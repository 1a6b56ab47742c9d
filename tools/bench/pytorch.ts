import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import {
  judge,
  inputOf,
  Optimizer,
  presets,
  saveModel,
  seededTraining,
  trainStep,
  writeSafetensors,
  type HostTensor,
  type ModelConfig,
  type TrainConfig,
} from '@pyramid-mamba/model';
import { executable } from '../browser/executable.ts';
import { build, pictures } from './networks.ts';
import { milliseconds, timeAsync, type Timing } from './report.ts';

const SCRIPT = fileURLToPath(new URL('pytorch/measure.py', import.meta.url));
/** Maximum errors that count as rounding, relative to the largest value. */
const TOLERANCE = 1e-3;

/** A line of measure.py. */
interface Measured {
  readonly name: string;
  readonly torch: string;
  readonly threads: number;
  readonly mapError: number;
  readonly lossError: number;
  readonly normError: number;
  readonly inference: Timing;
  readonly step: Timing;
}

/** A preset without randomness in training, so that one step can be compared. */
const settled = (config: ModelConfig): ModelConfig => ({
  ...config,
  mff: { ...config.mff, noiseStd: 0 },
  decoder: { ...config.decoder, dropPath: 0 },
});

/** Writes a model, pictures and the current backend's results into the folder; resolves to the backend's times. */
async function measureOurs(
  folder: string,
  name: string,
  { model: preset, train }: { model: ModelConfig; train: TrainConfig },
  { seed, repeats, batch: size }: { seed: number; repeats: number; batch: number },
): Promise<{ inference: Timing; step: Timing }> {
  const config = settled(preset);
  const side = inputOf(config).width;
  const model = build(config, seed);
  const [image, batch] = [pictures(1, side, seed), pictures(size, side, seed + 1)];
  const preprocessing = {
    inputSize: side,
    resize: 'bilinear-antialias',
    normalize: 'imagenet',
  } as const;
  await writeFile(
    join(folder, `${name}.safetensors`),
    await saveModel(model, { classes: [], preprocessing }),
  );
  const maps = (await judge(model, image)).map(({ map }) => map);
  const inference = await timeAsync(repeats, async () => void (await judge(model, image)));

  const features = model.encode(batch);
  const optimizer = new Optimizer(model.trainable(), train);
  const work = (): ReturnType<typeof trainStep> =>
    trainStep(
      model,
      optimizer,
      features,
      seededTraining(config, { seed, random: 2 }, 0),
      1e-4,
      train.lossWeight,
    );
  const { loss, gradNorm } = await work();
  const step = await timeAsync(Math.max(3, Math.floor(repeats / 4)), async () => void (await work()));

  const floats = (shape: readonly number[], data: Float32Array): HostTensor => ({
    dtype: 'F32',
    shape: [...shape],
    data,
  });
  const numbers = async (x: tf.Tensor): Promise<HostTensor> => floats(x.shape, await x.data<'float32'>());
  const tensors = new Map([
    ['image', await numbers(image)],
    ['batch', await numbers(batch)],
    ['map', floats([1, side, side], maps[0]!)],
    ['loss', floats([], Float32Array.of(loss))],
    ['gradNorm', floats([], Float32Array.of(gradNorm))],
  ]);
  await writeFile(
    join(folder, `${name}.case.safetensors`),
    writeSafetensors(tensors, { train: JSON.stringify(train) }),
  );
  tf.dispose([image, batch, features]);
  optimizer.dispose();
  model.dispose();
  return { inference, step };
}

/** The output of measure.py, or why there is none. */
async function measureTheirs(
  folder: string,
  names: readonly string[],
  repeats: number,
): Promise<Measured[] | string> {
  const python = process.env['PYTHON'] ?? 'python3';
  const args = [SCRIPT, folder, ...names, '--repeats', String(repeats)];
  const measure = async () => promisify(execFile)(executable(python), args);
  const { stdout } = await measure().catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return { stdout: JSON.stringify({ missing: `${python} was not found` }) };
    throw error;
  });
  const lines = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Measured | { missing: string });
  const absent = lines.find((line) => 'missing' in line);
  return absent ? absent.missing : (lines as Measured[]);
}

/**
 * Whole inference and training step compared with the same network in PyTorch on the CPU, whose scan is compiled C++. PyTorch
 * must give the same map, loss and gradient norm; otherwise it throws.
 */
export async function benchPytorch(
  seed: number,
  repeats: number,
  { backend, batch: asked }: { backend: string; batch: number | undefined },
): Promise<void> {
  console.log(`\nwhole network, ${backend} beside PyTorch on the CPU`);
  await tf.setBackend(backend);
  const folder = await mkdtemp(join(tmpdir(), 'pyramid-mamba-pytorch-'));
  try {
    const batches = { tiny: asked ?? 8, paper: asked ?? 1 };
    // without a name it only reports whether PyTorch is installed
    const absent = await measureTheirs(folder, [], repeats);
    if (typeof absent === 'string') {
      console.log(`  not run: ${absent}`);
      return;
    }
    for (const name of ['tiny', 'paper'] as const) {
      const ours = await measureOurs(folder, name, presets[name], { seed, repeats, batch: batches[name] });
      const [theirs] = (await measureTheirs(folder, [name], repeats)) as Measured[];
      const { mapError, lossError, normError } = theirs!;
      if (!(mapError < TOLERANCE && lossError < TOLERANCE && normError < TOLERANCE))
        throw new Error(
          `${name}: PyTorch and ${backend} differ, map by ${mapError}, loss by ${lossError}, gradient norm by ${normError} (relative)`,
        );
      const beside = (what: 'inference' | 'step'): string =>
        `${milliseconds(ours[what])}, PyTorch ${milliseconds(theirs![what])}, ratio ${(ours[what].median / theirs![what].median).toFixed(2)}`;
      console.log(
        `  ${name} (PyTorch ${theirs!.torch}, ${theirs!.threads} threads): inference, batch 1, ${beside('inference')}; ` +
          `training step, batch ${batches[name]}, ${beside('step')}; checked, map within ${mapError.toExponential(1)}, ` +
          `loss within ${lossError.toExponential(1)}, gradient norm within ${normError.toExponential(1)}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
