import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { seededRandom, syntheticDataset } from '@pyramid-mamba/data';
import { writeDataset } from '@pyramid-mamba/data/node';
import {
  encoderWeightsFrom,
  Optimizer,
  PyramidMamba,
  writeSafetensors,
  type HostTensor,
} from '@pyramid-mamba/model';
import { TestRunner } from 'vitest';
import type { Io } from '../src/terminal/io.js';
import { presetSettings, withOverrides, type Overrides } from '../src/settings/settings.js';

export { temporaryFolder } from './temporary.js';

/** An output stream that records its input. */
export interface RecordingIo extends Io {
  stdout: string;
  stderr: string;
}

export function recordingIo(): RecordingIo {
  return {
    stdout: '',
    stderr: '',
    isTTY: false,
    errIsTTY: false,
    columns: 80,
    out(text) {
      this.stdout += text;
    },
    err(text) {
      this.stderr += text;
    },
  };
}

/** The words of a command line whose paths contain no space. */
export const words = (line: string): string[] => line.split(' ');

/** Options of `train` for a network that has every part of the usual one, and few of each: what is tested is what is done with it. */
export const SMALL_NETWORK =
  '--set model.mff.bottlenecks=1 --set model.decoder.dState=4 --set model.decoder.depths=[2,2,2,2]';

/** Notes how many cases the test that runs has tried: `npm run test:long` prints it. */
export function noteCases(cases: number): void {
  Object.assign(TestRunner.getCurrentTest()?.meta ?? {}, { cases });
}

/** Two synthetic classes of 64 pixels in MVTec's layout: four training and a few test pictures each. */
export async function tinyDataset(folder: string, seed = 1): Promise<void> {
  const classes = ['tile', 'wood'];
  const drawn = syntheticDataset({ seed, classes, trainPerClass: 4, testGoodPerClass: 3, testPerDefect: 1 });
  await writeDataset(drawn, folder, 64);
}

/** A ResNet-18 of a small width with random weights, batch norm folded, under torchvision's names. */
export function tinyEncoderTensors(seed = 1, width = 8): Map<string, HostTensor> {
  const random = seededRandom('tiny encoder', seed);
  const tensors = new Map<string, HostTensor>();
  const conv = (name: string, output: number, input: number, kernel: number) => {
    const shape = [output, input, kernel, kernel];
    const spread = Math.sqrt(12 / (input * kernel * kernel));
    const values = { length: output * input * kernel * kernel };
    tensors.set(`${name}.weight`, {
      dtype: 'F32',
      shape,
      data: Float32Array.from(values, () => (random() - 0.5) * spread * 1.4),
    });
    tensors.set(`${name}.bias`, { dtype: 'F32', shape: [output], data: new Float32Array(output) });
  };
  conv('conv1', width, 3, 7);
  for (const stage of [1, 2, 3]) {
    const channels = width * 2 ** (stage - 1);
    for (const block of [0, 1]) {
      const grows = stage > 1 && block === 0;
      const input = grows ? channels / 2 : channels;
      conv(`layer${stage}.${block}.conv1`, channels, input, 3);
      conv(`layer${stage}.${block}.conv2`, channels, channels, 3);
      if (grows) conv(`layer${stage}.${block}.downsample.0`, channels, input, 1);
    }
  }
  return tensors;
}

/** Writes such an encoder. */
export function tinyEncoder(file: string, seed = 1): void {
  writeFileSync(file, writeSafetensors(tinyEncoderTensors(seed), {}));
}

/** The smallest network, of width 8 on pictures of 32 pixels, with its optimiser; the caller's to dispose. */
export function tinyNetwork(over: Overrides = {}) {
  const settings = withOverrides(presetSettings('tiny'), {
    batchSize: 2,
    inputSize: 32,
    grids: [1],
    ...over,
  });
  settings.model.encoder = { arch: 'resnet18', width: 8 };
  settings.model.mff.bottlenecks = 1;
  Object.assign(settings.model.decoder, { depths: [2, 2, 2, 2], dState: 4 });
  const create = () => {
    const encoder = encoderWeightsFrom(tinyEncoderTensors(), settings.model.encoder, 'encoder');
    const model = PyramidMamba.create(settings.model, encoder, settings.train);
    return { model, optimizer: new Optimizer(model.trainable(), settings.train) };
  };
  return { ...settings, create };
}

/** SHA-256 of all values that training changes: equal only if bit-identical. */
export async function fingerprintOf({
  model,
  optimizer,
}: {
  model: PyramidMamba;
  optimizer: Optimizer;
}): Promise<string> {
  const hash = createHash('sha256');
  for (const [name, { data }] of [...(await model.stateDict()), ...(await optimizer.state())])
    hash.update(`\n${name} `).update(data);
  return hash.digest('hex');
}
