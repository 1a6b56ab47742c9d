// `--backend wasm+onnx`: the encoder in onnxruntime, through the commands.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encoderEngine } from '@pyramid-mamba/model';
import * as native from '@pyramid-mamba/model/node';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { pickBackend } from '../src/backend.js';
import { main } from '../src/main.js';
import { featureKeyOf } from '../src/training/featureCache.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

const home = temporaryFolder();
const [plain, other] = [join(home, 'plain'), join(home, 'native')];

async function run(line: string) {
  const io = recordingIo();
  const code = await main(words(line), io);
  return { ...io, code };
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
const folders = () => readdirSync(join(home, 'cache', 'features'));

/** Why onnxruntime cannot run here; undefined where it can. */
const refused = ((): string | undefined => {
  try {
    native.boundRuntime();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
})();
if (refused !== undefined) console.warn(`skipped: encoders in onnxruntime, because ${refused}`);

afterEach(() => {
  vi.restoreAllMocks();
});

describe.skipIf(refused !== undefined)('the encoder in onnxruntime', () => {
  const train = `train --method patchcore --data ${home}/data --encoder ${home}/encoder --cache ${home}/cache --input-size 64`;

  beforeAll(async () => {
    await tinyDataset(join(home, 'data'));
    tinyEncoder(join(home, 'encoder'));
    for (const [out, backend] of [
      [plain, 'wasm'],
      [other, 'wasm+onnx'],
    ] as const) {
      const { code, stderr } = await run(`${train} --out ${out} --backend ${backend}`);
      expect(code, stderr).toBe(0);
      const evaluated = await run(`evaluate ${out}`);
      expect(evaluated.code, evaluated.stderr).toBe(0);
      expect(evaluated.stdout.includes('encoder: onnxruntime-node')).toBe(out === other);
    }
  }, 120_000);

  test('is recorded where the backend is, and its features have a folder of their own in the cache', () => {
    expect(json(join(plain, 'config.json'))['backend']).toBe('wasm');
    expect(json(join(other, 'config.json'))['backend']).toBe('wasm+onnx');
    expect(
      folders()
        .map((name) => name.split('-').at(-2))
        .toSorted(),
    ).toEqual(['wasm', 'wasm+onnx']);
    const input = { width: 64, height: 64, fit: 'stretch' } as const;
    const of = (encoder?: string) =>
      featureKeyOf('e', input, { name: 'wasm', ...(encoder !== undefined && { encoder }) });
    expect(new Set([of(), of('onnxruntime-node 1'), of('onnxruntime-node 2')]).size).toBe(3);
  });

  test('gives the verdicts of the other encoder and its scores within 1e-5, with one and two workers the same lines', async () => {
    const lines = async (options: string) => {
      const { code, stdout, stderr } = await run(
        `predict ${home}/data/tile/test --model ${plain} ${options}`,
      );
      expect(code, stderr).toBeLessThanOrEqual(1);
      return { stdout, stderr };
    };
    const want = await lines('--backend wasm --workers 1');
    const one = await lines('--backend wasm+onnx --workers 1');
    const two = await lines('--backend wasm+onnx --workers 2');
    expect(two.stdout).toBe(one.stdout);
    expect(two.stderr).toContain('threads: 2 judge pictures');
    expect(one.stderr).toMatch(/^backend: wasm \(.*; encoder: onnxruntime-node [\d.]+, threads: \d+\)$/m);
    const parsed = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { path: string; verdict: string; score: number });
    const [expected, found] = [parsed(want.stdout), parsed(one.stdout)];
    expect(found.length).toBeGreaterThan(3);
    expect(found.map(({ path, verdict }) => [path, verdict])).toEqual(
      expected.map(({ path, verdict }) => [path, verdict]),
    );
    for (const [i, { score }] of found.entries())
      expect(Math.abs(score - expected[i]!.score)).toBeLessThanOrEqual(1e-5 * expected[i]!.score);
  }, 120_000);

  test('a run that goes on with another encoder says so', async () => {
    const out = join(home, 'steps');
    const small =
      '--set model.mff.bottlenecks=1 --set model.decoder.dState=4 --set model.decoder.depths=[2,2,2,2] --batch-size 4 --epochs 1 --workers 1';
    const { code, stderr } = await run(
      `train --data ${home}/data --encoder ${home}/encoder --cache ${home}/cache --input-size 64 --out ${out} --backend wasm ${small}`,
    );
    expect(code, stderr).toBe(0);
    const resumed = await run(`train --out ${out} --resume --backend wasm+onnx`);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stdout + resumed.stderr).toContain(
      'the run was started on wasm; on wasm+onnx the last digits will differ',
    );
  }, 120_000);

  test('is gone where the next backend is chosen without it', async () => {
    await pickBackend('cpu+onnx', 1);
    expect(encoderEngine()?.name).toMatch(/^onnxruntime-node /);
    await pickBackend('wasm');
    expect(encoderEngine()).toBeUndefined();
  });
});

test('without onnxruntime-node a sentence names the package and goes on with what there is', async () => {
  vi.spyOn(native, 'nativeEngine').mockImplementation(async () => {
    await Promise.resolve();
    native.boundRuntime(() => undefined);
    throw new Error('not reached');
  });
  await expect(pickBackend('wasm+onnx')).rejects.toThrow(
    /^--backend: "wasm\+onnx" cannot run on this machine \(onnxruntime-node is not installed; .*`npm install onnxruntime-node`.*\); without it use --backend wasm$/,
  );
});

test('a backend that does not exist is refused with and without it', async () => {
  await expect(pickBackend('tpu+onnx')).rejects.toThrow('unknown backend "tpu"');
  await expect(pickBackend('wasm+tflite')).rejects.toThrow('wasm+onnx for an encoder in onnxruntime');
});
