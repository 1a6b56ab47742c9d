// The command line on CUDA, in a separate process whose driver and compiler are the emulated GPU.
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildEmulation } from '../../../tools/cuda/emulation/build.js';
import { commandLine } from './bundled.js';
import { temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const emulation = buildEmulation();
const reason =
  process.platform !== 'linux'
    ? `CUDA needs Linux, this is ${process.platform}.`
    : 'reason' in emulation
      ? emulation.reason
      : undefined;
if (reason !== undefined) console.warn(`SKIPPED: tests of the command line on an emulated GPU. ${reason}`);

const home = temporaryFolder();
const libraries = join(home, 'lib');
const data = join(home, 'data');
const encoder = join(home, 'encoder.safetensors');

/** Runs the command line with the emulated driver on the loader's path. */
async function run(line: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = await commandLine();
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [script, ...words(line)],
      {
        cwd: join(root, 'apps', 'trainer'),
        env: { ...process.env, LD_LIBRARY_PATH: libraries, XDG_CACHE_HOME: join(home, 'cache') },
      },
      (error, stdout, stderr) =>
        resolve({ code: error ? Number((error as { code?: unknown }).code) : 0, stdout, stderr }),
    );
  });
}

describe.skipIf(reason !== undefined)('the command line on cuda', () => {
  beforeAll(async () => {
    const { library } = emulation as { library: string };
    mkdirSync(libraries);
    for (const name of ['libcuda.so.1', 'libnvrtc.so.13', 'libcublas.so.13'])
      symlinkSync(library, join(libraries, name));
    await tinyDataset(data);
    tinyEncoder(encoder);
  });

  test('trains, names the GPU and cuBLAS, and the model is evaluated and judges pictures', async () => {
    const out = join(home, 'run');
    const trained = await run(
      `train --data ${data} --out ${out} --encoder ${encoder} --backend cuda --input-size 64 --batch-size 4 --epochs 1 ` +
        '--set model.mff.bottlenecks=1 --set model.decoder.dState=4 --set model.decoder.depths=[2,2,2,2]',
    );
    expect(trained.code, trained.stderr).toBe(0);
    expect(trained.stdout).toMatch(
      /^backend: cuda \(Emulated GPU 0, 1\.0 GiB; kernels for sm_90, products by cuBLAS 13\.1\.1\)$/m,
    );
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toMatchObject({
      backend: 'cuda',
      workers: 1,
    });
    const evaluated = await run(`evaluate ${out} --backend cuda`);
    expect(evaluated.code, evaluated.stderr).toBe(0);
    const { mean } = JSON.parse(readFileSync(join(out, 'metrics.json'), 'utf8')) as {
      mean: { image: Record<string, unknown> };
    };
    expect(mean.image['auroc']).toEqual(expect.any(Number));
    const pictures = join(data, 'tile', 'test', 'good');
    const picture = join(pictures, readdirSync(pictures)[0]!);
    const judged = await run(`predict ${picture} --model ${out} --backend cuda --class tile`);
    expect(judged.code, judged.stderr).toBe(0);
    expect(JSON.parse(judged.stdout)).toMatchObject({ class: 'tile', score: expect.any(Number) as number });
  }, 900_000);

  test('an encoder in onnxruntime is refused, since the GPU computes it', async () => {
    const { code, stderr } = await run(
      `train --data ${data} --out ${join(home, 'none')} --encoder ${encoder} --backend cuda+onnx`,
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain('and cuda computes it on a GPU: use --backend cuda, or wasm+onnx');
  }, 300_000);

  test('a missing GPU is an error of one sentence', async () => {
    const { code, stderr } = await run(
      `train --data ${data} --out ${join(home, 'none')} --encoder ${encoder} --backend cuda:7`,
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain(
      '--backend: "cuda:7" cannot run on this machine (cuda: there is no GPU number 7; the driver finds 1, counted from 0.)',
    );
  }, 300_000);
});
