// The command line on a GPU: selection, rejection, training, and a device lost midway.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { syntheticDataset } from '@pyramid-mamba/data';
import { writeDataset } from '@pyramid-mamba/data/node';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { gpuBackend, startForTests } from '../../../packages/ssm-kernels/test/webgpuKit.js';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder, tinyEncoder, words } from './kit.js';

const reason = await startForTests();
if (reason !== undefined) console.warn(`SKIPPED: tests of the command line on WebGPU. ${reason}`);
const software = reason === undefined && /swiftshader|llvmpipe/i.test(adapterName());

function adapterName(): string {
  const { vendor, architecture } = gpuBackend().adapterInfo as unknown as Record<string, string>;
  return `${vendor} ${architecture}`;
}

/** SwiftShader compiles every kernel for seconds, anew for each device: one training less by default. */
const FULL = process.env['FUZZ'] === 'full';
if (software && !FULL)
  console.warn('SKIPPED: an uninterrupted training on webgpu, to compare with; FUZZ=full runs it.');

const home = temporaryFolder();
afterEach(() => vi.unstubAllEnvs());
const data = join(home, 'data');
const encoder = join(home, 'encoder.safetensors');
const backend = software ? 'webgpu:swift' : 'webgpu';

/** Two epochs of one step each, small pictures and few kinds of layers: SwiftShader compiles each shape for seconds. */
const train = (out: string, more = ''): string[] =>
  words(
    `train --data ${data} --out ${out} --encoder ${encoder} --cache ${home}/cache --backend ${backend} ` +
      '--input-size 32 --grids 1 --batch-size 4 --epochs 2 --set model.mff.bottlenecks=1 --set model.decoder.dState=4 ' +
      `--set model.decoder.depths=[2,2,2,2] --no-lec --no-noise${more}`,
  );

const losses = (run: string): number[] =>
  readFileSync(join(run, 'train.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { loss: number }).loss);

describe.skipIf(reason !== undefined)('the command line on webgpu', () => {
  beforeAll(async () => {
    // few pictures: each takes the software GPU a second
    const drawn = { classes: ['tile'], trainPerClass: 4, testGoodPerClass: 1, testPerDefect: 1 };
    await writeDataset(syntheticDataset(drawn), data, 64);
    tinyEncoder(encoder);
  });

  test.skipIf(software && !FULL)(
    'trains, and the model is evaluated on wasm as well',
    async () => {
      const out = join(home, 'whole');
      const io = recordingIo();
      expect(await main(train(out), io), io.stderr).toBe(0);
      const tables: string[] = [];
      for (const engine of [backend, 'wasm']) {
        const said = recordingIo();
        const where = join(home, `evaluated-${engine.slice(0, 4)}`);
        expect(
          await main(words(`evaluate ${out} --out ${where} --backend ${engine}`), said),
          said.stderr,
        ).toBe(0);
        tables.push(readFileSync(join(where, 'scores.jsonl'), 'utf8'));
      }
      const [gpu, cpu] = tables.map((table) =>
        table
          .split('\n')
          .filter(Boolean)
          .map((line) => (JSON.parse(line) as { score: number }).score),
      );
      gpu!.forEach((score, i) => expect(Math.abs(score - cpu![i]!)).toBeLessThan(1e-4));
    },
    900_000,
  );

  test('names the GPU and its limits; keeps the checkpoint when the device is lost, says how to continue, and does so on a new device', async () => {
    const out = join(home, 'lost');
    const io = recordingIo();
    const ended = main(train(out), io);
    // once the first epoch is on the disk
    const watch = setInterval(() => {
      if (existsSync(join(out, 'checkpoint', 'last.safetensors'))) gpuBackend().device.destroy();
    }, 5);
    const code = await ended;
    clearInterval(watch);
    expect(code).toBe(2);
    expect(io.stdout).toMatch(/^backend: webgpu \(.+; buffers up to \d+ MiB, bindings up to \d+ MiB, with/m);
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toMatchObject({ backend, workers: 1 });
    expect(io.stderr).toMatch(
      /^error: step \d+ of .*: webgpu: the GPU device was lost.*[Tt]he checkpoint after epoch \d is kept.*--resume\n$/,
    );
    const before = losses(out);
    const resumed = recordingIo();
    expect(
      await main(words(`train --out ${out} --resume --cache ${home}/cache`), resumed),
      resumed.stderr,
    ).toBe(0);
    expect(resumed.stdout).toMatch(/continuing after epoch \d/);
    expect(losses(out).slice(0, before.length)).toEqual(before);
    // as if uninterrupted, up to the order of a GPU's additions
    const whole = join(home, 'whole');
    if (existsSync(whole))
      losses(out).forEach((loss, i) => expect(loss / losses(whole)[i]!).toBeCloseTo(1, 3));
  }, 900_000);

  test('rejects several threads on one GPU', async () => {
    const io = recordingIo();
    expect(await main(train(join(home, 'two'), ' --workers 2'), io)).toBe(2);
    expect(io.stderr).toMatch(/^error: --workers: 2 threads cannot share one GPU.*use 1\n$/);
  });

  test.skipIf(!software)('rejects a software GPU, and an unknown name lists the known ones', async () => {
    const io = recordingIo();
    const args = train(join(home, 'none')).map((word) => (word === backend ? 'webgpu' : word));
    expect(await main(args, io)).toBe(2);
    expect(io.stderr).toMatch(/^error: --backend: "webgpu" cannot run.*software adapter.*by name/);
    const other = recordingIo();
    const named = train(join(home, 'none')).map((word) => (word === backend ? 'webgpu:RTX' : word));
    expect(await main(named, other)).toBe(2);
    expect(other.stderr).toMatch(/no adapter's name contains "RTX"; this machine has SwiftShader/);
  });

  test.skipIf(!software)('auto selects wasm if the only GPU is software, and prints the reason', async () => {
    // a TensorFlow enabled on this machine would be preferred
    vi.stubEnv('XDG_CACHE_HOME', home);
    const io = recordingIo();
    const args = train(join(home, 'auto'), ' --max-steps 1 --workers 1').map((word) =>
      word === backend ? 'auto' : word,
    );
    expect(await main(args, io), io.stderr).toBe(0);
    expect(io.stdout).toMatch(/^backend: wasm \(.*; not webgpu: the only adapter.*software adapter/m);
    expect(tf.getBackend()).toBe('wasm');
  });
});
